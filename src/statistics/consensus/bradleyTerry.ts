/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalQuantile } from '../distributions.js';
import { type Undefined, undefinedBecause } from '../estimate.js';

/**
 * One row per pair (in either order, repeated as often as you like): how often each won, and how
 * often neither did.
 */
export interface Comparisons {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWins: Float64Array;
  readonly secondWins: Float64Array;
  readonly ties?: Float64Array;
  readonly candidateCount: number;
}

export interface BradleyTerryOptions {
  /**
   * Ties and half wins against an imaginary average candidate, given to everybody; keeps strengths
   * finite. Default 0: plain maximum likelihood.
   */
  readonly prior?: number;
  readonly level?: number;
}

export interface BradleyTerry {
  readonly kind: 'strengths';
  /** Logarithm of strength, mean 0. */
  readonly logStrength: Float64Array;
  /** Standard errors under the constraint that the mean is 0. */
  readonly standardError: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly level: number;
  /** Strengths that sum to 1. */
  readonly share: Float64Array;
  /**
   * covariance[i * candidateCount + j] of the logarithms: the error of a difference is the root of
   * v(i,i) + v(j,j) - 2 v(i,j).
   */
  readonly covariance: Float64Array;
  /**
   * Davidson's tie parameter: equal candidates tie with probability tie / (2 + tie). 0 without
   * ties.
   */
  readonly tie: number;
  readonly logLikelihood: number;
  /** Candidates from strongest to weakest. */
  readonly ranking: Int32Array;
  readonly iterations: number;
}

/**
 * Bradley and Terry's model with Davidson's (1970) ties: i beats j with probability s(i) / d, ties
 * with tie * sqrt(s(i) s(j)) / d. Newton's method until no logarithm moves by more than 1e-10,
 * steps halved where the likelihood would fall. Undefined where some candidates never lost to the
 * others or never met them: no finite strengths exist then; give a `prior`.
 */
export function bradleyTerry(
  comparisons: Comparisons,
  options: BradleyTerryOptions = {},
): BradleyTerry | Undefined {
  const { prior = 0, level = 0.95 } = options;
  const games = gamesOf(comparisons);
  const count = comparisons.candidateCount;
  if (count === 0 || games.length === 0) return undefinedBecause('no-data');
  if (prior === 0 && !connected(games, count)) return separated;
  const tied = games.some((game) => game.ties > 0);
  const onlyTies = games.every((game) => game.wins + game.losses === 0);
  if (onlyTies) return separated;
  let state = { strengths: new Float64Array(count), tie: 0 };
  let value = logPosterior(games, state, tied, prior);
  let iterations = 0;
  for (; iterations < 200; iterations++) {
    const { gradient, information } = derivatives(games, state, tied, prior, count);
    const step = solve(information, gradient);
    let factor = 1;
    let next = moved(state, step, factor, count);
    let nextValue = logPosterior(games, next, tied, prior);
    while (!(nextValue >= value - 1e-9 * Math.abs(value)) && factor > 1e-8) {
      factor /= 2;
      next = moved(state, step, factor, count);
      nextValue = logPosterior(games, next, tied, prior);
    }
    const size = step.reduce((most, part) => Math.max(most, Math.abs(part)), 0) * factor;
    state = next;
    value = nextValue;
    if (size < 1e-10) break;
  }
  const centre = state.strengths.reduce((sum, strength) => sum + strength, 0) / count;
  const logStrength = state.strengths.map((strength) => strength - centre);
  const covariance = centred(
    inverse(derivatives(games, state, tied, prior, count).information),
    count,
  );
  const standardError = Float64Array.from(logStrength, (_, index) =>
    Math.sqrt(Math.max(0, covariance[index * count + index]!)),
  );
  const reach = normalQuantile(1 - (1 - level) / 2);
  const total = logStrength.reduce((sum, strength) => sum + Math.exp(strength), 0);
  return {
    kind: 'strengths',
    logStrength,
    standardError,
    covariance,
    level,
    share: logStrength.map((strength) => Math.exp(strength) / total),
    lower: logStrength.map((strength, index) => strength - reach * standardError[index]!),
    upper: logStrength.map((strength, index) => strength + reach * standardError[index]!),
    tie: tied ? Math.exp(state.tie) : 0,
    logLikelihood: logPosterior(games, { strengths: logStrength, tie: state.tie }, tied, 0),
    ranking: Int32Array.from(
      [...logStrength.keys()].toSorted(
        (one, other) => logStrength[other]! - logStrength[one]! || one - other,
      ),
    ),
    iterations: iterations + 1,
  };
}

