import { twoWayMean } from '#statistics/twoWay.js';
import { furtherOf, type Question } from '#studies/questions/types.js';
import { agreementSection } from './agreement.js';
import { figure } from '#figure.js';
import type { StudyData } from '../input/data.js';
import { answeredItems, shareOfComplete } from './labels.js';
import type { OtherQuestion } from './schema/report.js';
import { type Arm, type ArmJudgment, ratingsOfArm, votesOf } from './votes.js';

type Forms = StudyData['forms'];

/** The categories that a judgment names; null where it does not answer the question. */
type Named = (judgment: ArmJudgment) => readonly number[] | null;

/** A question as the versions of the form asked it, by version; left out where its type differs. */
const askedIn = (forms: Forms, { id, type }: Question): ReadonlyMap<number, Question> =>
  new Map(
    forms.flatMap(({ version, form }) => {
      const asked = form.questions.find((other) => other.id === id && other.type === type);
      return asked === undefined ? [] : [[version, asked] as const];
    }),
  );

/**
 * Each option of a question with several answers by itself: chosen or not, by the raters whose form
 * offered it.
 */
const optionsByThemselves = (
  arm: Arm,
  named: Named,
  options: {
    words: readonly string[];
    /** The options that each version of the form offered. */
    offered: ReadonlyMap<number, readonly string[]>;
    seed: string;
  },
): NonNullable<OtherQuestion['options']> =>
  options.words.map((answer, index) => {
    const chosen = (judgment: ArmJudgment): number | null => {
      const indexes = named(judgment);
      const offered = options.offered.get(judgment.formVersion)?.includes(answer) ?? false;
      return indexes === null || !offered ? null : Number(indexes.includes(index));
    };
    return {
      answer,
      chosen: figure(twoWayMean(votesOf(arm, chosen))),
      agreement: agreementSection(ratingsOfArm(arm, 2, chosen), {
        categories: ['not chosen', 'chosen'],
        metric: 'nominal',
        seed: `${options.seed} ${index}`,
      }),
    };
  });

function otherQuestion(
  arm: Arm,
  question: Question,
  { forms, seed }: { forms: Forms; seed: string },
): OtherQuestion | null {
  const further = furtherOf(question);
  if (further === null) return null;
  const categories = further.categories(question);
  const asking = askedIn(forms, question);
  const answering = arm.judgments.filter(({ others }) => others[question.id] !== undefined);
  const ofThisType = answering.filter(({ formVersion }) => asking.has(formVersion));
  const given = new Map(
    ofThisType.flatMap((judgment) => {
      const answer = further.answer.safeParse(judgment.others[question.id]);
      return answer.success ? [[judgment, categories?.of(answer.data) ?? []] as const] : [];
    }),
  );
  const named: Named = (judgment) => given.get(judgment) ?? null;
  const single = (judgment: ArmJudgment): number | null => named(judgment)?.[0] ?? null;
  const { words, several, points, yes } = categories ?? {
    words: [],
    several: false,
    points: null,
    yes: null,
  };
  const seedOfQuestion = `${seed} ${question.id}`;
  const asked = answeredItems(arm, (judgment) => single(judgment) !== null);
  const majorityOf = (wanted: number): number =>
    asked.filter((index) => {
      const answers = (arm.ofItem[index] ?? []).map(single).filter((answer) => answer !== null);
      return answers.filter((answer) => answer === wanted).length * 2 > answers.length;
    }).length;
  return {
    id: question.id,
    wording: question.wording,
    type: question.type,
    answered: given.size,
    ...(given.size < answering.length ? { ofEarlierTypes: answering.length - given.size } : {}),
    answers: words.map((answer, index) => ({
      answer,
      count: arm.judgments.filter((judgment) => named(judgment)?.includes(index)).length,
    })),
    mean:
      points === null
        ? null
        : figure(
            twoWayMean(
              votesOf(arm, (judgment) => {
                const index = single(judgment);
                return index === null ? null : index + points.from;
              }),
              { scale: { lower: points.from, upper: points.to } },
            ),
          ),
    yesByMajority: yes === null ? null : shareOfComplete(majorityOf(yes), asked.length),
    agreement:
      categories === null || several || given.size === 0
        ? null
        : agreementSection(ratingsOfArm(arm, words.length, single), {
            categories: words,
            metric: points === null ? 'nominal' : 'ordinal',
            seed: seedOfQuestion,
          }),
    ...(several
      ? {
          options:
            given.size === 0
              ? []
              : optionsByThemselves(arm, named, {
                  words,
                  offered: new Map(
                    [...asking].map(([version, asked]) => [
                      version,
                      further.categories(asked)?.words ?? [],
                    ]),
                  ),
                  seed: seedOfQuestion,
                }),
        }
      : {}),
  };
}

/** A question with whatever an older version of it allowed besides. */
const withOlder = (question: Question, older: Question): Question =>
  older.type === question.type
    ? (furtherOf(question)?.withOlder(question, older) ?? question)
    : question;

/**
 * What raters answered to the form's further questions: those of its newest version, then those
 * that were asked and answered before they were taken out.
 * @param forms all versions, the newest first
 */
export function otherQuestions(arm: Arm, forms: Forms, seed: string): OtherQuestion[] {
  const questions = new Map<string, Question>();
  for (const question of forms.flatMap(({ form }) => form.questions)) {
    const newer = questions.get(question.id);
    questions.set(question.id, newer === undefined ? question : withOlder(newer, question));
  }
  const newest = new Set(forms[0]?.form.questions.map(({ id }) => id));
  return [...questions.values()]
    .flatMap((question) => otherQuestion(arm, question, { forms, seed }) ?? [])
    .filter(
      ({ id, answered, ofEarlierTypes = 0 }) => newest.has(id) || answered + ofEarlierTypes > 0,
    );
}
