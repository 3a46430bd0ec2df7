import type { Estimate } from '../estimate.js';
import { proportion } from '../proportions.js';
import { noNumber } from './reasons.js';
import { normalisedText, tokenise } from './tokens.js';

/** One example's choices and the position of its own label among them; null where it has none. */
export interface ChoicesAndLabel {
  readonly choices: readonly string[];
  readonly label: number | null;
}

/** How often the label is at one position. */
export interface PositionShare {
  /** 0 for the first choice. */
  readonly place: number;
  /** Share of the labelled examples that have this position. */
  readonly share: Estimate;
  /** The share if every position were as likely as every other. */
  readonly expected: number;
  /** Whether the Wilson interval leaves the expected share out. */
  readonly biased: boolean;
}

/** Which answers and which positions the labels of a set prefer. */
export interface LabelBalance {
  readonly labelled: number;
  readonly unlabelled: number;
  readonly places: readonly PositionShare[];
  /**
   * The commonest answers among the labels by their words ("yes", "no"), most frequent first, at
   * most ten.
   */
  readonly answers: readonly { readonly answer: string; readonly share: Estimate }[];
  /**
   * Share of labels that are the one longest choice (in words), among examples that have one
   * longest choice.
   */
  readonly longest: {
    readonly share: Estimate;
    readonly expected: number;
    readonly biased: boolean;
    readonly ties: number;
  };
}

/** Label balance, answer-position bias, and whether the label is mostly the longer answer. */
export function labelBalance(examples: readonly ChoicesAndLabel[]): LabelBalance {
  const labelled = examples.flatMap(({ choices, label }) =>
    label !== null && label >= 0 && label < choices.length ? [{ choices, label }] : [],
  );
  const most = labelled.reduce((count, { choices }) => Math.max(count, choices.length), 0);
  const positions = Array.from({ length: most }, (_, position): PositionShare => {
    const having = labelled.filter(({ choices }) => choices.length > position);
    return {
      place: position,
      ...judged(
        having.filter(({ label }) => label === position).length,
        having.map(({ choices }) => 1 / choices.length),
      ),
    };
  });
  const answers = new Map<string, number>();
  for (const { choices, label } of labelled) {
    const answer = normalisedText(choices[label] ?? '');
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  const lengths = labelled.map(({ choices, label }) => ({
    counts: choices.map((choice) => tokenise(choice).length),
    label,
  }));
  const decided = lengths.filter(
    ({ counts }) =>
      counts.length > 1 && counts.filter((count) => count === Math.max(...counts)).length === 1,
  );
  return {
    labelled: labelled.length,
    unlabelled: examples.length - labelled.length,
    places: positions,
    answers: [...answers]
      .toSorted(([one, first], [other, second]) => second - first || (one < other ? -1 : 1))
      .slice(0, 10)
      .map(([answer, count]) => ({ answer, share: proportion(count, labelled.length) })),
    longest: {
      ...judged(
        decided.filter(({ counts, label }) => counts[label] === Math.max(...counts)).length,
        decided.map(({ counts }) => 1 / counts.length),
      ),
      ties: lengths.length - decided.length,
    },
  };
}

function judged(
  count: number,
  chances: readonly number[],
): { share: Estimate; expected: number; biased: boolean } {
  if (chances.length === 0) return { share: noNumber('no-labels'), expected: 0.5, biased: false };
  const share = proportion(count, chances.length);
  const expected =
    chances.toSorted((one, other) => one - other).reduce((sum, chance) => sum + chance, 0) /
    chances.length;
  const limits = share.kind === 'estimate' ? share.interval : undefined;
  return {
    share,
    expected,
    biased: limits !== undefined && (limits.lower > expected || limits.upper < expected),
  };
}
