import { afterAll, describe, expect, test } from 'vitest';
import {
  intraclass,
  type IntraclassEstimate,
  type IntraclassForm,
  oneWayIntraclass,
} from '#statistics/agreement/intraclass.js';
import { kendallW } from '#statistics/agreement/kendall.js';
import { cohenKappa, pairTable } from '#statistics/agreement/pair.js';
import { raterMatrix } from '#statistics/agreement/raterMatrix.js';
import { valueOf } from '#statistics/estimate.js';
import { buildRatings } from '#statistics/ratings.js';
import {
  expectClose,
  fixtures,
  haveFixtures,
  type JsonObject,
  number,
  numbers,
  object,
  printDifferences,
  ratingsOfFixture,
} from '../fixtures.js';

afterAll(printDifferences);

function compare(
  actual: IntraclassEstimate,
  expected: JsonObject,
  tolerance: number,
  what: string,
): void {
  if (actual.kind === 'undefined') return expect.unreachable(`${what}: ${actual.because}`);
  expectClose(actual.value, number(expected['value']), tolerance, `${what} value`);
  for (const [name, value] of [
    ['F', actual.f],
    ['df1', actual.degreesOfFreedom[0]],
    ['df2', actual.degreesOfFreedom[1]],
    ['p', actual.p],
  ] as const) {
    if (expected[name] !== undefined)
      expectClose(value, number(expected[name]), tolerance, `${what} ${name}`);
  }
  if (expected['ci95'] !== undefined) {
    const [lower = NaN, upper = NaN] = numbers(expected['ci95']);
    expectClose(actual.interval?.lower, lower, tolerance, `${what} lower`);
    expectClose(actual.interval?.upper, upper, tolerance, `${what} upper`);
  }
}

describe.skipIf(!haveFixtures)(
  'intraclass correlations and concordance against psych and irr',
  () => {
    for (const { id, content } of [...fixtures('published'), ...fixtures('reference', 'agree-')]) {
      const expected = object(content['expected'] ?? {});
      const forms = content['kind'] === 'icc' ? expected : object(expected['icc'] ?? {});
      if (
        Object.keys(forms).length === 0 &&
        expected['icc1_unbalanced_anova'] === undefined &&
        expected['kendall_w'] === undefined &&
        expected['icc2'] === undefined
      )
        continue;
      test(id, () => {
        const { ratings, values } = ratingsOfFixture(content);
        for (const [name, json] of Object.entries(forms)) {
          const form = `${name[3] ?? ''},${name[4] ?? '1'}` as IntraclassForm;
          const found = object(json);
          const tolerance = typeof found['tolerance'] === 'number' ? found['tolerance'] : 1e-9;
          compare(intraclass(ratings, values, form), found, tolerance, `ICC(${form}) (${id})`);
          if (found['ci95_irr_mcgraw_wong'] !== undefined)
            compare(
              intraclass(ratings, values, form, { limitsOfMean: 'mcgraw-wong' }),
              { value: found['value'] ?? 0, ci95: found['ci95_irr_mcgraw_wong'] },
              tolerance,
              `ICC(${form})_mcgraw_wong (${id})`,
            );
        }
        if (content['kind'] === 'icc')
          compare(
            intraclass(ratings, values, '2,k', { limitsOfMean: 'mcgraw-wong' }),
            {
              value: object(expected['ICC2k'])['value'] ?? 0,
              ci95: object(content['alternative'])['ICC2k.ci95'] ?? [],
            },
            1e-9,
            `ICC(2,k) (${id})`,
          );
        if (expected['icc2'] !== undefined)
          compare(
            intraclass(ratings, values, '2,1'),
            object(expected['icc2']),
            1e-9,
            `ICC(2,1) (${id})`,
          );
        if (expected['icc1_unbalanced_anova'] !== undefined) {
          const found = object(expected['icc1_unbalanced_anova']);
          const oneWay = oneWayIntraclass(ratings, values);
          if (oneWay.kind === 'undefined') return expect.unreachable(oneWay.because);
          const results = {
            icc1: valueOf(oneWay.single),
            icc1k_k0: valueOf(oneWay.mean),
            k0: oneWay.ratingsPerItem,
            msb: oneWay.between,
            msw: oneWay.within,
          };
          for (const [name, value] of Object.entries(results))
            expectClose(value, number(found[name]), 1e-8, `one-way_${name} (${id})`);
        }
        const concordance = expected['kendall_w'] ?? expected['kendall_W'];
        if (concordance !== undefined) {
          const found = object(concordance);
          const result = kendallW(ratings, values);
          if (result.kind === 'undefined') return expect.unreachable(result.because);
          expectClose(result.value, number(found['value']), 1e-8, `kendall_W (${id})`);
          expectClose(result.chiSquare, number(found['chisq']), 1e-8, `kendall_W_chi (${id})`);
          expectClose(result.p, number(found['p']), 1e-8, `kendall_W_p (${id})`);
        }
      });
    }

    test('the matrix of pairs is the pairs', () => {
      for (const { content } of fixtures('reference', 'agree-ord5-r6')) {
        const { ratings } = ratingsOfFixture(content);
        const matrix = raterMatrix(ratings);
        expect(matrix).toHaveLength(15);
        for (const { first, second, kappa, commonItems } of matrix) {
          const alone = cohenKappa(pairTable(ratings, first, second));
          expect(kappa).toEqual(alone);
          expect(commonItems).toBe(alone.kind === 'estimate' ? alone.n : 0);
        }
      }
    });
  },
);

describe('intraclass correlations where they do not exist', () => {
  const rows = (values: number[][]): Parameters<typeof buildRatings>[0] => {
    const flat = values
      .flatMap((row, item) => row.map((value, rater) => [item, rater, value] as const))
      .filter(([, , value]) => value >= 0);
    return {
      items: Int32Array.from(flat, ([item]) => item),
      raters: Int32Array.from(flat, ([, rater]) => rater),
      values: Int32Array.from(flat, ([, , value]) => value),
      itemCount: values.length,
      raterCount: 3,
      categoryCount: 5,
    };
  };
  const scale = Float64Array.of(1, 2, 3, 4, 5);
  const cases: [string, number[][], string][] = [
    ['no ratings', [[-1]], 'no-data'],
    ['one rater', [[1], [2]], 'one-rater'],
    ['one item', [[1, 2]], 'one-item'],
    [
      'a missing rating',
      [
        [1, 2],
        [1, -1],
      ],
      'incomplete',
    ],
    [
      'one value',
      [
        [1, 1],
        [1, 1],
      ],
      'no-variance',
    ],
  ];
  for (const [name, values, reason] of cases) {
    test(name, () => {
      for (const form of ['1,1', '2,1', '3,1', '1,k', '2,k', '3,k'] as const) {
        const result = intraclass(buildRatings(rows(values)), scale, form);
        expect(result.kind === 'undefined' && result.reason, form).toBe(reason);
      }
    });
  }

  test('perfect agreement is 1 without an interval', () => {
    const result = intraclass(
      buildRatings(
        rows([
          [0, 0],
          [1, 1],
          [4, 4],
        ]),
      ),
      scale,
      '2,1',
    );
    expect(valueOf(result)).toBeCloseTo(1, 12);
    expect(result.kind === 'estimate' && result.interval).toBeUndefined();
  });
});