/** Why maximum likelihood has no finite answer. */
const separated: Undefined = {
  kind: 'undefined',
  reason: 'infinite',
  because:
    'some candidates never lost to the others, or never met them: no finite strengths exist without a prior',
};

interface Game {
  readonly one: number;
  readonly other: number;
  wins: number;
  losses: number;
  ties: number;
}

interface State {
  strengths: Float64Array<ArrayBuffer>;
  /** The logarithm of the tie parameter. */
  tie: number;
}

function gamesOf({
  first,
  second,
  firstWins,
  secondWins,
  ties,
  candidateCount,
}: Comparisons): Game[] {
  if (
    [second.length, firstWins.length, secondWins.length, ties?.length ?? first.length].some(
      (length) => length !== first.length,
    )
  )
    throw new RangeError('Comparisons need arrays of one length.');
  const games = new Map<number, Game>();
  for (let row = 0; row < first.length; row++) {
    const one = Math.min(first[row]!, second[row]!);
    const other = Math.max(first[row]!, second[row]!);
    if (one < 0 || other >= candidateCount || one === other)
      throw new RangeError(
        `Comparison ${row} is between ${first[row]} and ${second[row]}; both must be different candidates from 0 to ${candidateCount - 1}.`,
      );
    const turned = one !== first[row];
    const game = games.get(one * candidateCount + other) ?? {
      one,
      other,
      wins: 0,
      losses: 0,
      ties: 0,
    };
    game.wins += turned ? secondWins[row]! : firstWins[row]!;
    game.losses += turned ? firstWins[row]! : secondWins[row]!;
    game.ties += ties?.[row] ?? 0;
    if (game.wins + game.losses + game.ties > 0) games.set(one * candidateCount + other, game);
  }
  return [...games.values()];
}

/** Whether everybody can be reached from everybody over wins and ties (Ford's condition). */
function connected(games: readonly Game[], count: number): boolean {
  const beats: number[][] = Array.from({ length: count }, () => []);
  const beaten: number[][] = Array.from({ length: count }, () => []);
  const link = (winner: number, loser: number): void => {
    beats[winner]!.push(loser);
    beaten[loser]!.push(winner);
  };
  for (const game of games) {
    if (game.wins + game.ties > 0) link(game.one, game.other);
    if (game.losses + game.ties > 0) link(game.other, game.one);
  }
  return [beats, beaten].every((links) => {
    const seen = new Set([0]);
    const open = [0];
    for (let candidate = open.pop(); candidate !== undefined; candidate = open.pop()) {
      for (const neighbour of links[candidate]!) {
        if (seen.has(neighbour)) continue;
        seen.add(neighbour);
        open.push(neighbour);
      }
    }
    return seen.size === count;
  });
}

/** Probabilities that the first wins, that the second wins, and of a tie. */
function chances(
  gap: number,
  tie: number,
  tied: boolean,
): { win: number; lose: number; draw: number } {
  const half = gap / 2;
  const reference = Math.max(Math.abs(half), tied ? tie : -Infinity);
  const win = Math.exp(half - reference);
  const lose = Math.exp(-half - reference);
  const draw = tied ? Math.exp(tie - reference) : 0;
  const sum = win + lose + draw;
  return { win: win / sum, lose: lose / sum, draw: draw / sum };
}

const orZero = (weight: number, probability: number): number =>
  weight === 0 ? 0 : weight * Math.log(probability);

function logPosterior(games: readonly Game[], state: State, tied: boolean, prior: number): number {
  let sum = 0;
  for (const game of games) {
    const { win, lose, draw } = chances(
      state.strengths[game.one]! - state.strengths[game.other]!,
      state.tie,
      tied,
    );
    sum += orZero(game.wins, win) + orZero(game.losses, lose) + orZero(game.ties, draw);
  }
  if (prior > 0)
    for (const strength of state.strengths)
      sum -= (prior / 2) * (Math.log1p(Math.exp(-Math.abs(strength))) * 2 + Math.abs(strength));
  return sum;
}

