import { describe, expect, test } from 'vitest';
import { renderPart, pageLinks } from '#reports/pages/render.js';
import { reportFile, verifyReport } from '#reports/frozen/content.js';
import type { Difference } from '#reports/model/schema/comparison.js';
import { obstaclesOf } from '#reports/model/gate.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { differencePlot } from '#reports/plots/differencePlot.js';
import { pairTable, pairTables } from '#reports/publication/tables.js';
import { tableCsv, tableMarkdown } from '#reports/publication/tableWriting.js';
import type { StudyData } from '#reports/input/data.js';
import { readStudyData } from '#reports/input/read.js';
import { inTransaction } from '#storage/transaction.js';
import { changeOpened } from '#studies/draft.js';
import { formPresets } from '#studies/form.js';
import { getStudy } from '#studies/study.js';
import { readConfig } from '../../src/config.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';
import { judgeAll, type Said, type Seen } from './judging.js';
import { plantedData } from './planted.js';
import { differenceOf, pairOf, reportOf } from './pairs.js';
import { plantedPair } from './plantedPair.js';
import { builtData } from './publication/models.js';

const pageOf = (report: ReportModel): string =>
  renderPart(
    readConfig({ NODE_ENV: 'test' }),
    report,
    { kind: 'pair', id: pairOf(report).generated },
    pageLinks('/report'),
  ) ?? '';

const number = (text: string): number => Number(/\d+/.exec(text)?.[0]);

/** A study in the database of 24 + 24 examples, three judgments each. */
async function judged(options: {
  raters: number;
  answer: (seen: Seen) => Said;
  form?: 'sycophancy';
}) {
  const database = await testDatabase();
  const form = options.form === undefined ? undefined : formPresets[options.form]?.form;
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(24, 'Made') },
      { source: 'human', examples: plainExamples(24, 'Written') },
    ],
    settings: { overlap: 3 },
    ...(form === undefined ? {} : { form }),
  });
  await judgeAll(database, await buildRaters(database, study, options.raters), options.answer);
  return { database, study, report: reportOf(await readStudyData(database.db, study.public_id)) };
}

const other = (label: number | null): number => (label === 0 ? 1 : 0);

