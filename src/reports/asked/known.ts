import { amountWords } from '#payments/money.js';
import { hourly } from '#payments/owed.js';
import { currentRule, type PayRule } from '#payments/rule.js';
import { workOfStudy } from '#payments/work.js';
import { platforms } from '#platforms/platform.js';
import { type Recruitment, recruitmentsOf } from '#platforms/recruitment.js';
import { aiUseOf } from '#raters/aiUse.js';
import type { Db } from '#storage/database.js';
import { settingsOf, type Study } from '#studies/study.js';
import { count, fixed, percent, plural } from '#web/format.js';
import type { Line } from './lines.js';

/** What the database knows of a line, and whether that is all that it asks. */
interface Known {
  readonly sentences: readonly string[];
  readonly enough: boolean;
}

const nothing: Known = { sentences: [], enough: false };

interface Person {
  readonly arrival: string;
  readonly training: string;
  readonly withdrawn: boolean;
}

/** The people who agreed to take part. */
async function peopleOf(db: Db, studyId: number): Promise<Person[]> {
  const rows = await db
    .selectFrom('rater')
    .select(['arrival', 'training', 'state'])
    .where('study_id', '=', studyId)
    .where('origin', '=', 'rater')
    .where('consented_at', 'is not', null)
    .orderBy('id')
    .execute();
  return rows.map(({ state, ...person }) => ({ ...person, withdrawn: state === 'withdrawn' }));
}

const arrivalWords: Readonly<Record<string, string>> = {
  'open-link': 'an open link',
  'personal-link': 'a personal link',
  ...Object.fromEntries(
    platforms.map(({ name, title }) => [
      name,
      name === 'template' ? 'another recruitment platform' : title,
    ]),
  ),
};

/** Where raters come from a platform that has a name, that says how they were found. */
const namedArrivals: ReadonlySet<string> = new Set(
  platforms.flatMap(({ name }) => (name === 'template' ? [] : [name])),
);

function recruitmentKnown(people: readonly Person[]): Known {
  if (people.length === 0) return nothing;
  const counts = new Map<string, number>();
  for (const { arrival } of people) counts.set(arrival, (counts.get(arrival) ?? 0) + 1);
  const by = [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([arrival, n]) => `${count(n)} by ${arrivalWords[arrival] ?? arrival}`);
  return {
    sentences: [
      `${plural(people.length, 'person', 'people')} agreed to take part: ${by.join(', ')}.`,
    ],
    enough: people.every(({ arrival }) => namedArrivals.has(arrival)),
  };
}

/** The titles of studies by their public ids, in the order of the ids. */
async function titlesOf(db: Db, publicIds: readonly string[]): Promise<string[]> {
  if (publicIds.length === 0) return [];
  const rows = await db
    .selectFrom('study')
    .select('title')
    .where('public_id', 'in', [...publicIds])
    .orderBy('id')
    .execute();
  return rows.map(({ title }) => `“${title}”`);
}

async function eligibilityKnown(db: Db, recruitments: readonly Recruitment[]): Promise<Known> {
  const all = (pick: (one: Recruitment) => readonly string[]): string[] => [
    ...new Set(recruitments.flatMap(pick)),
  ];
  const without = await titlesOf(
    db,
    all(({ settings }) => settings.without),
  );
  const only = await titlesOf(
    db,
    all(({ settings }) => settings.only),
  );
  const lists = await db
    .selectFrom('platform_listed')
    .select((eb) => ['list', eb.fn.countAll<number>().as('people')])
    .where('platform_study_id', 'in', [0, ...recruitments.map(({ row }) => row.id)])
    .groupBy('list')
    .orderBy('list')
    .execute();
  const on = (list: 'allow' | 'block'): number =>
    Number(lists.find((one) => one.list === list)?.people ?? 0);
  return {
    sentences: [
      ...(recruitments.length === 0 ? [] : ['The same person could take part once.']),
      ...(without.length === 0 ? [] : [`Who had taken part in ${without.join(' or ')} could not.`]),
      ...(only.length === 0 ? [] : [`Only who had answered in ${only.join(' or ')} could.`]),
      ...(on('allow') === 0
        ? []
        : [`Only ${plural(on('allow'), 'person', 'people')} on a list could.`]),
      ...(on('block') === 0
        ? []
        : [`${plural(on('block'), 'person', 'people')} on a list could not.`]),
    ],
    enough: false,
  };
}

async function trainingKnown(db: Db, study: Study, people: readonly Person[]): Promise<Known> {
  const { trainingShare, trainingAttempts } = settingsOf(study);
  const { examples } = await db
    .selectFrom('item')
    .select((eb) => eb.fn.countAll<number>().as('examples'))
    .where('study_id', '=', study.id)
    .where('role', '=', 'training')
    .executeTakeFirstOrThrow();
  const guidelines = 'Raters read the guidelines before they began.';
  if (Number(examples) === 0)
    return { sentences: [guidelines, 'There was no training beyond them.'], enough: true };
  const stand = (name: string): number => people.filter(({ training }) => training === name).length;
  const rule =
    trainingShare === 0
      ? 'whatever they answered, they could go on'
      : `to go on they had to get ${percent(trainingShare)} right in one of ${plural(trainingAttempts, 'attempt')}`;
  return {
    sentences: [
      guidelines,
      `A training of ${plural(Number(examples), 'example')} told them the right answer and why; ${rule}. ${count(stand('passed'))} passed, ${count(stand('failed'))} did not, ${count(stand('open'))} left it before the end.`,
    ],
    enough: true,
  };
}

