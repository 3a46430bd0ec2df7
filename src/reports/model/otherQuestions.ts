import { proportion } from '#statistics/proportions.js';
import { twoWayMean } from '#statistics/twoWay.js';
import type { Form, Question } from '#studies/form.js';
import { agreementSection } from './agreement.js';
import { figure } from '#figure.js';
import { answeredPlaces } from './labels.js';
import type { OtherQuestion } from './schema/report.js';
import { type Arm, type ArmJudgment, ratingsOfArm, votesOf } from './votes.js';

type Other = Extract<Question, { type: 'yes-no' | 'choice' | 'scale' | 'text' }>;

/**
 * The answers that a question allows, as codes and as words, in their order; none for free text.
 */
function categoriesOf(question: Other): {
  words: string[];
  code: (answer: boolean | number | string) => number;
} {
  switch (question.type) {
    case 'yes-no':
      return { words: ['Yes', 'No'], code: (answer) => (answer === true ? 0 : 1) };
    case 'choice':
      return {
        words: question.options,
        code: (answer) => question.options.indexOf(String(answer)),
      };
    case 'scale':
      return {
        words: Array.from({ length: question.to - question.from + 1 }, (_, index) =>
          String(question.from + index),
        ),
        code: (answer) => Number(answer) - question.from,
      };
    case 'text':
      return { words: [], code: () => -1 };
  }
}

function otherQuestion(arm: Arm, question: Other, seed: string): OtherQuestion {
  const { words, code } = categoriesOf(question);
  const answerOf = (judgment: ArmJudgment): number | null => {
    const answer = judgment.others[question.id];
    const place = answer === undefined ? -1 : code(answer);
    return place >= 0 && place < words.length ? place : null;
  };
  const answered = arm.judgments.filter(
    (judgment) => judgment.others[question.id] !== undefined,
  ).length;
  const asked = answeredPlaces(arm, (judgment) => answerOf(judgment) !== null);
  const yes = asked.filter((place) => {
    const answers = (arm.ofItem[place] ?? []).map(answerOf).filter((answer) => answer !== null);
    return answers.filter((answer) => answer === 0).length * 2 > answers.length;
  }).length;
  return {
    id: question.id,
    wording: question.wording,
    type: question.type,
    answered,
    answers: words.map((answer, place) => ({
      answer,
      count: arm.judgments.filter((judgment) => answerOf(judgment) === place).length,
    })),
    mean:
      question.type === 'scale'
        ? figure(
            twoWayMean(
              votesOf(arm, (judgment) => {
                const place = answerOf(judgment);
                return place === null ? null : place + question.from;
              }),
              { bounds: { lower: question.from, upper: question.to } },
            ),
          )
        : null,
    yesByMajority: question.type === 'yes-no' ? figure(proportion(yes, asked.length)) : null,
    agreement:
      question.type === 'text' || answered === 0
        ? null
        : agreementSection(ratingsOfArm(arm, words.length, answerOf), {
            categories: words,
            metric: question.type === 'scale' ? 'ordinal' : 'nominal',
            seed: `${seed} ${question.id}`,
          }),
  };
}

const isOther = (question: Question): question is Other =>
  question.type !== 'label' && question.type !== 'ambiguous' && question.type !== 'relevance';

/** A question with whatever an older version of it allowed besides. */
function withOlder(question: Other, older: Other): Other {
  if (question.type === 'choice' && older.type === 'choice')
    return { ...question, options: [...new Set([...question.options, ...older.options])] };
  if (question.type === 'scale' && older.type === 'scale')
    return {
      ...question,
      from: Math.min(question.from, older.from),
      to: Math.max(question.to, older.to),
    };
  return question;
}

/**
 * What raters answered to the form's further questions: those of its newest version, then those
 * that were asked and answered before they were taken out.
 * @param forms all versions, the newest first
 */
export function otherQuestions(arm: Arm, forms: readonly Form[], seed: string): OtherQuestion[] {
  const questions = new Map<string, Other>();
  for (const question of forms.flatMap((form) => form.questions).filter(isOther)) {
    const newer = questions.get(question.id);
    questions.set(question.id, newer === undefined ? question : withOlder(newer, question));
  }
  const newest = new Set(forms[0]?.questions.map(({ id }) => id));
  return [...questions.values()]
    .map((question) => otherQuestion(arm, question, seed))
    .filter(({ id, answered }) => newest.has(id) || answered > 0);
}
