import { afterAll, describe, expect, test } from 'vitest';
import {
  bootstrapAlpha,
  jackknifeAlpha,
  krippendorffAlpha,
  type AlphaLevel,
} from '#statistics/agreement/alpha.js';
import {
  type Coefficient,
  type CoefficientOptions,
  chanceCorrected,
} from '#statistics/agreement/chanceCorrected.js';
import { fleissByCategory, fleissTest } from '#statistics/agreement/fleiss.js';
import { pooledAgreement, unanimousShare } from '#statistics/agreement/observed.js';
import {
  cohenKappa,
  cohenTest,
  pairAgreement,
  pairBrennanPrediger,
  pairGwet,
  type PairEstimate,
  pairTable,
  scottPi,
} from '#statistics/agreement/pair.js';
import { type Weighting, weightTable } from '#statistics/agreement/weights.js';
import { kendallTau, pearson, spearmanRank } from '#statistics/comparison/correlation.js';
import type { Estimate } from '#statistics/estimate.js';
import { tCdf } from '#statistics/distributions.js';
import { type Ratings, withUsedCategories } from '#statistics/ratings.js';
import {
  expectClose,
  fixtures,
  haveFixtures,
  type JsonObject,
  list,
  number,
  numbers,
  object,
  printDifferences,
  ratingsOfFixture,
} from '../fixtures.js';

const names: Record<string, Coefficient> = {
  percent_agreement: 'percent-agreement',
  gwet_ac1: 'gwet',
  gwet_ac2: 'gwet',
  gwet: 'gwet',
  fleiss_kappa: 'fleiss',
  fleiss: 'fleiss',
  krippendorff_alpha_nominal: 'krippendorff',
  krippendorff_alpha: 'krippendorff',
  krippendorff: 'krippendorff',
  conger_kappa: 'conger',
  conger: 'conger',
  brennan_prediger: 'brennan-prediger',
};

function compare(
  actual: Estimate & { observed?: number; expected?: number; degreesOfFreedom?: number },
  expected: JsonObject,
  tolerance: number,
  what: string,
): void {
  if (expected['value'] === null) return expect(actual.kind, what).toBe('undefined');
  if (actual.kind === 'undefined')
    return expect.unreachable(`${what} is undefined: ${actual.because}`);
  expectClose(actual.value, number(expected['value']), tolerance, `${what} value`);
  if (typeof expected['se'] === 'number')
    expectClose(actual.standardError, expected['se'], tolerance, `${what} se`);
  if (Array.isArray(expected['ci95']) && actual.interval !== undefined) {
    const [lower, upper] = numbers(expected['ci95']);
    expectClose(actual.interval.lower, lower ?? NaN, tolerance * 10, `${what} lower`);
    expectClose(actual.interval.upper, upper ?? NaN, tolerance * 10, `${what} upper`);
  }
  if (typeof expected['pa'] === 'number')
    expectClose(actual.observed, expected['pa'], tolerance, `${what} pa`);
  if (typeof expected['pe'] === 'number')
    expectClose(actual.expected, expected['pe'], tolerance, `${what} pe`);
  if (typeof expected['expected_agreement'] === 'number')
    expectClose(actual.expected, expected['expected_agreement'], tolerance, `${what} pe`);
  if (typeof expected['p'] === 'number')
    expectClose(
      1 - tCdf(actual.value / (actual.standardError ?? 0), actual.degreesOfFreedom ?? actual.n - 1),
      expected['p'],
      1e-9,
      `${what} p`,
    );
}

afterAll(printDifferences);

