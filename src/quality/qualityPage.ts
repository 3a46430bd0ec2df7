import { fewestJudgments, limitKinds } from '#statistics/raterQuality/signal.js';
import { type SignalName, signalNames } from '#statistics/raterQuality/signals.js';
import { choicesOf } from '#datasets/storedExample.js';
import { findRater } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { presentSettings, requireStudy } from '#studies/study.js';
import { notFound } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { inThread } from './inThread.js';
import { type RaterSeen, type ShownSignal, signalList } from './signals.js';
import { signalWords } from './words.js';

/** The signals in the table of all raters; the page of a rater has every one. */
const inTable = ['known', 'skill', 'others', 'pace'] as const satisfies readonly SignalName[];
const mostExamples = 50;

/** A signal in words: value, limits and number of judgments, or why there is none. */
const cellOf = (name: SignalName, signal: ShownSignal) => {
  const { value: words } = signalWords[name];
  return signal.kind === 'silent'
    ? { said: false as const, because: signal.because }
    : {
        said: true as const,
        value: words(signal.value),
        interval: `${words(signal.lower)} to ${words(signal.upper)}`,
        n: signal.n,
      };
};

const reasonsOf = (seen: RaterSeen): string[] =>
  seen.reasons.map(({ signal, limit, threshold }) => {
    const { title, value } = signalWords[signal];
    return `${title}: ${value(limit)} at most, under ${value(threshold)}.`;
  });

const peopleOf = (db: Db, studyId: number) =>
  db
    .selectFrom('rater')
    .select(['id', 'public_id', 'pseudonym', 'state', 'excluded_at', 'origin'])
    .where('study_id', '=', studyId)
    .orderBy('id')
    .execute();

/** GET /studies/:study/quality: what is seen of every rater's work. */
export const showQuality: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  const seen = new Map(
    (await inThread(application, { studyId: study.id, what: 'signals' })).map((one) => [
      one.raterId,
      one,
    ]),
  );
  const rows = (await peopleOf(db, study.id)).flatMap((rater) => {
    const one = seen.get(rater.id);
    return one === undefined
      ? []
      : [
          {
            id: rater.public_id,
            pseudonym: rater.pseudonym,
            simulated: rater.origin === 'simulated',
            excluded: rater.excluded_at !== null,
            judgments: one.judgments,
            cells: inTable.map((name) => cellOf(name, one.signals[name])),
            reasons: reasonsOf(one),
          },
        ];
  });
  const settings = presentSettings(study);
  renderPage(request, response, application, {
    view: 'quality/raters',
    shell: {
      layout: 'staff',
      title: `Raters' work: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      columns: inTable.map((name) => {
        const { title, short } = signalWords[name];
        return { short: short ?? title, title };
      }),
      rows: rows.toSorted(
        (one, other) => Number(other.reasons.length > 0) - Number(one.reasons.length > 0),
      ),
      toLookAt: rows.filter(({ reasons }) => reasons.length > 0).length,
      block: settings.blockItems,
      gold: settings.goldItems,
      fewest: fewestJudgments,
    },
  });
};

/** The examples behind a signal: what the rater answered, and what is known. */
async function examplesBehind(db: Db, signal: ShownSignal) {
  if (signal.kind === 'silent' || signal.assignments.length === 0) return [];
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .innerJoin('dataset', 'dataset.id', 'item.dataset_id')
    .leftJoin('known_answer', (join) =>
      join
        .onRef('known_answer.example_id', '=', 'item.example_id')
        .onRef('known_answer.study_id', '=', 'item.study_id'),
    )
    .select([
      'example.text',
      'example.choices',
      'example.line_number',
      'dataset.public_id',
      'judgment.label_choice',
      'known_answer.choice',
      'known_answer.explanation',
    ])
    .where('judgment.revision', '=', 1)
    .where('assignment.id', 'in', signal.assignments.slice(0, mostExamples))
    .orderBy('assignment.submitted_at')
    .execute();
  return rows.map((row) => {
    const choices = choicesOf(row);
    const named = (choice: number | null): string | null =>
      choice === null ? null : (choices[choice]?.text ?? null);
    return {
      text: row.text,
      href: `/datasets/${row.public_id}/examples/${row.line_number}`,
      answer: named(row.label_choice),
      known: named(row.choice),
      explanation: row.explanation ?? '',
    };
  });
}

/** GET /studies/:study/quality/:rater: every signal about one rater, and what is behind it. */
export const showRaterQuality: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  const rater = await findRater(db, study.id, String(request.params['rater']));
  if (rater === undefined) throw notFound('rater');
  const seen = (await inThread(application, { studyId: study.id, what: 'signals' })).find(
    ({ raterId }) => raterId === rater.id,
  );
  const asked = request.query['signal'];
  const chosen = signalList.find((name) => name === asked) ?? 'known';
  renderPage(request, response, application, {
    view: 'quality/rater',
    shell: {
      layout: 'staff',
      title: `Work of ${rater.pseudonym}: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      study: { id: study.public_id, title: study.title },
      rater: { id: rater.public_id, pseudonym: rater.pseudonym },
      judgments: seen?.judgments ?? 0,
      reasons: seen === undefined ? [] : reasonsOf(seen),
      signals:
        seen === undefined
          ? []
          : signalList.map((name) => ({
              name,
              title: signalWords[name].title,
              computes: signalNames[name],
              innocent: signalWords[name].innocent,
              cell: cellOf(name, seen.signals[name]),
              expected:
                seen.signals[name].kind === 'measured' && seen.signals[name].limits === 'expected',
            })),
      expectedWords: limitKinds.expected,
      chosen: { name: chosen, title: signalWords[chosen].title },
      examples: seen === undefined ? [] : await examplesBehind(db, seen.signals[chosen]),
      mostExamples,
    },
  });
};
