import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bradleyTerry, type Comparisons } from '#statistics/consensus/bradleyTerry.js';
import { dawidSkene } from '#statistics/consensus/dawidSkene.js';
import { glad } from '#statistics/consensus/glad.js';
import { mace } from '#statistics/consensus/mace.js';
import { leadingLabels, majorityVote } from '#statistics/consensus/majority.js';
import { oneCoinDawidSkene } from '#statistics/consensus/oneCoin.js';
import { consensus } from '#statistics/consensus/panel.js';
import { type Posteriors, voteShares } from '#statistics/consensus/posteriors.js';
import { voteEntropy } from '#statistics/consensus/uncertainty.js';
import { wawa, zeroBasedSkill } from '#statistics/consensus/weightedVote.js';
import { buildRatings, indexLabels, type Ratings } from '#statistics/ratings.js';
import {
  expectClose,
  fixtures,
  haveFixtures,
  type Json,
  type JsonObject,
  list,
  number,
  numbers,
  object,
  printDifferences,
  ratingsOfFixture,
} from '../fixtures.js';

afterAll(printDifferences);

const crowd = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'stats', 'crowd');
const haveCrowd = existsSync(crowd);

/** A set with the true category of every item whose truth is known. */
function crowdSet(name: string): { ratings: Ratings; truth: Map<number, number> } {
  const rows = (file: string): string[][] =>
    readFileSync(resolve(crowd, file), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
  const labels = rows(`${name}.labels.csv`);
  const column = (index: number): { indexes: Int32Array; labels: string[] } =>
    indexLabels(labels.map((row) => row[index] ?? ''));
  const [items, raters, values] = [column(0), column(1), column(2)];
  const ratings = buildRatings({
    items: items.indexes,
    raters: raters.indexes,
    values: values.indexes,
    itemCount: items.labels.length,
    raterCount: raters.labels.length,
    categoryCount: values.labels.length,
  });
  const indexOf = new Map(items.labels.map((item, index) => [item, index]));
  return {
    ratings,
    truth: new Map(
      rows(`${name}.truth.csv`).map(([item = '', answer = '']) => [
        indexOf.get(item) ?? -1,
        values.labels.indexOf(answer),
      ]),
    ),
  };
}

interface Case {
  readonly ratings: Ratings;
  readonly labels: (string | number)[];
  readonly items: string[];
  readonly raters: string[];
}

function defined<T extends { kind: string }>(model: T): Exclude<T, { kind: 'undefined' }> {
  if (model.kind === 'undefined') throw new Error('The model is undefined.');
  return model as Exclude<T, { kind: 'undefined' }>;
}

const inOrder = (keys: readonly string[], values: Json | undefined): Json[] =>
  keys.map((key) => object(values)[key] ?? null);

function comparePosteriors(
  actual: Float64Array,
  expected: Json | undefined,
  { items, labels }: Case,
  tolerance: number,
  what: string,
): void {
  for (const [item, row] of inOrder(items, expected).entries()) {
    for (const [index, value] of numbers(row ?? undefined).entries())
      expectClose(
        actual[item * labels.length + index],
        value,
        tolerance,
        `${what} item ${items[item]}`,
      );
  }
}

function compareByRater(
  actual: Float64Array,
  expected: Json | undefined,
  { raters }: Case,
  tolerance: number,
  what: string,
): void {
  for (const [rater, value] of inOrder(raters, expected).entries())
    expectClose(
      actual[rater],
      number(value ?? undefined),
      tolerance,
      `${what} rater ${raters[rater]}`,
    );
}

function accuracy(model: Posteriors, truth: Json | undefined, { items, labels }: Case): number {
  return (
    items.filter((item, index) => labels[model.label[index] ?? -1] === object(truth)[item]).length /
    items.length
  );
}

describe.skipIf(!haveFixtures)('consensus against crowd-kit and fully converged references', () => {
  for (const { id, content } of fixtures('reference', 'agg-')) {
    const data: Case = ratingsOfFixture(content);
    const { ratings, labels, items, raters } = data;
    const expected = object(content['expected']);
    const part = (name: string): JsonObject => object(expected[name]);

    test(`${id}: majority and its ties`, () => {
      const vote = majorityVote(ratings);
      const found = part('majority_vote');
      const tied = object(found['tied_labels'] ?? {});
      for (const [index, item] of items.entries()) {
        if (tied[item] === undefined)
          expect(labels[vote.label[index] ?? -1]).toBe(object(found['labels'])[item]);
        else
          expect(leadingLabels(ratings, index).map((category) => labels[category])).toEqual(
            tied[item],
          );
      }
      comparePosteriors(voteShares(ratings), found['soft'], data, 1e-9, 'majority');
    });

    test(`${id}: Wawa and zero-based skill, ties broken as there`, () => {
      const weighted = defined(wawa(ratings, 'first'));
      comparePosteriors(weighted.posterior, part('wawa')['soft'], data, 1e-9, 'wawa');
      compareByRater(weighted.skill, part('wawa')['skills'], data, 1e-9, 'wawa');
      compareByRater(
        defined(zeroBasedSkill(ratings, { maximumIterations: 100 }, 'first')).skill,
        part('zero_based_skill')['skills'],
        data,
        1e-6,
        'zero-based',
      );
    });

    test(`${id}: Dawid-Skene, run to convergence`, () => {
      const found = part('dawid_skene_converged');
      const model = defined(
        dawidSkene(ratings, { shrinkage: 0, tolerance: 1e-13, maximumIterations: 20_000 }),
      );
      comparePosteriors(
        model.posterior,
        found['posterior'],
        data,
        number(found['tolerance']),
        'dawid-skene',
      );
      for (const [index, value] of numbers(found['priors']).entries())
        expectClose(
          model.categoryShares[index],
          value,
          number(found['tolerance']),
          'dawid-skene share',
        );
      expectClose(
        model.logLikelihood,
        number(found['log_likelihood']),
        number(found['log_likelihood_tolerance']),
        'dawid-skene likelihood',
      );
      for (const [rater, matrix] of inOrder(raters, found['errors']).entries()) {
        for (const [truth, row] of list(matrix ?? undefined).entries()) {
          for (const [answer, value] of numbers(row).entries())
            expectClose(
              model.confusion[(rater * labels.length + answer) * labels.length + truth],
              value,
              1e-6,
              `dawid-skene error of ${raters[rater]}`,
            );
        }
      }
      for (const [index, value] of numbers(found['log_likelihood_first_10']).entries()) {
        const early = defined(
          dawidSkene(ratings, { shrinkage: 0, tolerance: 0, maximumIterations: index + 1 }),
        );
        expectClose(early.logLikelihood, value, 1e-6, 'dawid-skene course');
      }
    });

    test(`${id}: Dawid-Skene with some answers known`, () => {
      const found = part('dawid_skene_with_gold');
      const known = Int32Array.from(items, (item) =>
        labels.indexOf(String(object(found['gold'])[item])),
      );
      const model = defined(dawidSkene(ratings, { shrinkage: 0, known }));
      const same = items.filter(
        (item, index) => labels[model.label[index] ?? -1] === object(found['labels'])[item],
      ).length;
      expect(same / items.length).toBeGreaterThanOrEqual(0.97);
      for (const [index, answer] of known.entries())
        if (answer >= 0) expect(model.label[index]).toBe(answer);
    });

    test(`${id}: one-coin Dawid-Skene`, () => {
      const found = part('one_coin_dawid_skene_converged');
      const model = defined(
        oneCoinDawidSkene(ratings, { tolerance: 1e-13, maximumIterations: 20_000 }),
      );
      comparePosteriors(
        model.posterior,
        found['posterior'],
        data,
        number(found['tolerance']),
        'one-coin',
      );
      compareByRater(model.skill, found['skills'], data, number(found['tolerance']), 'one-coin');
      expectClose(
        model.logLikelihood,
        number(found['log_likelihood']),
        number(found['log_likelihood_tolerance']),
        'one-coin likelihood',
      );
    });

    test.each(['vb', 'em'] as const)(`${id}: MACE from the same start (%s)`, (method) => {
      const found = part(`mace_${method}`);
      const init = object(found['init']);
      const order = list(init['label_order']).map((label) => labels.indexOf(String(label)));
      const rows = raters.map((rater) => list(init['worker_order']).indexOf(rater));
      const spamming = rows.map((row) => numbers(list(init['spamming'])[row]));
      const guess = new Float64Array(raters.length * labels.length);
      for (const [rater, row] of rows.entries()) {
        for (const [index, value] of numbers(list(init['thetas'])[row]).entries())
          guess[rater * labels.length + (order[index] ?? 0)] = value;
      }
      const start = {
        guesses: Float64Array.from(spamming, (row) => row[0] ?? 0),
        knows: Float64Array.from(spamming, (row) => row[1] ?? 0),
        guess,
      };
      const model = defined(
        mace(ratings, {
          method: method === 'vb' ? 'variational' : 'maximum-likelihood',
          shares: 'uniform',
          start,
          tolerance: -1,
          maximumIterations: 50,
        }),
      );
      comparePosteriors(
        model.posterior,
        found['posterior'],
        data,
        number(found['tolerance']),
        `mace-${method}`,
      );
      compareByRater(
        model.competence,
        found['competence'],
        data,
        number(found['tolerance']),
        `mace-${method}`,
      );
      for (const [rater, row] of inOrder(raters, found['strategy']).entries()) {
        for (const [index, value] of numbers(row ?? undefined).entries())
          expectClose(
            model.guessing[rater * labels.length + (order[index] ?? 0)],
            value,
            1e-6,
            `mace-${method} guess`,
          );
      }
    });

    test(`${id}: GLAD agrees where the reference is sure, and is as accurate`, () => {
      const found = part('glad');
      // The reference ends after two iterations and takes categories to be equally frequent.
      const model = defined(glad(ratings, { shares: 'uniform', maximumIterations: 2 }));
      const sure = items.filter(
        (item) => Math.max(...numbers(object(found['posterior'])[item])) > 0.9,
      );
      for (const item of sure)
        expect(labels[model.label[items.indexOf(item)] ?? -1], item).toBe(
          object(found['labels'])[item],
        );
      expect(accuracy(model, content['truth'], data)).toBeGreaterThanOrEqual(
        number(found['accuracy_vs_truth']) - 0.02 - 1e-9,
      );
    });

    test(`${id}: entropy of the votes`, () => {
      const found = part('vote_entropy');
      const entropy = voteEntropy(ratings);
      for (const [index, value] of inOrder(items, found['per_item']).entries())
        expectClose(
          entropy[index],
          number(value ?? undefined),
          number(found['tolerance']),
          'entropy',
        );
    });
  }
});

function compareStrengths(
  comparisons: Comparisons,
  names: readonly string[],
  expected: JsonObject,
  reference: string | null,
  tolerance: number,
): void {
  const model = defined(bradleyTerry(comparisons));
  const zero = reference === null ? 0 : (model.logStrength[names.indexOf(reference)] ?? 0);
  const strengths = object(expected['log_ability_centred'] ?? expected['log_ability']);
  const errors = object(expected['se_centred'] ?? expected['se'] ?? {});
  const count = names.length;
  const variance = (one: number, other: number): number =>
    model.covariance[one * count + other] ?? 0;
  for (const [index, name] of names.entries()) {
    if (strengths[name] !== undefined)
      expectClose(
        (model.logStrength[index] ?? 0) - zero,
        number(strengths[name]),
        tolerance,
        `strength ${name}`,
      );
    const base = reference === null ? -1 : names.indexOf(reference);
    const error =
      base < 0
        ? (model.standardError[index] ?? 0)
        : Math.sqrt(
            Math.max(0, variance(index, index) + variance(base, base) - 2 * variance(index, base)),
          );
    if (errors[name] !== undefined)
      expectClose(error, number(errors[name]), tolerance, `strength-se ${name}`);
  }
  if (typeof expected['log_likelihood'] === 'number')
    expectClose(model.logLikelihood, expected['log_likelihood'], tolerance, 'strength-likelihood');
  if (expected['ranking'] !== undefined)
    expect([...model.ranking].map((index) => names[index])).toEqual(expected['ranking']);
}

describe.skipIf(!haveFixtures)('Bradley-Terry against BradleyTerry2', () => {
  for (const { id, content } of fixtures('reference', 'pair-')) {
    test(id, () => {
      const rows = list(content['data']).map((row) => list(row).map(String));
      const names = [...new Set(rows.flatMap((row) => [row[1] ?? '', row[2] ?? '']))].toSorted();
      const numbersOf = (column: number): Int32Array =>
        indexLabels(
          rows.map((row) => row[column] ?? ''),
          names,
        ).indexes;
      const wins = (column: number): Float64Array =>
        Float64Array.from(rows, (row) => (row[3] === row[column] ? 1 : 0));
      const found = object(object(content['expected'])['bradley_terry']);
      compareStrengths(
        {
          first: numbersOf(1),
          second: numbersOf(2),
          firstWins: wins(1),
          secondWins: wins(2),
          candidateCount: names.length,
        },
        names,
        found,
        null,
        number(found['tolerance']),
      );
    });
  }
  for (const { id, content } of fixtures('published', 'bradley-terry-')) {
    test(id, () => {
      const games = list(content['games']).map(list);
      const names = [...new Set(games.flatMap((game) => [String(game[0]), String(game[1])]))];
      const numbersOf = (column: number): Int32Array =>
        indexLabels(
          games.map((game) => String(game[column])),
          names,
        ).indexes;
      const wins = (column: number): Float64Array =>
        Float64Array.from(games, (game) => number(game[column]));
      const reference = String(content['reference']).replace(' = 0', '');
      compareStrengths(
        {
          first: numbersOf(0),
          second: numbersOf(1),
          firstWins: wins(2),
          secondWins: wins(3),
          candidateCount: names.length,
        },
        names,
        object(content['expected']),
        reference,
        number(content['tolerance']),
      );
    });
  }
});

describe.skipIf(!haveFixtures)('Dawid and Skene (1979)', () => {
  for (const { id, content } of fixtures('published', 'dawid-skene')) {
    test(id, () => {
      const data = ratingsOfFixture(content, 'all');
      const model = defined(
        dawidSkene(data.ratings, { shrinkage: 0, tolerance: 1e-13, maximumIterations: 20_000 }),
      );
      const compare = (found: JsonObject, tolerance: number): void => {
        for (const [index, value] of numbers(found['priors']).entries())
          expectClose(model.categoryShares[index], value, tolerance, 'dawid-skene-1979 share');
        for (const [rater, matrix] of Object.entries(object(found['error_rates']))) {
          for (const [truth, row] of list(matrix).entries()) {
            for (const [answer, value] of numbers(row).entries())
              expectClose(
                model.confusion[(data.raters.indexOf(rater) * 4 + answer) * 4 + truth],
                value,
                tolerance,
                `dawid-skene-1979 error of ${rater}`,
              );
          }
        }
      };
      compare(object(content['published']), number(content['published_tolerance']));
      compare(object(content['expected']), number(content['tolerance']));
      comparePosteriors(
        model.posterior,
        object(content['expected'])['posterior'],
        data,
        number(content['tolerance']),
        'dawid-skene-1979',
      );
      expectClose(
        model.logLikelihood,
        number(object(content['expected'])['log_likelihood']),
        number(content['tolerance']),
        'dawid-skene-1979 likelihood',
      );
      expect(model.converged).toBe(true);
    });
  }
});

describe.skipIf(!haveCrowd)('real crowd-labelled sets', () => {
  test('the default is more accurate on their mean than Dawid-Skene of the reference (.8791 on these eight)', () => {
    const found = [
      'bluebird',
      'dog',
      'music_genre',
      'rte',
      'temporal',
      'weather_amt',
      'web',
      'wsd',
    ].map((name) => {
      const { ratings, truth } = crowdSet(name);
      const model = defined(consensus(ratings));
      return (
        [...truth.entries()].filter(([item, answer]) => model.label[item] === answer).length /
        truth.size
      );
    });
    expect(found.reduce((sum, value) => sum + value, 0) / found.length).toBeGreaterThan(0.885);
  });
});