describe.skipIf(!haveFixtures)(
  'coefficients against irrCAC, fast-krippendorff and irr (reference data)',
  () => {
    for (const { id, content } of fixtures('reference', 'agree-')) {
      const { ratings, values, raters } = ratingsOfFixture(content);
      const expected = object(content['expected']);
      const check = (found: JsonObject, prefix: string, options: CoefficientOptions): void => {
        for (const [name, coefficient] of Object.entries(names)) {
          if (found[name] === undefined) continue;
          compare(
            chanceCorrected(ratings, coefficient, options),
            object(found[name]),
            number(object(found[name])['tolerance']),
            `${prefix}${name} (${id})`,
          );
        }
      };

      test(`${id}: unweighted coefficients, their errors and intervals`, () =>
        check(expected, '', { categories: 'used' }));

      test(`${id}: weighted coefficients`, () => {
        for (const weighting of ['quadratic', 'linear', 'ordinal'] as const) {
          if (expected[`weighted_${weighting}`] !== undefined)
            check(object(expected[`weighted_${weighting}`]), `${weighting}_`, {
              weighting,
              values,
              categories: 'used',
            });
        }
      });

      test(`${id}: declared labels are the default`, () => {
        for (const [name, value] of Object.entries(
          object(expected['with_declared_labels'] ?? {}),
        )) {
          const [, base, weighting] = /^(gwet_ac[12]|brennan_prediger)_?(.*)$/.exec(name) ?? [];
          const options = { values, weighting: (weighting || 'identity') as Weighting };
          compare(
            chanceCorrected(ratings, names[base ?? ''] ?? 'gwet', options),
            object(value),
            number(object(value)['tolerance']),
            `declared_${name} (${id})`,
          );
        }
      });

      test(`${id}: counts, pooled agreement, unanimous items`, () => {
        const pooled = object(expected['percent_agreement_pooled_pairs']);
        compare(
          pooledAgreement(ratings),
          pooled,
          number(pooled['tolerance']),
          `pooled_agreement (${id})`,
        );
        const unanimous = object(expected['share_unanimous_items']);
        compare(
          unanimousShare(ratings),
          unanimous,
          number(unanimous['tolerance']),
          `unanimous (${id})`,
        );
        const counts = object(expected['counts']);
        const alpha = krippendorffAlpha(ratings, { level: 'nominal' });
        expect(ratings.itemCount).toBe(counts['items']);
        expect(ratings.raterCount).toBe(counts['raters']);
        expect(ratings.values.length).toBe(counts['ratings']);
        expect(withUsedCategories(ratings).kept.length).toBe(counts['labels_used']);
        expect(alpha.kind === 'estimate' && alpha.pairableRatings).toBe(counts['pairable_ratings']);
        expect(alpha.kind === 'estimate' && alpha.n).toBe(counts['items_with_two_or_more']);
      });

      test(`${id}: alpha of every level`, () => {
        for (const level of ['nominal', 'ordinal', 'interval', 'ratio'] as const) {
          const found = expected[`krippendorff_alpha_${level}`];
          if (found === undefined) continue;
          const { se: _, ci95: __, expected_agreement: ___, ...point } = object(found);
          compare(
            krippendorffAlpha(ratings, { level, values }),
            point,
            number(point['tolerance']),
            `alpha_${level} (${id})`,
          );
          if (level === 'interval')
            compare(
              chanceCorrected(ratings, 'krippendorff', { weighting: 'quadratic', values }),
              object(found),
              1e-8,
              `alpha_interval_analytic (${id})`,
            );
        }
      });

      test(`${id}: bootstrap and jackknife of alpha`, () => {
        if (expected['bootstrap_alpha'] !== undefined) {
          const found = object(expected['bootstrap_alpha']);
          const alpha = bootstrapAlpha(ratings, {
            level: found['level'] as AlphaLevel,
            values,
            seed: `${id} bootstrap`,
            replicates: number(found['replicates']),
          });
          if (alpha.kind === 'undefined' || alpha.interval === undefined)
            return expect.unreachable('alpha has an interval');
          // The ranges are those of 25 runs; one more run may fall a little outside.
          for (const [name, value] of [
            ['lower_range', alpha.interval.lower],
            ['upper_range', alpha.interval.upper],
            ['se_range', alpha.standardError ?? NaN],
          ] as const) {
            const [low = NaN, high = NaN] = numbers(found[name]);
            expect(value, name).toBeGreaterThanOrEqual(low - (high - low) / 4);
            expect(value, name).toBeLessThanOrEqual(high + (high - low) / 4);
          }
        }
        if (expected['jackknife_alpha'] !== undefined) {
          const found = object(expected['jackknife_alpha']);
          const { estimate, biasCorrected } = jackknifeAlpha(ratings, {
            level: found['level'] as AlphaLevel,
            values,
          });
          if (estimate.kind === 'undefined') return expect.unreachable(estimate.because);
          expectClose(estimate.standardError, number(found['se']), 1e-9, `jackknife_se (${id})`);
          expectClose(
            biasCorrected,
            number(found['bias_corrected']),
            1e-9,
            `jackknife_value (${id})`,
          );
        }
      });

      test(`${id}: the z test of Fleiss`, () => {
        if (expected['fleiss_kappa_classic'] === undefined) return;
        const found = object(expected['fleiss_kappa_classic']);
        const result = fleissTest(ratings);
        if (result.kind === 'undefined') return expect.unreachable(result.because);
        expectClose(result.kappa, number(found['value']), 1e-8, `fleiss_classic (${id})`);
        expectClose(result.z, number(found['z_under_h0']), 1e-8, `fleiss_z (${id})`);
        expectClose(result.p, number(found['p_under_h0']), 1e-8, `fleiss_p (${id})`);
      });

      test(`${id}: pairs of raters`, () => {
        if (expected['pairs'] === undefined) return;
        const pairs = object(expected['pairs']);
        const tolerance = number(pairs['tolerance']);
        const used = withUsedCategories(ratings);
        const usedValues = Float64Array.from(used.kept, (category) => values[category] ?? NaN);
        const rankValues = Float64Array.from(used.kept.keys());
        for (const pair of list(pairs['list']).map(object)) {
          const table = pairTable(
            used.ratings,
            raters.indexOf(String(pair['a'])),
            raters.indexOf(String(pair['b'])),
          );
          const results: [string, PairEstimate | Estimate][] = [
            ['agreement', pairAgreement(table)],
            ['cohen_kappa', cohenKappa(table)],
            ['scott_pi', scottPi(table)],
            ['cohen_kappa_linear_by_rank', cohenKappa(table, weightTable('linear', rankValues))],
            [
              'cohen_kappa_quadratic_by_rank',
              cohenKappa(table, weightTable('quadratic', rankValues)),
            ],
            ['cohen_kappa_linear_by_value', cohenKappa(table, weightTable('linear', usedValues))],
            [
              'cohen_kappa_quadratic_by_value',
              cohenKappa(table, weightTable('quadratic', usedValues)),
            ],
          ];
          const both = ratingsOfBoth(
            ratings,
            values,
            raters.indexOf(String(pair['a'])),
            raters.indexOf(String(pair['b'])),
          );
          for (const [name, correlation] of [
            ['pearson', pearson],
            ['spearman', spearmanRank],
            ['kendall_tau_b', kendallTau],
          ] as const) {
            if (pair[name] !== undefined)
              compare(
                correlation(both.first, both.second),
                { value: pair[name] },
                tolerance,
                `pair_${name} (${id})`,
              );
          }
          for (const [name, result] of results) {
            if (pair[name] === undefined) continue;
            const found: JsonObject = { value: pair[name] };
            found['se'] = pair[`${name}_se`] ?? null;
            compare(result, found, tolerance, `pair_${name} (${id})`);
          }
        }
      });
    }
  },
);