/**
 * Gradient and observed information over the strengths and, last, the logarithm of the tie
 * parameter.
 */
function derivatives(
  games: readonly Game[],
  state: State,
  tied: boolean,
  prior: number,
  count: number,
): { gradient: Float64Array; information: Float64Array[] } {
  const size = count + (tied ? 1 : 0);
  const gradient = new Float64Array(size);
  const information = Array.from({ length: size }, () => new Float64Array(size));
  const add = (row: number, column: number, weight: number): void =>
    void (information[row]![column]! += weight);
  for (const { one, other, wins, losses, ties } of games) {
    const played = wins + losses + ties;
    const { win, lose, draw } = chances(
      state.strengths[one]! - state.strengths[other]!,
      state.tie,
      tied,
    );
    const slope = (wins - losses - played * (win - lose)) / 2;
    gradient[one]! += slope;
    gradient[other]! -= slope;
    const spread = (played * (win + lose - (win - lose) ** 2)) / 4;
    add(one, one, spread);
    add(other, other, spread);
    add(one, other, -spread);
    add(other, one, -spread);
    if (!tied) continue;
    gradient[count]! += ties - played * draw;
    add(count, count, played * draw * (1 - draw));
    const cross = (-played * draw * (win - lose)) / 2;
    add(one, count, cross);
    add(count, one, cross);
    add(other, count, -cross);
    add(count, other, -cross);
  }
  for (let index = 0; index < count; index++) {
    const win = 1 / (1 + Math.exp(-state.strengths[index]!));
    gradient[index]! -= prior * (win - 0.5);
    add(index, index, prior * win * (1 - win));
  }
  // Strengths are known up to a constant only: a constraint on their mean makes the matrix regular
  // and changes nothing else.
  const weight = Math.max(1e-6, information[0]![0]!);
  if (prior === 0)
    for (let row = 0; row < count; row++)
      for (let column = 0; column < count; column++) add(row, column, weight / count);
  return { gradient, information };
}

function moved(state: State, step: Float64Array, factor: number, count: number): State {
  return {
    strengths: state.strengths.map((strength, index) => strength + factor * step[index]!),
    tie: state.tie + factor * (step[count] ?? 0),
  };
}

/** Cholesky factor of a positive definite matrix; a pivot that vanishes is kept off zero. */
function factorise(matrix: readonly Float64Array[]): Float64Array[] {
  const factor = matrix.map((row) => new Float64Array(row.length));
  for (const [row, values] of matrix.entries()) {
    for (let column = 0; column <= row; column++) {
      let sum = values[column]!;
      for (let inner = 0; inner < column; inner++)
        sum -= factor[row]![inner]! * factor[column]![inner]!;
      factor[row]![column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / factor[column]![column]!;
    }
  }
  return factor;
}

function solveWith(factor: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = factor.length;
  const result = Float64Array.from(right);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < row; inner++) result[row]! -= factor[row]![inner]! * result[inner]!;
    result[row]! /= factor[row]![row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let inner = row + 1; inner < size; inner++)
      result[row]! -= factor[inner]![row]! * result[inner]!;
    result[row]! /= factor[row]![row]!;
  }
  return result;
}

function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  return solveWith(factorise(matrix), right);
}

function inverse(matrix: readonly Float64Array[]): Float64Array[] {
  const factor = factorise(matrix);
  return matrix.map((_, index) => {
    const unit = new Float64Array(matrix.length);
    unit[index] = 1;
    return solveWith(factor, unit);
  });
}

/** The covariance of the strengths less their mean. */
function centred(matrix: readonly Float64Array[], count: number): Float64Array {
  const means = Float64Array.from(
    { length: count },
    (_, row) => matrix[row]!.subarray(0, count).reduce((sum, value) => sum + value, 0) / count,
  );
  const all = means.reduce((sum, value) => sum + value, 0) / count;
  const result = new Float64Array(count * count);
  for (let row = 0; row < count; row++)
    for (let column = 0; column < count; column++)
      result[row * count + column] = matrix[row]![column]! - means[row]! - means[column]! + all;
  return result;
}