function ruleWords(rule: PayRule): string {
  const amount = amountWords(rule.amount, rule.currency);
  const per = { judgment: 'judgment', hour: 'hour of work', batch: plural(rule.batch, 'judgment') };
  const least = rule.least === 0 ? '' : `, at least ${amountWords(rule.least, rule.currency)} each`;
  const floor =
    rule.floor === null
      ? ''
      : `; at the median pace an hour gave at least ${amountWords(rule.floor, rule.currency)}`;
  return `Raters were paid ${amount} for each ${per[rule.per]}${least}${floor}.`.replace(
    'for each 1 judgment',
    'for each judgment',
  );
}

/** How long a judgment of a study takes. */
export interface PaceOfWork {
  readonly medianMs: number | null;
  readonly judgments: number;
}

/** Reads every time of a study. */
export async function paceOfWork(db: Db, studyId: number): Promise<PaceOfWork> {
  const { raters, medianMs } = await workOfStudy(db, studyId);
  return { medianMs, judgments: raters.reduce((sum, one) => sum + one.judgments, 0) };
}

async function payKnown(db: Db, study: Study, pace: PaceOfWork | null): Promise<Known> {
  const stored = await currentRule(db, study.id);
  if (stored === null) return nothing;
  const { rule, version } = stored;
  const medianMs = pace?.medianMs ?? null;
  const gives = hourly(rule, medianMs);
  return {
    sentences: [
      ruleWords(rule),
      ...(version === 1
        ? []
        : [`The rule was changed ${plural(version - 1, 'time')}; this is the last one.`]),
      ...(medianMs === null || gives === null || rule.per === 'hour'
        ? []
        : [
            `The median judgment took ${fixed(medianMs / 1_000, 1)} s of work (n = ${count(pace?.judgments ?? 0)}), at which the rule gives ${amountWords(gives, rule.currency)} an hour.`,
          ]),
    ],
    enough: true,
  };
}

async function ethicsKnown(db: Db, study: Study, people: readonly Person[]): Promise<Known> {
  const { versions } = await db
    .selectFrom('study_text')
    .select((eb) => eb.fn.countAll<number>().as('versions'))
    .where('study_id', '=', study.id)
    .where('kind', '=', 'consent')
    .executeTakeFirstOrThrow();
  const { declined } = await db
    .selectFrom('consent_event')
    .select((eb) => eb.fn.countAll<number>().as('declined'))
    .where('study_id', '=', study.id)
    .where('kind', '=', 'declined')
    .executeTakeFirstOrThrow();
  if (people.length + Number(declined) === 0) return nothing;
  const withdrawn = people.filter((person) => person.withdrawn).length;
  return {
    sentences: [
      `Everybody read a consent text${Number(versions) > 1 ? ` (${count(Number(versions))} versions)` : ''} and agreed to it before they began: ${count(people.length)} agreed, ${count(Number(declined))} declined.`,
      `Raters could stop at any time and have their answers removed by themselves; ${count(withdrawn)} did the latter.`,
    ],
    enough: false,
  };
}

async function aiKnown(db: Db, study: Study): Promise<Known> {
  const { aiRule } = settingsOf(study);
  if (aiRule === '') return nothing;
  const said = await aiUseOf(db, study.id);
  const answers = Object.values(said).reduce((sum, n) => sum + n, 0);
  return {
    sentences: [
      `Everybody promised when they agreed: “${aiRule}”`,
      `Asked once they were done, without any consequence, whether they had used a language model or another AI, ${plural(answers, 'rater')} answered: ${count(said.none)} no, ${count(said.some)} for some judgments, ${count(said.most)} for most, ${count(said['not-said'])} would rather not say. Nobody checked it.`,
    ],
    enough: true,
  };
}

/** Programs made every answer: what is asked of people has no meaning. */
async function onlySimulated(db: Db, studyId: number): Promise<boolean> {
  const origins = await db
    .selectFrom('rater')
    .select('origin')
    .distinct()
    .where('study_id', '=', studyId)
    .execute();
  return origins.length > 0 && origins.every(({ origin }) => origin === 'simulated');
}

/** Programs have no country and no pay. */
const ofNobody: Known = { sentences: [], enough: true };
const simulated: Known = {
  sentences: ['The raters are simulated: programs made the answers.'],
  enough: true,
};

/**
 * What the database knows of each line that the judgments themselves do not answer.
 * @param pace null: nothing is said of it
 */
export async function knownOf(
  db: Db,
  study: Study,
  pace: PaceOfWork | null,
): Promise<Partial<Record<Line, Known>>> {
  if (await onlySimulated(db, study.id))
    return {
      recruitment: simulated,
      eligibility: ofNobody,
      language: ofNobody,
      demographics: ofNobody,
      training: ofNobody,
      pay: ofNobody,
      ethics: ofNobody,
      ai: simulated,
    };
  const people = await peopleOf(db, study.id);
  const recruitments = await recruitmentsOf(db, study.id);
  return {
    recruitment: recruitmentKnown(people),
    eligibility: await eligibilityKnown(db, recruitments),
    training: await trainingKnown(db, study, people),
    pay: await payKnown(db, study, pace),
    ethics: await ethicsKnown(db, study, people),
    ai: await aiKnown(db, study),
  };
}