describe.skipIf(!haveFixtures)('coefficients against published worked examples', () => {
  for (const { id, content } of fixtures('published')) {
    const kind = content['kind'];
    if (kind !== 'agreement' && kind !== 'agreement-pair') continue;
    test(`${id}: every coefficient as published and in full precision`, () => {
      for (const [expected, tolerance] of [
        [object(content['expected']), number(content['tolerance'])],
        [object(content['published']), number(content['published_tolerance'])],
      ] as const) {
        if (Array.isArray(content['data'])) checkPublished(content, expected, tolerance, id);
        else checkProportions(content, expected, tolerance, id);
      }
    });
  }
});

function ratingsOfBoth(
  ratings: Ratings,
  values: Float64Array,
  one: number,
  other: number,
): { first: number[]; second: number[] } {
  const first: number[] = [];
  const second: number[] = [];
  for (let item = 0; item < ratings.itemCount; item++) {
    const of = (rater: number): number | undefined => {
      const row = ratings.raters
        .subarray(ratings.itemStart[item], ratings.itemStart[item + 1])
        .indexOf(rater);
      return row < 0
        ? undefined
        : values[ratings.values[(ratings.itemStart[item] ?? 0) + row] ?? 0];
    };
    const [a, b] = [of(one), of(other)];
    if (a === undefined || b === undefined) continue;
    first.push(a);
    second.push(b);
  }
  return { first, second };
}