describe('a pair whose answer is known', () => {
  test('a planted difference is found, by every method, and said first', async () => {
    // Of the generated set every second example, of both labels, is answered against its label; all
    // are rated lower.
    const { report } = await judged({
      raters: 5,
      answer: ({ label, source, text, rater }) => ({
        label: source === 'generated' && number(text) % 4 < 2 ? other(label) : label,
        relevance: (source === 'generated' ? 2 : 4) + ((number(text) + rater) % 2),
      }),
    });
    const pair = pairOf(report);
    expect(report.verdict[0]).toBe(pair.answer.sentence);
    expect(pair.answer.kind).toBe('worse');
    expect(pair.answer.sentence).toMatch(
      /^Worse: in label agreement \(5 points\) and relevance \(0\.3 on the scale\) the generated set is worse than the human-written one by more than the margin\./,
    );
    for (const measure of ['label-votes', 'relevance'] as const) {
      const { verdict, tests, sentence } = differenceOf(pair, measure);
      expect(verdict).toBe('worse');
      expect(tests.worse.p).toBeLessThan(0.025);
      expect(tests.notWorse.p).toBeGreaterThan(0.975);
      expect(sentence).toMatch(
        /worse by more than .* \(95 % interval: [\d.]+ to [\d.]+( points)? worse\)/,
      );
      expect(
        pair.checks
          .filter((check) => check.measure === measure && check.direction !== null)
          .map(({ method, direction }) => `${method}: ${direction}`)
          .filter((said) => !said.endsWith('worse')),
      ).toEqual([]);
    }
    expect(
      pair.byLabel.map(({ label, generated, human }) => ({
        label,
        examples: [generated.examples, human.examples],
        human: human.share,
      })),
    ).toEqual([
      { label: 'No', examples: [12, 12], human: 1 },
      { label: 'Yes', examples: [12, 12], human: 1 },
    ]);
    expect(
      pair.raterAgreement.map(({ coefficient, choices, generated, human, difference }) => [
        coefficient,
        choices,
        difference.value === (generated ?? NaN) - (human ?? NaN),
      ]),
    ).toEqual([
      ['alpha', 2, true],
      ['gwet', 2, true],
    ]);
    const labels = differenceOf(pair, 'label-votes');
    expect(pair.byLabel.reduce((sum, row) => sum + (row.difference.value ?? 0) / 2, 0)).toBeCloseTo(
      labels.difference.value ?? NaN,
      12,
    );
    expect((labels.generated ?? NaN) - (labels.human ?? NaN)).toBeCloseTo(
      labels.difference.value ?? NaN,
      12,
    );
  });

  test('equal sets are equivalent with enough data', () => {
    const report = reportOf(plantedPair({ examples: 200, raters: 12, overlap: 4 }), {
      mixedModels: true,
    });
    const pair = pairOf(report);
    expect(pair.answer.kind).toBe('equivalent');
    expect(report.verdict[0]).toMatch(
      /^Equivalent: in label agreement \(5 points\), relevance \(0\.3 on the scale\) and clarity \(5 points\) .* differ by less than the margin, either way\.$/,
    );
    for (const { equivalence, margin, tests, resolution } of pair.differences) {
      expect(equivalence.level).toBe(0.9);
      expect(
        Math.max(Math.abs(equivalence.lower ?? Infinity), Math.abs(equivalence.upper ?? Infinity)),
      ).toBeLessThan(margin);
      expect(tests.equivalent.p).toBeLessThan(0.05);
      expect(resolution?.needed).toBeNull();
    }
    expect(pair.agreement).toBe(
      'Comparisons by other methods, each one method on one measure, beside the main interval: all 13 agree on whether there is a difference and all 6 on what holds against the margin.',
    );
    expect(pair.correction).toMatch(
      /^Corrected for three measures \(Holm\), still shown: label agreement \(equivalent, p [<=] /,
    );
  });

  test('and undecided with little, with what it would take', () => {
    const report = reportOf(plantedPair({ examples: 24, raters: 6, seed: 'little' }));
    const pair = pairOf(report);
    expect(pair.answer.kind).toBe('open');
    expect(report.verdict[0]).toMatch(
      /^Open: this study cannot say whether the generated set is worse/,
    );
    const open = pair.differences.filter(({ verdict }) => verdict === 'undecided');
    expect(open.length).toBeGreaterThan(0);
    for (const { sentence, resolution, detectable, difference, margin } of open) {
      expect(sentence).toMatch(
        /fit anything from [\d.]+( points)? worse to [\d.]+( points)? better \(95 % interval\)\. If the difference is as seen, /,
      );
      expect(sentence).toMatch(/Twice as many (examples|raters|judgments for each example)/);
      const { shares, needed, halfWidth } = resolution ?? expect.unreachable();
      expect(shares.examples + shares.raters + shares.judgments).toBeCloseTo(1, 12);
      expect(halfWidth).toBeCloseTo(((difference.upper ?? NaN) - (difference.lower ?? NaN)) / 2, 9);
      expect(needed?.examples ?? Infinity).toBeGreaterThan(24);
      expect(detectable).toBeGreaterThan(margin);
    }
  });

  test('a better set is called better, and never as good as', () => {
    const report = reportOf(
      plantedPair({ examples: 150, raters: 12, human: { wrong: 0.3, relevance: 3.2 } }),
    );
    const pair = pairOf(report);
    expect(pair.answer.kind).toBe('better');
    expect(pair.answer.sentence).toMatch(/^Better: .*label agreement and relevance/);
    expect(JSON.stringify(report)).not.toMatch(/as good as/);
  });
});

test('a closed gate prints no test at all', async () => {
  const { report } = await judged({
    raters: 5,
    answer: ({ label, source }) => ({ label: source === 'human' ? other(label) : label }),
  });
  const pair = pairOf(report);
  expect(pair).toMatchObject({
    comparable: false,
    answer: { kind: 'not-compared' },
    differences: [],
    checks: [],
    byLabel: [],
    raterAgreement: [],
    agreement: '',
    correction: '',
  });
  expect(report.verdict[0]).toBe(
    'The two sets are not compared, for what must hold beforehand does not: labels not overruled.',
  );
  const page = pageOf(report);
  expect(page).toContain('Not compared.');
  expect(page).not.toMatch(/Holm|p-value|Brunner|class="chart"|95 % interval/);
  expect(pairTables(report)).toHaveLength(1);
  expect(report.methods.join(' ')).toContain('No pair was compared.');
  expect(report.methods.join(' ')).not.toMatch(/Holm|Schuirmann|Brunner|Owen/);
});

describe('ties are not overruling', () => {
  /**
   * What the raters of an example say of its label: all for it, all against it, or as many for it
   * as against it.
   */
  type Outcome = 'upheld' | 'overruled' | 'tied';

  /**
   * A pair of 100 + 100 examples judged by two of six raters each; outcomes of the generated set as
   * given, the other is upheld.
   */
  function decidedPair(outcomeOf: (example: number) => Outcome, judged = 100): StudyData {
    const base = builtData({ pair: true, examples: 100, raters: 6, overrules: () => false });
    const judgments = base.judgments.flatMap((judgment) => {
      const item = base.items[judgment.item];
      const example = (item?.line ?? 0) - 1;
      const turn = (judgment.rater - (example % 6) + 6) % 6;
      if (item === undefined || turn > 1 || example >= judged) return [];
      const outcome = item.dataset === 0 ? outcomeOf(example) : 'upheld';
      const against = outcome === 'overruled' || (outcome === 'tied' && turn === 1);
      return [{ ...judgment, label: against ? other(item.label) : item.label }];
    });
    return { ...base, items: base.items.map((item) => ({ ...item, overlap: 2 })), judgments };
  }
  const polarity = (data: StudyData) =>
    pairOf(reportOf(data)).gate.find(({ name }) => name === 'Labels not overruled');

  test('30 upheld, 70 tied, none overruled: nothing looks reversed, and the sets are compared', () => {
    const report = reportOf(decidedPair((example) => (example < 30 ? 'upheld' : 'tied')));
    const [generated] = report.datasets;
    expect(generated?.label).toMatchObject({
      upheldCount: 30,
      overruled: 0,
      undecided: 70,
      ties: 70,
      items: 100,
      upheld: { value: 0.3 },
    });
    expect(generated?.turnedRound).toBe(false);
    expect(generated?.verdict[0]).toBe(
      'The labels should not be used as they are: they fall short of the threshold of 90 %.',
    );
    expect(obstaclesOf(pairOf(report).gate)).toEqual([]);
    expect(pairOf(report).comparable).toBe(true);
    expect(differenceOf(pairOf(report), 'label-votes').difference.value).toBeCloseTo(-0.35, 12);
    expect(JSON.stringify(report)).not.toMatch(/look reversed[^:]|looks as if/);
  });

  test('30 overruled and 70 tied look reversed', () => {
    const report = reportOf(decidedPair((example) => (example < 30 ? 'overruled' : 'tied')));
    expect(report.datasets[0]?.turnedRound).toBe(true);
    expect(report.datasets[0]?.verdict[0]).toMatch(
      /raters overruled 30 of the 30 labels on which they had a majority/,
    );
    expect(pairOf(report)).toMatchObject({ comparable: false, differences: [] });
    expect(
      polarity(decidedPair((example) => (example < 30 ? 'overruled' : 'tied')))?.sentence,
    ).toMatch(
      /^The labels of the generated set look reversed: of 30 labels on which raters had a majority they upheld 0, at most 11\.4 %/,
    );
  });

  test('a finished set with fewer than twenty decided labels is not told to wait for more', () => {
    expect(polarity(decidedPair((example) => (example < 12 ? 'overruled' : 'tied')))).toMatchObject(
      {
        name: 'Labels not overruled',
        state: 'failed',
        sentence:
          'The generated set has all its judgments, and of the 12 labels on which raters had a majority they upheld 0: this speaks against its labels, but 12 are too few to call them reversed. Check its labels by reading examples.',
      },
    );
  });

  test('of a finished set without any majority it is said that its votes decide nothing', () => {
    expect(polarity(decidedPair(() => 'tied'))).toMatchObject({
      name: 'Labels not overruled',
      state: 'passed',
      sentence:
        'The labels of the human-written set do not look reversed: of the labels on which raters had a majority, the upper 95 % limit of those upheld is not below one half. Raters had a majority on no label of the generated set, so that their votes speak neither for its labels nor against them.',
    });
  });

  test('three answers without a majority decide nothing either', () => {
    const base = plantedData({ examples: 60, choices: () => 3, overlap: 3, accuracy: [1, 1, 1] });
    const judgments = base.judgments.map((judgment) =>
      judgment.item < 22 ? judgment : { ...judgment, label: judgment.rater },
    );
    const [dataset] = reportOf({ ...base, judgments }).datasets;
    expect(dataset?.label).toMatchObject({
      upheldCount: 22,
      overruled: 0,
      undecided: 38,
      items: 60,
    });
    expect(dataset?.turnedRound).toBe(false);
  });

  test('while judgments are missing twenty decided examples are waited for; a finished set is compared unless those decided speak against it', () => {
    const few =
      (outcome: Outcome) =>
      (example: number): Outcome =>
        example < 12 ? outcome : 'tied';
    const unfinished = decidedPair(few('upheld'), 90);
    expect(
      polarity({ ...unfinished, study: { ...unfinished.study, state: 'paused' } }),
    ).toMatchObject({
      state: 'waits-for-judgments',
      sentence:
        'In the generated set raters have a majority on 12 labels so far; 20 are needed to see whether its labels are reversed.',
    });
    expect(polarity(unfinished)).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('The study is closed: re-open it for more judgments.'),
    });
    expect(polarity(decidedPair(few('upheld')))?.state).toBe('passed');
    expect(reportOf(decidedPair(few('overruled'))).datasets[0]?.turnedRound).toBe(false);
    expect(polarity(decidedPair(() => 'tied'))?.state).toBe('passed');
  });
});

