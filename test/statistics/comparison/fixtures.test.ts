import { afterAll, describe, expect, test } from 'vitest';
import { bootstrapDifference } from '#statistics/bootstrap.js';
import { kendallTau, pearson, spearmanRank } from '#statistics/comparison/correlation.js';
import { divergence, entropy } from '#statistics/comparison/divergence.js';
import { kolmogorovSmirnov } from '#statistics/comparison/kolmogorovSmirnov.js';
import {
  type Equivalence,
  equivalenceOf,
  type MeanDifference,
  meanDifference,
  meanEquivalence,
  pairedMeanDifference,
  sampleOf,
  standardisedDifference,
} from '#statistics/comparison/means.js';
import { adjustP, type Adjustment } from '#statistics/comparison/multiplicity.js';
import { permutationTest, studentisedSuperiority } from '#statistics/comparison/permutation.js';
import {
  brunnerMunzel,
  cliffDelta,
  hodgesLehmann,
  mannWhitney,
  signedRanks,
  varghaDelaney,
} from '#statistics/comparison/ranks.js';
import {
  fisherExact,
  mcNemar,
  signTest,
  type Table,
  tableTests,
} from '#statistics/comparison/tables.js';
import {
  cohenH,
  oddsRatio,
  riskRatio,
  shareEquivalence,
  shareTest,
} from '#statistics/comparison/shares.js';
import { fisherExactTable } from '#statistics/comparison/fisherTable.js';
import type { Estimate, Estimated, Undefined } from '#statistics/estimate.js';
import type { TestResult } from '#statistics/hypothesis.js';
import { mean, median } from '#statistics/summary.js';
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
} from '../fixtures.js';

afterAll(printDifferences);

function sure<T extends { readonly kind: string }>(result: T | Undefined): Exclude<T, Undefined> {
  if (result.kind === 'undefined')
    return expect.unreachable(`undefined: ${(result as Undefined).because}`);
  return result as Exclude<T, Undefined>;
}

function content(kind: 'published' | 'reference', name: string): JsonObject {
  return fixtures(kind, name)[0]?.content ?? {};
}

function expectInterval(
  estimate: Estimated,
  expected: Json | undefined,
  tolerance: number,
  what: string,
): void {
  const [lower = NaN, upper = NaN] = numbers(expected);
  expectClose(estimate.interval?.lower, lower, tolerance, `${what}_lower`);
  expectClose(estimate.interval?.upper, upper, tolerance, `${what}_upper`);
}

function expectValueOrNothing(
  estimate: Estimate,
  expected: Json | undefined,
  tolerance: number,
  what: string,
): void {
  if (expected === null || expected === 'Infinity') expect(estimate.kind, what).toBe('undefined');
  else expectClose(sure(estimate).value, number(expected), tolerance, what);
}

const table = (json: Json | undefined): Table => list(json).map(numbers);