function checkPublished(
  content: JsonObject,
  expected: JsonObject,
  tolerance: number,
  id: string,
): void {
  const { ratings, values, labels } = ratingsOfFixture(content);
  const table = content['kind'] === 'agreement-pair' ? pairTable(ratings, 0, 1) : null;
  const weighted = (weighting: Weighting): Float64Array =>
    weightTable(weighting, table === null ? values : Float64Array.from(values.keys()));
  for (const [name, json] of Object.entries(expected)) {
    const found = typeof json === 'number' ? { value: json } : object(json);
    const what = `${name} (${id})`;
    const alphaLevel = /^alpha_(\w+)$/.exec(name)?.[1];
    const weighting =
      ({ unweighted: 'identity', gwet: 'identity' } as Record<string, Weighting>)[name] ??
      (['linear', 'quadratic', 'ordinal', 'ratio'].includes(name) ? (name as Weighting) : null);
    if (alphaLevel !== undefined)
      compare(
        krippendorffAlpha(ratings, { level: alphaLevel as AlphaLevel, values }),
        found,
        tolerance,
        what,
      );
    else if (weighting !== null && found['value'] === undefined) {
      for (const [inner, value] of Object.entries(found))
        compare(
          chanceCorrected(ratings, names[inner] ?? 'gwet', {
            weighting,
            values,
            categories: 'used',
          }),
          object(value),
          tolerance,
          `${name}.${inner} (${id})`,
        );
    } else if (table !== null) {
      const results: Record<string, () => Estimate> = {
        cohen_kappa: () => cohenKappa(table),
        scott_pi: () => scottPi(table),
        gwet_ac1: () => pairGwet(table),
        brennan_prediger: () => pairBrennanPrediger(table),
        percent_agreement: () => pairAgreement(table),
        cohen_kappa_linear: () => cohenKappa(table, weighted('linear')),
        cohen_kappa_quadratic: () => cohenKappa(table, weighted('quadratic')),
        krippendorff_alpha: () => krippendorffAlpha(ratings, { level: 'nominal' }),
      };
      const { se, ci95, ...point } = found;
      compare(
        (results[name] ?? (() => expect.unreachable(name)))(),
        name === 'krippendorff_alpha'
          ? point
          : {
              ...point,
              ...(se === undefined ? {} : { se }),
              ...(ci95 === undefined ? {} : { ci95 }),
            },
        tolerance,
        `pair_${what}`,
      );
    } else if (name === 'per_category_kappa') {
      const byCategory = fleissByCategory(ratings);
      for (const [index, label] of labels.entries())
        compare(
          byCategory[index] ?? expect.unreachable(),
          { value: number(found[String(label)]) },
          tolerance,
          `${name} (${id})`,
        );
    } else if (name === 'z') {
      const result = fleissTest(ratings);
      if (result.kind === 'test') expectClose(result.z, number(json), tolerance, what);
    } else if (names[name] !== undefined)
      compare(
        chanceCorrected(ratings, names[name], { values, categories: 'used' }),
        found,
        tolerance,
        what,
      );
    else if (/^(kappa_12|kappa_quadratic_12)$/.test(name)) {
      const pair = pairTable(ratings, 0, 1);
      const weights =
        name === 'kappa_12'
          ? undefined
          : weightTable(
              'quadratic',
              Float64Array.from({ length: pair.size }, (_, index) => index),
            );
      compare(cohenKappa(pair, weights), { value: number(found['value']) }, tolerance, what);
      const test = cohenTest(pair, weights);
      if (found['z'] !== undefined)
        expectClose(
          test.kind === 'test' ? test.statistic : NaN,
          number(found['z']),
          tolerance,
          `pair_z (${id})`,
        );
    } else expect(['icc2', 'kendall_W'], `no check for ${what}`).toContain(name);
  }
}

function checkProportions(
  content: JsonObject,
  expected: JsonObject,
  tolerance: number,
  id: string,
): void {
  const n = number(content['n']);
  const size = list(content['table_proportions']).length;
  const counts = Float64Array.from(list(content['table_proportions']).flatMap(numbers), (share) =>
    Math.round(share * n),
  );
  const weights = Float64Array.from(
    list(content['disagreement_weights']).flatMap(numbers),
    (weight) => 1 - weight / 6,
  );
  compare(
    cohenKappa({ size, counts }, weights),
    { value: number(expected['weighted_kappa']) },
    tolerance,
    `pair_weighted_kappa (${id})`,
  );
  compare(
    cohenKappa({ size, counts }),
    { value: number(expected['kappa']) },
    tolerance,
    `pair_kappa (${id})`,
  );
}