test('one rater, or two, compare nothing', async () => {
  for (const raters of [1, 2]) {
    const database = await testDatabase();
    const study = await buildStudy(database, {
      datasets: [
        { source: 'generated', examples: plainExamples(20, 'Made') },
        { source: 'human', examples: plainExamples(20, 'Written') },
      ],
      settings: { overlap: raters },
    });
    await judgeAll(database, await buildRaters(database, study, raters), ({ label }) => ({
      label,
    }));
    expect(pairOf(reportOf(await readStudyData(database.db, study.public_id)))).toMatchObject({
      comparable: false,
      differences: [],
      checks: [],
    });
  }
});

test('three raters give differences and what examples alone can show, but no verdict', () => {
  const report = reportOf(plantedPair({ examples: 40, raters: 3 }));
  const pair = pairOf(report);
  expect(pair.comparable).toBe(true);
  expect(pair.answer.kind).toBe('open');
  for (const { verdict, sentence, tests, resolution, detectable } of pair.differences) {
    expect({ verdict, resolution, detectable, p: tests.different }).toEqual({
      verdict: 'no-interval',
      resolution: null,
      detectable: null,
      p: { p: null, adjusted: null, overPairs: null, level: 0.05 },
    });
    expect(sentence).toMatch(
      /^Nothing can be said .* beyond these raters: there are fewer than 4 raters/,
    );
  }
  expect(differenceOf(pair, 'label-votes').sentence).toMatch(
    /By majority, raters taken as they are, the judgments fit anything from/,
  );
  expect(pair.checks.find((check) => check.method.includes('Brunner'))?.p).toBeGreaterThan(0);
  expect(pair.checks.every(({ agrees }) => agrees === null)).toBe(true);
  expect(pair.agreement).toMatch(/no main interval/);
  expect(pageOf(report)).not.toMatch(/NaN|undefined|null/);
});