describe.skipIf(!haveFixtures)('two samples', () => {
  for (const sample of haveFixtures
    ? list(content('reference', 'tests-two-sample')['cases']).map(object)
    : []) {
    const [x, y, expected] = [
      numbers(sample['x']),
      numbers(sample['y']),
      object(sample['expected']),
    ];
    const name = String(sample['name']);
    const tolerance = 1e-8;

    test(`${name}: rank tests`, () => {
      const ranks = object(expected['mann_whitney']);
      const found = (result: TestResult): { statistic: number; p: number } => sure(result);
      expectClose(
        found(mannWhitney(x, y)).statistic,
        number(ranks['U_x']),
        tolerance,
        'mann_whitney_U',
      );
      expectClose(
        found(mannWhitney(y, x)).statistic,
        number(ranks['U_y']),
        tolerance,
        'mann_whitney_U',
      );
      expectClose(
        found(mannWhitney(x, y)).p,
        number(ranks['p_continuity']),
        tolerance,
        'mann_whitney_continuity',
      );
      expectClose(
        found(mannWhitney(x, y, 'normal')).p,
        number(ranks['p_no_continuity']),
        tolerance,
        'mann_whitney_normal',
      );
      expectClose(
        found(mannWhitney(x, y, 'normal-continuity', 'greater')).p,
        number(ranks['p_greater_continuity']),
        tolerance,
        'mann_whitney_greater',
      );
      if (ranks['p_exact'] !== undefined) {
        expectClose(
          found(mannWhitney(x, y, 'exact')).p,
          number(ranks['p_exact']),
          tolerance,
          'mann_whitney_exact',
        );
        expectClose(
          found(mannWhitney(x, y, 'exact-doubled')).p,
          number(ranks['p_exact']),
          tolerance,
          'mann_whitney_exact',
        );
      }
      if (ranks['p_exact_with_ties'] !== undefined) {
        expectClose(
          found(mannWhitney(x, y, 'exact')).p,
          number(ranks['p_exact_with_ties']),
          tolerance,
          'mann_whitney_ties',
        );
        expectClose(
          found(mannWhitney(x, y, 'exact-doubled')).p,
          number(ranks['p_exact_with_ties_doubled']),
          tolerance,
          'mann_whitney_ties_doubled',
        );
      }
      const superiority = object(expected['brunner_munzel']);
      const munzel = sure(brunnerMunzel(x, y));
      expectClose(munzel.value, number(superiority['estimate']), tolerance, 'brunner_munzel_value');
      expectClose(
        munzel.test?.statistic,
        number(superiority['statistic']),
        tolerance,
        'brunner_munzel_statistic',
      );
      expectClose(
        munzel.degreesOfFreedom,
        number(superiority['df']),
        tolerance,
        'brunner_munzel_df',
      );
      expectClose(munzel.test?.p, number(superiority['p']), tolerance, 'brunner_munzel_p');
      expectInterval(munzel, superiority['ci95'], tolerance, 'brunner_munzel');
      const delta = object(expected['cliff_delta']);
      expectClose(sure(cliffDelta(x, y)).value, number(delta['value']), tolerance, 'cliff_delta');
      // effsize miscounts where a value of the second sample lies above all of the first: no
      // reference there.
      if (Math.max(...y) <= Math.max(...x))
        expectInterval(sure(cliffDelta(x, y)), delta['ci95_effsize'], tolerance, 'cliff_delta');
      expectClose(
        sure(varghaDelaney(x, y)).value,
        number(expected['vargha_delaney_A']),
        tolerance,
        'vargha_delaney',
      );
      expectClose(
        sure(hodgesLehmann(x, y)).value,
        number(expected['hodges_lehmann']),
        tolerance,
        'hodges_lehmann',
      );
      const smirnov = object(expected['kolmogorov_smirnov']);
      const ks = sure(kolmogorovSmirnov(x, y));
      expectClose(ks.statistic, number(smirnov['D']), tolerance, 'kolmogorov_smirnov_D');
      // scipy approximates beyond 140 values (Pelz and Good), to six digits.
      expectClose(
        ks.asymptotic.p,
        number(smirnov['p_asymptotic']),
        1e-6,
        'kolmogorov_smirnov_asymptotic',
      );
      if (smirnov['p_exact'] !== null)
        expectClose(
          sure(ks.exact).p,
          number(smirnov['p_exact']),
          tolerance,
          'kolmogorov_smirnov_exact',
        );
    });

    test(`${name}: means`, () => {
      const [one, other] = [sampleOf(x), sampleOf(y)];
      const welch = object(expected['welch_t']);
      const check = (found: MeanDifference, json: JsonObject, what: string): void => {
        expectClose(found.test.statistic, number(json['t']), tolerance, `${what}_t`);
        expectClose(found.test.p, number(json['p']), tolerance, `${what}_p`);
        expectClose(found.degreesOfFreedom, number(json['df']), tolerance, `${what}_df`);
      };
      check(sure(meanDifference(one, other)), welch, 'welch');
      expectInterval(sure(meanDifference(one, other)), welch['ci95'], tolerance, 'welch');
      check(
        sure(meanDifference(one, other, { variances: 'equal' })),
        object(expected['student_t']),
        'student',
      );
      expectClose(
        sure(meanDifference(one, other)).value,
        number(expected['difference_of_means']),
        tolerance,
        'difference',
      );
      expect([median(x), median(y)]).toEqual(expected['medians']);
      const d = object(expected['cohen_d']);
      expectClose(
        sure(standardisedDifference(one, other, 'cohen')).value,
        number(d['value']),
        tolerance,
        'cohen_d',
      );
      expectInterval(
        sure(standardisedDifference(one, other, 'cohen')),
        d['ci95_effsize'],
        tolerance,
        'cohen_d',
      );
      const g = object(expected['hedges_g']);
      expectClose(
        sure(standardisedDifference(one, other, 'hedges')).value,
        number(g['exact_gamma']),
        tolerance,
        'hedges_g',
      );
      expectClose(
        sure(standardisedDifference(one, other, 'hedges-approximate')).value,
        number(g['approx_4df']),
        tolerance,
        'hedges_g_approximate',
      );
      const bounds = object(expected['tost_welch']);
      const [lower = NaN, upper = NaN] = numbers(bounds['bounds']);
      checkEquivalence(sure(meanEquivalence(one, other, [lower, upper])), bounds, tolerance);
    });

    test(`${name}: permutation and bootstrap`, () => {
      if (expected['permutation_exact'] !== undefined) {
        const found = object(expected['permutation_exact']);
        const two = sure(permutationTest(x, y, { seed: 1 }));
        expect(two.exact).toBe(true);
        expectClose(two.statistic, number(found['observed']), tolerance, 'permutation_statistic');
        expectClose(two.p, number(found['p_two_sided']), tolerance, 'permutation_p');
        expectClose(
          sure(permutationTest(x, y, { seed: 1, alternative: 'greater' })).p,
          number(found['p_greater']),
          tolerance,
          'permutation_greater',
        );
      }
      if (expected['permutation_monte_carlo'] !== undefined) {
        const [low = NaN, high = NaN] = numbers(
          object(expected['permutation_monte_carlo'])['accept_for_9999_replicates'],
        );
        for (const mostCounted of [0, 300_000]) {
          const drawn = sure(permutationTest(x, y, { seed: name, mostCounted }));
          expect(drawn.p).toBeGreaterThan(low);
          expect(drawn.p).toBeLessThan(high);
        }
      }
      const found = object(expected['bootstrap_difference_of_means']);
      const boot = sure(
        bootstrapDifference(x, y, (first, second) => (mean(first) ?? NaN) - (mean(second) ?? NaN), {
          seed: name,
          replicates: 2000,
        }),
      );
      for (const [range, limit] of [
        ['lower_range', boot.interval?.lower],
        ['upper_range', boot.interval?.upper],
      ] as const) {
        const [low = NaN, high = NaN] = numbers(found[range]);
        expect(limit, range).toBeGreaterThan(low - (high - low) / 4);
        expect(limit, range).toBeLessThan(high + (high - low) / 4);
      }
    });
  }

  test('Brunner and Munzel (2000): pain scores', () => {
    const fixture = content('published', 'brunner-munzel2000');
    const [x, y, expected] = [
      numbers(fixture['x']),
      numbers(fixture['y']),
      object(fixture['expected']),
    ];
    const found = sure(brunnerMunzel(x, y));
    expectClose(found.value, number(expected['estimate']), 1e-9, 'brunner_munzel_value');
    expectClose(
      found.test?.statistic,
      number(expected['statistic']),
      1e-9,
      'brunner_munzel_statistic',
    );
    expectClose(found.degreesOfFreedom, number(expected['df']), 1e-9, 'brunner_munzel_df');
    expectClose(found.test?.p, number(expected['p']), 1e-9, 'brunner_munzel_p');
    expectInterval(found, expected['ci95'], 1e-9, 'brunner_munzel');
    const permuted = sure(permutationTest(x, y, { seed: 1 }, studentisedSuperiority));
    expect(permuted.exact).toBe(true);
    expectClose(permuted.p, number(expected['permutation_p']), 1e-9, 'brunner_munzel_permutation');
    const ranks = object(expected['mann_whitney']);
    expectClose(sure(mannWhitney(x, y)).statistic, number(ranks['U_x']), 1e-9, 'mann_whitney_U');
    expectClose(
      sure(mannWhitney(x, y)).p,
      number(ranks['p_continuity']),
      1e-9,
      'mann_whitney_continuity',
    );
    expectClose(
      sure(mannWhitney(x, y, 'normal')).p,
      number(ranks['p_no_continuity']),
      1e-9,
      'mann_whitney_normal',
    );
    expectClose(
      sure(mannWhitney(x, y, 'exact')).p,
      number(ranks['p_exact_with_ties']),
      1e-9,
      'mann_whitney_ties',
    );
  });

  test('Hollander and Wolfe (1973): the chorioamnion', () => {
    const fixture = content('published', 'hollander-wolfe');
    const [x, y, expected] = [
      numbers(fixture['x']),
      numbers(fixture['y']),
      object(fixture['expected']),
    ];
    expectClose(sure(mannWhitney(x, y)).statistic, number(expected['W']), 1e-9, 'mann_whitney_U');
    expectClose(
      sure(mannWhitney(x, y, 'exact', 'greater')).p,
      number(expected['p_greater']),
      1e-9,
      'mann_whitney_exact',
    );
    expectClose(
      sure(mannWhitney(x, y, 'exact')).p,
      number(expected['p_two_sided']),
      1e-9,
      'mann_whitney_exact',
    );
    expectClose(
      sure(hodgesLehmann(x, y)).value,
      number(expected['hodges_lehmann']),
      1e-9,
      'hodges_lehmann',
    );
    expectInterval(
      sure(hodgesLehmann(x, y)),
      expected['hodges_lehmann_ci95'],
      1e-9,
      'hodges_lehmann',
    );
  });

  test('effsize: delta, A, d and g', () => {
    const fixture = content('published', 'effsize-cliff');
    const [x, y, expected] = [
      numbers(fixture['treatment']),
      numbers(fixture['control']),
      object(fixture['expected']),
    ];
    expectClose(sure(cliffDelta(x, y)).value, number(expected['cliff_delta']), 1e-9, 'cliff_delta');
    expectInterval(sure(cliffDelta(x, y)), expected['ci95'], 1e-9, 'cliff_delta');
    expectClose(
      sure(varghaDelaney(x, y)).value,
      number(expected['vargha_delaney_A']),
      1e-9,
      'vargha_delaney',
    );
    for (const [name, kind] of [
      ['cohen_d', 'cohen'],
      ['hedges_g', 'hedges-approximate'],
    ] as const) {
      const found = sure(standardisedDifference(sampleOf(x), sampleOf(y), kind));
      expectClose(found.value, number(object(expected[name])['est']), 1e-9, name);
      expectInterval(found, object(expected[name])['ci'], 1e-9, name);
    }
  });

  test('Lakens (2017): equivalence', () => {
    const fixture = content('published', 'tost-lakens');
    const of = (json: JsonObject): { mean: number; deviation: number; n: number } => ({
      mean: number(json['m']),
      deviation: number(json['sd']),
      n: number(json['n']),
    });
    const [one, other, expected] = [
      of(object(fixture['group1'])),
      of(object(fixture['group2'])),
      object(fixture['expected']),
    ];
    const [lower = NaN, upper = NaN] = numbers(fixture['bounds_raw']);
    const found = sure(meanEquivalence(one, other, [lower, upper]));
    checkEquivalence(found, expected, 1e-9);
    expectClose(found.lower.degreesOfFreedom, number(expected['df']), 1e-9, 'tost_df');
    expectInterval(
      sure(meanDifference(one, other, { level: 0.9 })),
      expected['ci90'],
      1e-9,
      'tost',
    );
    const difference = sure(meanDifference(one, other));
    expect(
      equivalenceOf(
        difference.value,
        difference.standardError ?? 0,
        [lower, upper],
        difference.degreesOfFreedom,
      ),
    ).toEqual(found);
  });
});

