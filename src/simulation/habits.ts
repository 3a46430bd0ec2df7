import {
  createRandom,
  type Random,
  randomInteger,
  randomNormal,
  type Seed,
} from '#statistics/random.js';
import type { ShownQuestion } from './page.js';
import { plainText, type TruthTable } from './truth.js';

/** How a simulated rater works. Probabilities are shares from 0 to 1. */
export interface Habits {
  /** Chance of choosing the true choice; otherwise one of the others, each as likely. */
  readonly accuracy: number;
  /** Chance of ticking “unclear” on an example that is clear. */
  readonly unclear: number;
  /** Chance of ticking “unclear” on one that the truth table calls unclear. */
  readonly unclearWhenUnclear: number;
  /** Mean relevance given where the truth table names none. */
  readonly relevance: number;
  /** Added to every relevance: a strict rater is below 0, a generous one above. */
  readonly leaning: number;
  /** Standard deviation of the relevance given around its mean, before rounding. */
  readonly scatter: number;
  readonly skips: number;
  readonly flags: number;
  readonly comments: number;
  /** Mean pause before an answer is sent, in milliseconds. */
  readonly pause: number;
}

export const ordinaryHabits: Habits = {
  accuracy: 0.9,
  unclear: 0.03,
  unclearWhenUnclear: 0.7,
  relevance: 4,
  leaning: 0,
  scatter: 0.7,
  skips: 0.005,
  flags: 0.01,
  comments: 0.03,
  pause: 0,
};

const remarks = [
  'Simulated comment: I had to read this one twice.',
  'Simulated comment: a good question.',
  'Simulated comment: the two answers are close to each other.',
  'Simulated comment: this could be shorter.',
];

/** What a simulated rater does with one example. */
export interface Reaction {
  readonly skip: boolean;
  readonly flag: boolean;
  readonly pause: number;
  /** The form as it is sent. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  /**
   * Whether the true choice was chosen; undefined where the table does not know the example, or no
   * label is asked for.
   */
  readonly right: boolean | undefined;
  /**
   * False where a label is asked for and the truth table does not know the example: the choice is
   * then a guess.
   */
  readonly known: boolean;
}

const pick = <T>(values: readonly T[], random: Random): T | undefined =>
  values[randomInteger(values.length, random)];

function chooseLabel(
  question: ShownQuestion,
  truth: string | undefined,
  accuracy: number,
  random: Random,
): { value: string; right: boolean | undefined } {
  const index =
    truth === undefined
      ? -1
      : question.options.findIndex((option) => plainText(option.text) === plainText(truth));
  const right = random() < accuracy;
  if (index < 0) return { value: pick(question.options, random)?.value ?? '', right: undefined };
  const candidates = right
    ? question.options.slice(index, index + 1)
    : question.options.filter((_, other) => other !== index);
  return { value: pick(candidates, random)?.value ?? '', right };
}

/** Some of the options, or the exclusive one alone; at least one. */
function tickSome(question: ShownQuestion, random: Random): string[] {
  const together = question.options.filter(({ exclusive }) => exclusive !== true);
  const ticked = together.filter(() => random() < 1 / 3);
  const alone = question.options.find(({ exclusive }) => exclusive === true);
  const fallback = alone ?? pick(together, random);
  return (ticked.length > 0 || fallback === undefined ? ticked : [fallback]).map(
    ({ value }) => value,
  );
}

const relevanceAround = (mean: number, habits: Habits, random: Random): string =>
  String(
    Math.min(
      5,
      Math.max(1, Math.round(mean + habits.leaning + habits.scatter * randomNormal(random))),
    ),
  );

/**
 * Decides what a rater does with an example. Everything random comes from `seed` and the text: the
 * same rater answers the same example alike, whenever it comes and whoever else is at work.
 */
export function react(
  item: { readonly text: string; readonly questions: readonly ShownQuestion[] },
  options: { table: TruthTable; habits: Habits; seed: Seed },
): Reaction {
  const { habits } = options;
  const label = item.questions.find((question) => question.field === 'answer_label');
  const choices = label?.options.map((option) => option.text) ?? [];
  const truth = options.table.find(item.text, choices);
  const random = createRandom(
    `${options.seed} ${plainText(item.text)} ${choices.map(plainText).toSorted().join(' ')}`,
  );
  const fields: Record<string, string | readonly string[]> = {};
  let right: boolean | undefined;
  for (const question of item.questions) {
    switch (question.field) {
      case 'answer_label': {
        const chosen = chooseLabel(question, truth?.choice, habits.accuracy, random);
        fields[question.field] = chosen.value;
        right = chosen.right;
        break;
      }
      case 'answer_ambiguous':
        if (random() < (truth?.unclear === true ? habits.unclearWhenUnclear : habits.unclear))
          fields[question.field] = 'yes';
        break;
      case 'answer_relevance':
        fields[question.field] = relevanceAround(
          truth?.relevance ?? habits.relevance,
          habits,
          random,
        );
        break;
      default:
        if (question.kind === 'choose')
          fields[question.field] = pick(question.options, random)?.value ?? '';
        else if (question.kind === 'choose-several')
          fields[question.field] = tickSome(question, random);
        else if (question.kind === 'write' && question.required)
          fields[question.field] = 'Simulated answer';
    }
  }
  const skip = random() < habits.skips;
  const flag = random() < habits.flags;
  if (random() < habits.comments) fields['comment'] = pick(remarks, random) ?? '';
  const pause = habits.pause === 0 ? 0 : Math.round(-habits.pause * Math.log(1 - random()));
  return { skip, flag, pause, fields, right, known: label === undefined || truth !== undefined };
}

/** Share of the known examples whose true choice a rater chose; null where there was none. */
export const realisedAccuracy = (tally: {
  readonly compared: number;
  readonly right: number;
}): number | null => (tally.compared === 0 ? null : tally.right / tally.compared);