test('where everybody says the same, shares have an interval by the same rule', async () => {
  const { report } = await judged({
    raters: 5,
    answer: ({ label, text, rater }) => ({
      label,
      relevance: 3 + ((number(text) + rater) % 3),
      unclear: false,
    }),
  });
  const pair = pairOf(report);
  const labels = differenceOf(pair, 'label-votes');
  expect(labels).toMatchObject({
    verdict: 'undecided',
    resolution: null,
  });
  expect(labels.difference.method).toMatch(/^two-way/);
  expect(labels.sentence).toMatch(
    /the judgments fit anything from \d+\.\d points worse to \d+\.\d points better/,
  );
  expect(labels.tests.notWorse.p).toBeGreaterThan(0.025);
  expect(pageOf(report)).not.toMatch(/NaN|undefined|null/);
});

test('ratings that are all the same have an interval within the scale', async () => {
  const { report } = await judged({
    raters: 5,
    answer: ({ label, text, rater }) => ({
      label: (number(text) + rater) % 7 === 0 ? other(label) : label,
      relevance: 1,
    }),
  });
  const { difference } = differenceOf(pairOf(report), 'relevance');
  expect(difference.value).toBe(0);
  expect(difference.lower).toBeLessThan(0);
  expect(difference.upper).toBeCloseTo(-(difference.lower ?? NaN), 2);
});