function checkEquivalence(found: Equivalence, expected: JsonObject, tolerance: number): void {
  expectClose(found.lower.statistic, number(expected['t_lower']), tolerance, 'tost_lower_t');
  expectClose(found.upper.statistic, number(expected['t_upper']), tolerance, 'tost_upper_t');
  expectClose(found.lower.p, number(expected['p_lower']), tolerance, 'tost_lower_p');
  expectClose(found.upper.p, number(expected['p_upper']), tolerance, 'tost_upper_p');
  expectClose(found.p, number(expected['p']), tolerance, 'tost_p');
}

describe.skipIf(!haveFixtures)('pairs', () => {
  test('signed ranks, paired t, sign test, McNemar', () => {
    for (const each of list(content('reference', 'tests-paired')['cases']).map(object)) {
      const expected = object(each['expected']);
      if (each['table'] !== undefined) {
        const found = sure(mcNemar(table(each['table'])));
        expectClose(found.exact, number(expected['mcnemar_exact_p']), 1e-9, 'mcnemar_exact');
        expectClose(
          found.chiSquare.statistic,
          number(expected['mcnemar_chi2']),
          1e-9,
          'mcnemar_chi',
        );
        expectClose(
          found.corrected.statistic,
          number(expected['mcnemar_chi2_cc']),
          1e-9,
          'mcnemar_corrected',
        );
        continue;
      }
      const [a, b] = [numbers(each['a']), numbers(each['b'])];
      expectClose(
        sure(signedRanks(a, b)).statistic,
        number(expected['wilcoxon_T']),
        1e-9,
        'wilcoxon_T',
      );
      expectClose(sure(signedRanks(a, b)).p, number(expected['p']), 1e-9, 'wilcoxon_p');
      expectClose(
        sure(signedRanks(a, b, true)).p,
        number(expected['p_continuity']),
        1e-9,
        'wilcoxon_continuity',
      );
      expectClose(
        sure(pairedMeanDifference(a, b)).test.statistic,
        number(expected['paired_t']),
        1e-9,
        'paired_t',
      );
      expectClose(
        sure(pairedMeanDifference(a, b)).test.p,
        number(expected['paired_t_p']),
        1e-9,
        'paired_t_p',
      );
      expectClose(
        signTest(number(expected['positives']), number(expected['negatives'])),
        number(expected['sign_test_p']),
        1e-9,
        'sign_test',
      );
    }
  });

  test('approval ratings (Agresti 1990)', () => {
    const fixture = content('published', 'mcnemar');
    const [found, expected] = [sure(mcNemar(table(fixture['table']))), object(fixture['expected'])];
    expectClose(found.chiSquare.statistic, number(expected['chi_square']), 1e-9, 'mcnemar_chi');
    expectClose(found.chiSquare.p, number(expected['p']), 1e-9, 'mcnemar_p');
    expectClose(
      found.corrected.statistic,
      number(expected['chi_square_continuity']),
      1e-9,
      'mcnemar_corrected',
    );
    expectClose(found.corrected.p, number(expected['p_continuity']), 1e-9, 'mcnemar_corrected_p');
  });

  test('correlations', () => {
    for (const each of list(content('reference', 'tests-correlation')['cases']).map(object)) {
      const [x, y, expected] = [numbers(each['x']), numbers(each['y']), object(each['expected'])];
      expectClose(sure(pearson(x, y)).value, number(expected['pearson']), 1e-9, 'pearson');
      expectClose(sure(pearson(x, y)).p, number(expected['pearson_p']), 1e-9, 'pearson_p');
      expectInterval(sure(pearson(x, y)), expected['pearson_ci95'], 1e-9, 'pearson');
      expectClose(sure(spearmanRank(x, y)).value, number(expected['spearman']), 1e-9, 'spearman');
      expectClose(sure(spearmanRank(x, y)).p, number(expected['spearman_p']), 1e-9, 'spearman_p');
      expectClose(
        sure(kendallTau(x, y)).value,
        number(expected['kendall_tau_b']),
        1e-9,
        'kendall_tau',
      );
      expectClose(
        sure(kendallTau(x, y, 'normal')).p,
        number(expected['kendall_p']),
        1e-9,
        'kendall_tau_p',
      );
    }
  });

  test('multiplicity', () => {
    const names: [string, Adjustment][] = [
      ['bonferroni', 'bonferroni'],
      ['holm', 'holm'],
      ['hochberg', 'hochberg'],
      ['BH', 'benjamini-hochberg'],
      ['BY', 'benjamini-yekutieli'],
    ];
    const check = (p: number[], expected: JsonObject): void => {
      for (const [name, adjustment] of names) {
        for (const [index, value] of adjustP(p, adjustment).entries())
          expectClose(value, numbers(expected[name])[index] ?? NaN, 1e-12, `adjusted_${name}`);
        expect(adjustP(p, adjustment)).toHaveLength(p.length);
      }
    };
    for (const each of list(content('reference', 'tests-multiplicity')['cases']).map(object))
      check(numbers(each['p']), object(each['expected']));
    const published = content('published', 'benjamini-hochberg');
    const expected = object(published['expected']);
    const p = numbers(published['p_values']);
    for (const [name, adjustment] of names) {
      for (const [index, value] of adjustP(p, adjustment).entries())
        expectClose(
          value,
          numbers(object(expected['adjusted'])[name])[index] ?? NaN,
          1e-9,
          `adjusted_${name}`,
        );
      expect(adjustP(p, adjustment).filter((value) => value <= 0.05)).toHaveLength(
        number(object(expected['rejected_at_05'])[name]),
      );
    }
  });
});

