import type { Estimate, Undefined } from '../estimate.js';
import { proportion } from '../proportions.js';
import type { Seed } from '../random.js';
import {
  type ChoiceTable,
  guessChoice,
  type LabelledExample,
  readChoices,
  type Sight,
  trainChoices,
} from './choiceClassifier.js';
import { assignFolds, foldCount } from './folds.js';
import { noNumber } from './reasons.js';
import { canonicalOrder, normalisedText, tokenise } from './tokens.js';

/** How often a classifier of labels was right. */
export interface LabelGuess {
  /**
   * Share of right guesses among the examples on which it could decide, with its Wilson interval.
   */
  readonly accuracy: Estimate;
  /** What guessing blindly gives: the mean of 1 / number of choices over the same examples. */
  readonly chance: number;
  /**
   * What these guesses would give if they had nothing to do with the labels: the sum over answers
   * of their share among the guesses times their share among the labels (Cohen 1960). Apart from
   * chance where both prefer an answer.
   */
  readonly unrelated: number;
  /** Examples on which it knew nothing that tells the choices apart. */
  readonly undecided: number;
}

const fewest = 10;

/** The usable examples in canonical order. */
function usable(given: readonly LabelledExample[]): LabelledExample[] {
  const kept = given.filter(
    ({ choices, label }) => choices.length > 1 && label >= 0 && label < choices.length,
  );
  const order = canonicalOrder(
    kept.map((example) => example.text),
    kept.map(({ choices, label }) => [label, ...choices].join('\u0000')),
  );
  return Array.from(order, (index) => kept[index] as LabelledExample);
}

/** Counts what a guess came to. */
class Tally {
  private right = 0;
  private decided = 0;
  private chance = 0;
  private undecided = 0;
  private readonly guessed = new Map<string, number>();
  private readonly labels = new Map<string, number>();

  constructor(private readonly answerOf: AnswerOf) {}