test('with enough examples two perfect sets are equivalent in labels and clarity, not open', () => {
  const report = reportOf(
    plantedPair({
      examples: 100,
      raters: 8,
      generated: { wrong: 0, unclear: 0 },
      human: { wrong: 0, unclear: 0 },
    }),
  );
  const pair = pairOf(report);
  expect([
    differenceOf(pair, 'label-votes').verdict,
    differenceOf(pair, 'unclear').verdict,
  ]).toEqual(['equivalent', 'equivalent']);
  expect(differenceOf(pair, 'unclear').sentence).toMatch(
    /^In clarity the two sets are equivalent: they differ by less than 5 points either way \(90 % interval, as the test of equivalence asks: (\d\.\d) points worse to \1 points better\)\.$/,
  );
  expect(pair.answer.kind).toBe('equivalent');
});

test('a form without relevance and clarity is compared by labels alone', async () => {
  const { report } = await judged({
    raters: 5,
    form: 'sycophancy',
    answer: ({ label, text, rater }) => ({
      label: (number(text) + rater) % 7 === 0 ? other(label) : label,
      unclear: null,
      relevance: null,
    }),
  });
  const pair = pairOf(report);
  expect(pair.differences.map(({ measure }) => measure)).toEqual(['label-votes']);
  expect(pair.differences[0]?.tests.different.adjusted).toBe(
    pair.differences[0]?.tests.different.p,
  );
  expect([...pair.verdict, ...report.methods].join(' ')).not.toMatch(
    /relevance \(|of relevance|Holm|cumulative-link/,
  );
});

test('sets without labels are compared by the rest', () => {
  const data = plantedPair({ examples: 40, raters: 6 });
  const pair = pairOf(
    reportOf({ ...data, items: data.items.map((item) => ({ ...item, label: null })) }),
  );
  expect(pair.differences.map(({ measure }) => measure)).toEqual(['relevance', 'unclear']);
  expect(pair.byLabel).toEqual([]);
});

test('without a margin a set is better, worse or neither', () => {
  const data = plantedPair({ examples: 60, raters: 8, generated: { relevance: 2.5 } });
  const report = reportOf({
    ...data,
    study: { ...data.study, rule: { ...data.study.rule, agreementMargin: 0, relevanceMargin: 0 } },
  });
  const relevance = differenceOf(pairOf(report), 'relevance');
  expect(relevance.verdict).toBe('worse');
  expect(relevance.sentence).toMatch(/^In relevance the generated set is worse \(95 %/);
  expect(differencePlot(pairOf(report), 'plot')).toBeNull();
  expect(pageOf(report)).not.toMatch(/NaN|undefined|null/);
});

test('Holm adjusts over the measures: never below the raw value, the smallest times their number, in the same order', () => {
  for (const seed of ['one', 'two', 'three']) {
    const pair = pairOf(
      reportOf(plantedPair({ examples: 40, raters: 6, seed, generated: { relevance: 3.9 } })),
    );
    for (const name of ['notWorse', 'worse', 'equivalent', 'different'] as const) {
      const tests = pair.differences
        .map(({ tests }) => ({ p: tests[name].p ?? NaN, adjusted: tests[name].adjusted ?? NaN }))
        .toSorted((left, right) => left.p - right.p);
      expect(tests[0]?.adjusted).toBeCloseTo(Math.min(1, 3 * (tests[0]?.p ?? NaN)), 12);
      for (const [rank, { p, adjusted }] of tests.entries()) {
        expect(adjusted).toBeGreaterThanOrEqual(p);
        expect(adjusted).toBeGreaterThanOrEqual(tests[rank - 1]?.adjusted ?? 0);
      }
    }
  }
});

test('a margin changed after the first judgment makes the verdict post hoc', async () => {
  const { database, study, report } = await judged({
    raters: 5,
    answer: ({ label, text, rater }) => ({
      label: (number(text) + rater) % 7 === 0 ? other(label) : label,
    }),
  });
  expect(pairOf(report)).toMatchObject({ postHoc: false });
  expect(report.verdict.join(' ')).not.toMatch(/post hoc/i);
  await inTransaction(database.db, async (trx) =>
    changeOpened(
      trx,
      await getStudy(trx, study.id),
      { rule: { threshold: 0.9, agreementMargin: 0.4, relevanceMargin: 0.3 } },
      { now: 9_000_000, accountId: null },
    ),
  );
  const late = reportOf(await readStudyData(database.db, study.public_id));
  expect(pairOf(late).postHoc).toBe(true);
  expect(late.verdict[0]).toMatch(
    /Post hoc: the threshold or a margin was changed after the first judgment/,
  );
  expect(pageOf(late)).toContain('<small>post hoc</small>');
  expect(tableMarkdown(pairTable(late))).toContain('(post hoc)');
  expect(late.methods.join(' ')).toMatch(/Margins: 40 points .* \(post hoc/);
});

test('what other methods say is set beside the main interval, and where they differ that is said', () => {
  // Votes of one rater against all others: by majority nothing is lost, by vote a little.
  const pair = pairOf(
    reportOf(
      plantedPair({ examples: 100, raters: 8, generated: { wrong: 0.12 }, human: { wrong: 0.01 } }),
      { mixedModels: true },
    ),
  );
  const labels = pair.checks.filter((check) => check.measure === 'label-votes');
  expect(labels.map(({ method }) => method)).toEqual([
    'majority with Newcombe’s interval',
    'pigeonhole bootstrap',
    'permutation of examples',
    'Brunner-Munzel test of examples',
    'Cliff’s delta of examples',
    'logistic mixed model',
  ]);
  expect(
    pair.checks.find((check) => check.measure === 'relevance' && check.method.includes('mixed'))
      ?.method,
  ).toBe('cumulative-link mixed model');
  const main = differenceOf(pair, 'label-votes');
  for (const check of labels) {
    if (check.agrees === null) continue;
    const expected = {
      direction:
        (main.difference.lower ?? 0) > 0
          ? 'better'
          : (main.difference.upper ?? 0) < 0
            ? 'worse'
            : 'none',
      margin:
        (main.difference.lower ?? 0) > -0.05
          ? 'within'
          : (main.difference.upper ?? 0) < -0.05
            ? 'beyond'
            : 'open',
    };
    expect(check.agrees).toBe(
      check.direction === expected.direction &&
        (check.margin === null || check.margin === expected.margin),
    );
  }
  const otherwise = pair.checks.filter(({ agrees }) => agrees === false);
  for (const { method } of otherwise) expect(pair.agreement).toContain(method);
  const delta = labels.find(({ quantity }) => quantity === 'delta')?.estimate.value ?? NaN;
  const chance = labels.find(({ quantity }) => quantity === 'chance')?.estimate.value ?? NaN;
  expect(delta).toBeCloseTo(2 * chance - 1, 12);
});

test('more than four pairs have no mixed models, and no sentence about them', () => {
  const data = plantedPair({ examples: 24, raters: 5 });
  const [generated, human] = data.datasets;
  if (generated === undefined || human === undefined) return expect.unreachable();
  const more = [1, 2, 3, 4].flatMap((number) =>
    [generated, human].map((dataset) => ({
      ...dataset,
      publicId: `${dataset.publicId}-${number}`,
      behaviour: { ...dataset.behaviour, id: 10 + number },
    })),
  );
  const report = reportOf({ ...data, datasets: [...data.datasets, ...more] }, {});
  expect(report.pairs).toHaveLength(5);
  expect(pairOf(report).checks.some(({ method }) => method.includes('mixed'))).toBe(false);
  expect(report.methods.join(' ')).not.toMatch(/mixed model/);
  expect(reportOf(data, {}).methods.join(' ')).toMatch(
    /logistic mixed model.*cumulative-link mixed model/,
  );
});

test('everything is computed again from the data', () => {
  const data = plantedPair({ examples: 30, raters: 6 });
  expect(
    verifyReport(JSON.parse(JSON.stringify(reportFile(reportOf(data, {}), data, [])))),
  ).toMatchObject({ holds: true, differences: [] });
});

test('the plot says in words what it shows', () => {
  const pair = pairOf(
    reportOf(plantedPair({ examples: 80, raters: 8, generated: { relevance: 3 } })),
  );
  const plot = differencePlot(pair, 'plot') ?? '';
  expect(plot).toContain(
    '<title id="plot-title">Differences, generated minus human-written: kindness</title>',
  );
  expect(plot).toMatch(/<desc id="plot-description">Label agreement \(votes\): [−\d.]+ points \[/);
  expect(plot).toMatch(/worse by more than 0\.3<\/text>/);
  expect(plot).toContain('within the margin');
});

test('tables carry raw and adjusted p-values', () => {
  const report = reportOf(plantedPair({ examples: 40, raters: 6 }), { mixedModels: true });
  const [differences, tests, checks] = pairTables(report);
  if (differences === undefined || tests === undefined || checks === undefined)
    return expect.unreachable();
  expect(tests.rows).toHaveLength(3);
  expect(tableMarkdown(tests)).toMatch(
    /\| kindness \| Label agreement \(votes\) \| (\d\.\d{3}|< 0\.001) \((\d\.\d{3}|\\?< 0\.001)\)/,
  );
  expect(checks.rows).toHaveLength(16);
  const [head = '', first = ''] = tableCsv(pairTable(report)).split(/\r?\n/);
  expect(head).toContain(
    ['not_worse', 'equivalent', 'worse', 'different']
      .map((name) => `p_${name},p_${name}_holm,p_${name}_pairs`)
      .join(','),
  );
  const p = differenceOf(pairOf(report), 'label-votes').tests.notWorse;
  expect(first.split(',').map(Number)).toEqual(expect.arrayContaining([p.p, p.adjusted]));
});

describe('figures beside a margin or a threshold', () => {
  const reported = (data: StudyData): ReportModel =>
    ReportModel.parse(
      computeReport(data, { fingerprint: 'f', computedAt: 1, version: '0', mixedModels: false }),
    );
  const data = plantedPair({ generated: { relevance: 4, wrong: 0.1 } });
  const withRule = (rule: Partial<StudyData['study']['rule']>): StudyData => ({
    ...data,
    study: { ...data.study, rule: { ...data.study.rule, ...rule } },
  });
  const differenceOf = (report: ReportModel, measure: Difference['measure']): Difference => {
    const found = report.pairs[0]?.differences.find((known) => known.measure === measure);
    if (found === undefined) throw new Error(`${measure} was not compared.`);
    return found;
  };

  test('a limit that lies beyond the margin is not printed as the margin', () => {
    const lower = differenceOf(reported(data), 'relevance').difference.lower ?? 0;
    // The limit rounds to the margin and lies beyond it, so that the question is open.
    const margin = Math.floor(-lower * 100) / 100;
    const report = reported(withRule({ relevanceMargin: margin }));
    const relevance = differenceOf(report, 'relevance');
    expect(relevance.verdict).toBe('undecided');
    const [, printed] = /anything from ([\d.]+) worse/.exec(relevance.sentence) ?? [];
    expect(Number(printed)).toBeGreaterThan(margin);
    const page = renderPart(
      readConfig({ ASSAY_DATA: '/nowhere', NODE_ENV: 'test' }),
      report,
      { kind: 'pair', id: report.pairs[0]?.generated ?? '' },
      pageLinks('/studies/x/report'),
    );
    expect(page).toContain(`−${printed} to`);
    expect(pairTables(report).map(tableMarkdown).join('\n')).toContain(`[−${printed}, `);
  });

  test('an interval that holds the threshold is not printed as if it ended on it', () => {
    const upper = reported(data).datasets[0]?.label?.upheld.upper ?? 1;
    const threshold = Math.floor(upper * 1000) / 1000;
    const [dataset] = reported(withRule({ threshold })).datasets;
    expect(dataset?.verdict[0]).toMatch(/is open: the interval holds values on both sides/);
    const [, printed] = / to ([\d.]+) %\)/.exec(dataset?.verdict[1] ?? '') ?? [];
    expect(Number(printed)).toBeGreaterThan(threshold * 100);
  });
});