describe.skipIf(!haveFixtures)('tables and shares', () => {
  test('tests of independence', () => {
    for (const each of list(content('reference', 'tests-tables')['cases']).map(object)) {
      const [counts, expected] = [table(each['table']), object(each['expected'])];
      const found = sure(tableTests(counts));
      expectClose(found.chiSquare.statistic, number(expected['chi_square']), 1e-8, 'chi_square');
      expectClose(found.chiSquare.degreesOfFreedom, number(expected['df']), 1e-8, 'chi_square_df');
      expectClose(found.chiSquare.p, number(expected['p']), 1e-8, 'chi_square_p');
      expectClose(found.g.statistic, number(expected['g_statistic']), 1e-8, 'g_statistic');
      expectClose(found.g.p, number(expected['g_p']), 1e-8, 'g_p');
      expectClose(found.cramersV, number(expected['cramers_v']), 1e-8, 'cramers_v');
      expectClose(
        found.cramersVCorrected,
        number(expected['cramers_v_bias_corrected']),
        1e-8,
        'cramers_v_corrected',
      );
      expectClose(
        found.smallestExpected,
        number(expected['smallest_expected']),
        1e-8,
        'smallest_expected',
      );
      expect(found.expected.flat().length).toBe(table(expected['expected_counts']).flat().length);
      expectClose(
        sure(fisherExactTable(counts)).p,
        number(expected['fisher_exact_p']),
        1e-6,
        'fisher_table',
      );
      if (expected['js_divergence_bits'] === undefined) continue;
      const [first = [], second = []] = counts;
      const distance = sure(divergence(first, second));
      expectClose(
        distance.jensenShannon,
        number(expected['js_divergence_bits']),
        1e-8,
        'jensen_shannon',
      );
      expectClose(
        distance.jensenShannonDistance,
        number(expected['js_distance_bits']),
        1e-8,
        'jensen_shannon',
      );
      expectClose(
        distance.totalVariation,
        number(expected['total_variation']),
        1e-8,
        'total_variation',
      );
      expectClose(distance.hellinger, number(expected['hellinger']), 1e-8, 'hellinger');
      expectValueOrNothing(distance.kullbackLeibler, expected['kl_bits'], 1e-8, 'kullback_leibler');
      for (const [index, row] of [first, second].entries())
        expectClose(
          sure(entropy(row)).value,
          numbers(expected['entropy_bits'])[index] ?? NaN,
          1e-8,
          'entropy',
        );
    }
  });

  test('published tables', () => {
    const party = content('published', 'chisq-party');
    const independence = sure(tableTests(table(party['table'])));
    expectClose(
      independence.chiSquare.statistic,
      number(object(party['expected'])['chi_square']),
      1e-9,
      'chi_square',
    );
    expectClose(
      independence.chiSquare.p,
      number(object(party['expected'])['p']),
      1e-9,
      'chi_square_p',
    );
    expectClose(
      independence.cramersV,
      number(object(party['expected'])['cramers_v']),
      1e-9,
      'cramers_v',
    );
    const smokers = content('published', 'proptest-smokers');
    const trials = numbers(smokers['trials']);
    const shares = sure(
      tableTests([
        numbers(smokers['successes']),
        numbers(smokers['successes']).map((x, index) => (trials[index] ?? 0) - x),
      ]),
    );
    expectClose(
      shares.chiSquare.statistic,
      number(object(smokers['expected'])['chi_square']),
      1e-9,
      'chi_square',
    );
    expectClose(shares.chiSquare.p, number(object(smokers['expected'])['p']), 1e-9, 'chi_square_p');
    const job = content('published', 'fisher-job');
    expectClose(
      sure(fisherExactTable(table(job['table']))).p,
      number(object(job['expected'])['fisher_p']),
      1e-7,
      'fisher_table',
    );
    expectClose(
      sure(tableTests(table(job['table']))).chiSquare.p,
      number(object(job['expected'])['chi_square_p']),
      1e-7,
      'chi_square_p',
    );
    const tea = content('published', 'fisher-tea');
    const [found, expected] = [sure(fisherExact(table(tea['table']))), object(tea['expected'])];
    expectClose(found.p, number(expected['p_two_sided']), 1e-8, 'fisher_p');
    expectClose(found.greater, number(expected['p_greater']), 1e-8, 'fisher_greater');
    expectClose(
      sure(found.oddsRatio).value,
      number(expected['odds_ratio_conditional']),
      1e-4,
      'odds_ratio_conditional',
    );
    expectInterval(
      sure(found.oddsRatio),
      expected['ci95_conditional'],
      1e-2,
      'odds_ratio_conditional',
    );
    expectClose(
      sure(oddsRatio({ successes: 3, trials: 4 }, { successes: 1, trials: 4 })).value,
      number(expected['odds_ratio_sample']),
      1e-8,
      'odds_ratio',
    );
  });

  test('two shares', () => {
    for (const each of list(content('reference', 'tests-proportions')['cases']).map(object)) {
      const expected = object(each['expected']);
      const one = { successes: number(each['x1']), trials: number(each['n1']) };
      const other = { successes: number(each['x2']), trials: number(each['n2']) };
      const counts = [one, other].map(({ successes, trials }) => [successes, trials - successes]);
      const pooled = shareTest(one, other);
      if (expected['z_pooled'] === null) expect(pooled.kind).toBe('undefined');
      else {
        expectClose(
          sure(pooled).statistic,
          number(object(expected['z_pooled'])['z']),
          1e-8,
          'z_pooled',
        );
        expectClose(sure(pooled).p, number(object(expected['z_pooled'])['p']), 1e-8, 'z_pooled_p');
      }
      const unpooled = shareTest(one, other, 'unpooled');
      if (expected['z_unpooled'] === null) expect(unpooled.kind).toBe('undefined');
      else
        expectClose(sure(unpooled).statistic, number(expected['z_unpooled']), 1e-8, 'z_unpooled');
      const independence = tableTests(counts);
      if (expected['chi_square'] === null) expect(independence.kind).toBe('undefined');
      else {
        const square = object(expected['chi_square']);
        expectClose(
          sure(independence).chiSquare.statistic,
          number(square['value']),
          1e-8,
          'chi_square',
        );
        expectClose(sure(independence).chiSquare.p, number(square['p']), 1e-8, 'chi_square_p');
        expectClose(
          sure(independence).corrected?.statistic,
          number(square['yates']),
          1e-8,
          'yates',
        );
        expectClose(sure(independence).corrected?.p, number(square['p_yates']), 1e-8, 'yates_p');
      }
      const exact = sure(fisherExact(counts));
      expectClose(exact.p, number(expected['fisher_p']), 1e-8, 'fisher_p');
      expectClose(exact.greater, number(expected['fisher_p_greater']), 1e-8, 'fisher_greater');
      expectValueOrNothing(oddsRatio(one, other), expected['odds_ratio'], 1e-8, 'odds_ratio');
      expectValueOrNothing(riskRatio(one, other), expected['risk_ratio'], 1e-8, 'risk_ratio');
      expectClose(sure(cohenH(one, other)).value, number(expected['cohen_h']), 1e-8, 'cohen_h');
      if (expected['tost_wald_margin_0.1'] === undefined) continue;
      const bounds = object(expected['tost_wald_margin_0.1']);
      const equivalence = sure(shareEquivalence(one, other, 0.1));
      expectClose(equivalence.lower.statistic, number(bounds['z_lower']), 1e-8, 'tost_shares');
      expectClose(equivalence.upper.statistic, number(bounds['z_upper']), 1e-8, 'tost_shares');
      expectClose(equivalence.p, number(bounds['p']), 1e-8, 'tost_shares');
    }
  });
});