  add(guess: number | null, example: LabelledExample): void {
    if (guess === null) {
      this.undecided++;
      return;
    }
    this.decided++;
    this.chance += 1 / example.choices.length;
    if (guess === example.label) this.right++;
    for (const [counts, position] of [
      [this.guessed, guess],
      [this.labels, example.label],
    ] as const) {
      const answer = this.answerOf(example, position);
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
  }

  result(otherwise: Undefined): LabelGuess {
    if (this.decided === 0)
      return { accuracy: otherwise, chance: 0.5, unrelated: 0.5, undecided: this.undecided };
    const together = [...this.guessed]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .reduce((sum, [answer, count]) => sum + count * (this.labels.get(answer) ?? 0), 0);
    return {
      accuracy: proportion(this.right, this.decided),
      chance: this.chance / this.decided,
      unrelated: together / this.decided ** 2,
      undecided: this.undecided,
    };
  }
}

/** What an answer counts as when the mix of guesses is compared with the mix of labels. */
type AnswerOf = (example: LabelledExample, position: number) => string;

/**
 * The answer itself where every example offers the same ones, else its first word where these are
 * the same, else its position.
 */
function answerOfAll(examples: readonly LabelledExample[]): AnswerOf {
  const wordings: AnswerOf[] = [
    ({ choices }, position) => normalisedText(choices[position] ?? ''),
    ({ choices }, position) => tokenise(choices[position] ?? '')[0] ?? '',
  ];
  const fits = (wording: AnswerOf): boolean => {
    const offered = examples.map((example) =>
      example.choices.map((_, position) => wording(example, position)).toSorted(),
    );
    return (
      new Set(offered.map((answers) => answers.join('\n'))).size === 1 &&
      new Set(offered[0]).size === offered[0]?.length
    );
  };
  return wordings.find(fits) ?? ((_, position) => String(position));
}

const nothing = (accuracy: Undefined): LabelGuess => ({
  accuracy,
  chance: 0.5,
  unrelated: 0.5,
  undecided: 0,
});

function crossValidate(
  examples: readonly LabelledExample[],
  table: ChoiceTable,
  from: number,
  seed: Seed,
): LabelGuess {
  if (examples.length < fewest)
    return nothing(noNumber(examples.length === 0 ? 'no-labels' : 'too-few-texts'));
  const folds = assignFolds(
    examples.map((example) => normalisedText(example.text)),
    examples.map((example) => example.label),
    seed,
  );
  const tally = new Tally(answerOfAll(examples));
  for (let fold = 0; fold < foldCount; fold++) {
    const weights = trainChoices(
      table,
      examples.flatMap((_, index) => (folds[index] === fold ? [] : [from + index])),
    );
    examples.forEach((example, index) => {
      if (folds[index] === fold) tally.add(guessChoice(table, from + index, weights), example);
    });
  }
  return tally.result(noNumber('nothing-in-common'));
}

/**
 * Whether a trivial classifier guesses the label, in seeded five-fold cross-validation with copies
 * kept together. With `answers` it sees the choices and not the question: far above chance, the
 * answers give the label away.
 */
export function guessLabels(
  examples: readonly LabelledExample[],
  sight: Sight,
  seed: Seed,
): LabelGuess {
  const ordered = usable(examples);
  const offered = new Set(
    ordered.map(({ choices }) => choices.map(normalisedText).toSorted().join('\n')),
  );
  if (sight === 'answers' && offered.size === 1) return nothing(noNumber('same-answers'));
  return crossValidate(ordered, readChoices(ordered, sight), 0, seed);
}

/** What the classifiers of two sets say of each other's labels. */
export interface PolarityCheck {
  /** Cross-validated inside each set: near chance, the sets say nothing about polarity. */
  readonly within: { readonly first: LabelGuess; readonly second: LabelGuess };
  /** Trained on the first and tried on the second, and the other way round. */
  readonly across: { readonly firstOnSecond: LabelGuess; readonly secondOnFirst: LabelGuess };
  readonly verdict: Polarity;
}

export const polarities = {
  aligned:
    'a classifier trained on one set guesses the labels of the other above chance: the labels point the same way',
  'turned-round':
    'a classifier trained on one set is wrong about the other far more often than chance: the labels of one of the two sets are reversed',
  undecided:
    'a classifier trained on one set guesses the labels of the other no better and no worse than chance: nothing follows',
} as const;
export type Polarity = keyof typeof polarities;

/**
 * Whether the labels of two sets on one behaviour point the same way. A classifier of the label,
 * over each choice together with the question, is trained on one set and tried on the other.
 * Reversed, where a Wilson interval lies wholly below chance in at least one direction and wholly
 * above it in none; which of the two sets is at fault, it cannot say. Where one set prefers Yes and
 * the other No, a classifier that learnt only that is wrong more often than chance without saying
 * anything of polarity: the interval must lie beyond what its mix of guesses gives as well.
 */
export function checkPolarity(
  first: readonly LabelledExample[],
  second: readonly LabelledExample[],
  seed: Seed,
): PolarityCheck {
  const one = usable(first);
  const other = usable(second);
  const table = readChoices([...one, ...other], 'question-and-answers');
  const across = {
    firstOnSecond: transfer(
      table,
      { examples: one, from: 0 },
      { examples: other, from: one.length },
    ),
    secondOnFirst: transfer(
      table,
      { examples: other, from: one.length },
      { examples: one, from: 0 },
    ),
  };
  const sides = [sideOf(across.firstOnSecond), sideOf(across.secondOnFirst)];
  const below = sides.includes('below');
  const above = sides.includes('above');
  return {
    within: {
      first: crossValidate(one, table, 0, seed),
      second: crossValidate(other, table, one.length, seed),
    },
    across,
    verdict: below === above ? 'undecided' : below ? 'turned-round' : 'aligned',
  };
}

/** Examples of one set, and the index of the first of them in a table. */
interface Part {
  readonly examples: readonly LabelledExample[];
  readonly from: number;
}

function transfer(table: ChoiceTable, trained: Part, tried: Part): LabelGuess {
  if (trained.examples.length < fewest)
    return nothing(noNumber(trained.examples.length === 0 ? 'no-labels' : 'too-few-texts'));
  if (tried.examples.length === 0) return nothing(noNumber('no-labels'));
  const weights = trainChoices(
    table,
    trained.examples.map((_, index) => trained.from + index),
  );
  const tally = new Tally(answerOfAll(tried.examples));
  tried.examples.forEach((example, index) =>
    tally.add(guessChoice(table, tried.from + index, weights), example),
  );
  return tally.result(noNumber('nothing-in-common'));
}

/**
 * On which side of chance the whole interval lies; a mix of guesses that goes with the mix of
 * labels does not count.
 */
function sideOf(guess: LabelGuess): 'below' | 'above' | 'neither' {
  if (guess.accuracy.kind === 'undefined' || guess.accuracy.interval === undefined)
    return 'neither';
  const { lower, upper } = guess.accuracy.interval;
  return upper < Math.min(guess.chance, guess.unrelated)
    ? 'below'
    : lower > Math.max(guess.chance, guess.unrelated)
      ? 'above'
      : 'neither';
}
