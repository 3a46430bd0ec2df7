import { describe, expect, test } from 'vitest';
import { newestOf } from '#reports/thread/newest.js';
import { pageLinks, renderPart } from '#reports/pages/render.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import type { StudyData } from '#reports/input/data.js';
import { readConfig } from '../../src/config.js';
import { pairTables } from '#reports/publication/tables.js';
import { plantedData, sideBySide } from './planted.js';
import { plantedPair } from './plantedPair.js';

const options = {
  fingerprint: 'f'.repeat(64),
  computedAt: 1_791_000_000_000,
  version: '0.1.0',
  mixedModels: false,
};
const reportOf = (data: StudyData): ReportModel => ReportModel.parse(computeReport(data, options));

const pageOf = (report: ReportModel): string | null =>
  renderPart(
    readConfig({ ASSAY_DATA: '/nowhere', NODE_ENV: 'test' }),
    report,
    { kind: 'overview' },
    pageLinks('/studies/x/report'),
  );

/** Several sets, each as planted. */
const suiteData = (sets: readonly Parameters<typeof plantedData>[0][]): StudyData =>
  sideBySide(sets.map((set, index) => plantedData({ seed: `suite ${index}`, ...set })));

const perfect = Array.from({ length: 8 }, () => 1);
/** 40 examples each; so many labels of each set are wrong. */
const withWrong = (wrong: readonly number[], examples = 40): StudyData =>
  suiteData(
    wrong.map((count) => ({
      examples,
      accuracy: perfect,
      wrong: new Set(Array.from({ length: count }, (_, index) => index)),
    })),
  );

describe('a suite of sets', () => {
  test('averages count every set once, or every example once, as they say', () => {
    const data = suiteData([
      { examples: 40, accuracy: perfect },
      { examples: 40, accuracy: perfect },
      { examples: 40, accuracy: perfect },
      {
        examples: 120,
        accuracy: perfect,
        wrong: new Set(Array.from({ length: 60 }, (_, index) => index)),
      },
    ]);
    const [group] = reportOf(data).suite?.groups ?? [];
    expect(group).toMatchObject({ source: 'generated', sets: 4, items: 240 });
    expect(group?.upheldMacro).toMatchObject({
      value: 0.875,
      n: 4,
      lower: null,
      because: 'there are fewer than 8 sets: no interval over sets is given',
    });
    expect(group?.upheldMicro.value).toBe(0.75);
  });

  test('labels are counted where there are any, and pairs without a test are named', () => {
    const [unlabelled, ...labelled] = [
      plantedData({ examples: 30, accuracy: perfect, seed: 'none' }),
      ...[1, 2, 3, 4].map((index) =>
        plantedData({ examples: 40, accuracy: perfect, seed: `some ${index}` }),
      ),
    ];
    const none = {
      ...unlabelled,
      items: unlabelled.items.map((item) => ({ ...item, label: null })),
    };
    const { suite } = reportOf(sideBySide([none, ...labelled]));
    expect(suite?.groups[0]).toMatchObject({ sets: 5, items: 190, labels: 160 });
    expect(suite?.verdict.join(' ')).toContain('over all 160 labels');
    expect(reportOf(sideBySide([none, ...labelled])).verdict[0]).toBe(
      'All 4 datasets with labels reach the threshold of 90 % labels upheld, corrected for how many were tested.',
    );
    expect(reportOf(sideBySide([none, ...labelled.slice(0, 1)])).verdict[0]).toBe(
      'The dataset with labels reaches the threshold of 90 % labels upheld.',
    );
    const pairs = [8, 3, 8].map((raters, index) =>
      plantedPair({ examples: 40, seed: `some with three raters ${index}`, raters }),
    );
    expect(reportOf(sideBySide(pairs)).suite?.verdict.join(' ')).toMatch(
      /Of 2 tested pairs, .* 1 compared pair has no test, since raters are too few\./,
    );
  });

  test('the one bad set among many is found, and no good one', () => {
    const report = reportOf(withWrong([1, 0, 2, 1, 20, 1, 0, 2]));
    expect(report.suite?.sets.filter((set) => set.fallsShort).map((set) => set.dataset)).toEqual([
      'set-4',
    ]);
    expect(report.suite?.verdict.join(' ')).toContain(
      'Of 8 datasets with labels, none is shown to reach the threshold of 90 % labels upheld and 1 is shown to fall short of it, corrected for how many were tested; for 7 it is open.',
    );
    expect(report.suite?.groups[0]?.upheldMacro).toMatchObject({
      n: 8,
      method: 'percentile bootstrap over datasets (type-7 quantiles)',
    });
    const bad = report.suite?.sets.find((set) => set.dataset === 'set-4');
    expect(bad?.below).toBeGreaterThan(0.99);
    // Drawn towards the others, and not past them.
    expect(bad?.shrunken.value).toBeGreaterThan(0.5);
    expect(bad?.shrunken.value).toBeLessThan(0.8);
    for (const set of report.suite?.sets ?? []) expect(set.adjusted).toBeGreaterThanOrEqual(set.p);
  });

  test('sets that differ by chance alone are said to be alike, and the lowest of them is no finding', () => {
    const { suite } = reportOf(withWrong([2, 3, 2, 1, 2, 4, 2, 1, 3, 2]));
    expect(suite?.groups[0]?.onlyChance).toBe(true);
    expect(suite?.groups[0]?.below?.observed).toBe(0);
    expect(suite?.sets.some((set) => set.fallsShort)).toBe(false);
    expect(suite?.verdict.join(' ')).toMatch(/none is shown to fall short of it/);
  });

  test('comparisons are one family: the worse pair is found, and the others are not', () => {
    const pairs = [
      { wrong: 0.05 },
      { wrong: 0.4 },
      { wrong: 0.05 },
      { wrong: 0.05 },
      { wrong: 0.05 },
    ].map((generated, index) =>
      plantedPair({ examples: 40, seed: `suite pair ${index}`, generated, human: { wrong: 0.05 } }),
    );
    const { suite, verdict, pairs: compared } = reportOf(sideBySide(pairs));
    expect(compared.map((pair) => pair.comparable)).toEqual([true, true, true, true, true]);
    expect(suite?.pairs.map((pair) => pair.shown)).toEqual([
      'none',
      'lower',
      'none',
      'none',
      'none',
    ]);
    for (const pair of suite?.pairs ?? []) expect(pair.adjusted).toBeGreaterThanOrEqual(pair.p);
    expect(suite?.groups.map((group) => [group.source, group.sets])).toEqual([
      ['generated', 5],
      ['human', 5],
    ]);
    expect(suite?.verdict.join(' ')).toMatch(
      /higher in label agreement in none and lower in 1, corrected/,
    );
    // The first sentences count by the same rule, in the same words.
    expect(verdict.filter((sentence) => suite?.verdict.includes(sentence))).toHaveLength(5);
    expect(verdict.at(-1)).toMatch(
      /^Of 5 tested pairs, .* higher .* in none and lower in 1, corrected/,
    );
  });

  test('a set that falls short by itself and not among the others is counted nowhere', () => {
    const { suite, verdict, datasets } = reportOf(withWrong([8, 1, 1, 1, 1, 1, 1, 1, 1, 1]));
    const [first] = datasets;
    expect(first?.label?.upheld.upper).toBeLessThan(0.9);
    const sentence =
      'Of 10 datasets with labels, none is shown to reach the threshold of 90 % labels upheld and none is shown to fall short of it, corrected for how many were tested.';
    expect(verdict).toEqual([sentence]);
    expect(suite?.verdict).toContain(sentence);
    expect(suite?.sets.some((set) => set.fallsShort)).toBe(false);
    const tested = 'corrected for the 10 sets that were tested';
    expect(first?.verdict[0]).toBe(
      `By themselves the labels fall short of the threshold of 90 %; ${tested}, that is not shown.`,
    );
    expect(first?.verdict[1]).toMatch(/^Raters upheld 32 of 40 labels/);
    expect(datasets[1]?.verdict.join(' ')).not.toContain('By themselves');
  });

  test('all pairs together: mean, further pair and spread, wherever pairs are summed up', () => {
    const pairs = [0.05, 0.12, 0.08, 0.2, 0.1, 0.02].map((wrong, index) =>
      plantedPair({
        examples: 40,
        seed: `pooled ${index}`,
        generated: { wrong },
        human: { wrong: 0.02 },
      }),
    );
    const report = reportOf(sideBySide(pairs));
    const pooled = report.suite?.pooled ?? [];
    expect(pooled.map(({ measure }) => measure)).toEqual(['label-votes', 'relevance', 'unclear']);
    const [labels] = pooled;
    expect(labels?.difference.n).toBe(6);
    expect(labels?.difference.value).toBeLessThan(0);
    expect(labels?.prediction?.lower).toBeLessThan(labels?.difference.lower ?? NaN);
    expect(labels?.sentence).toMatch(
      /^Over 6 compared pairs, label agreement by vote is [\d.]+ points lower on average in generated than in human-written sets \(95 % interval −[\d.]+ to [−+]?[\d.]+ points\); by these 6 pairs, the true difference of a further one would lie between −[\d.]+ and [−+]?[\d.]+ points with 95 % probability\. .*with only 6 pairs, a standard deviation of up to .* is possible\.$/,
    );
    for (const { sentence } of pooled) {
      expect(report.verdict).toContain(sentence);
      expect(report.suite?.verdict).toContain(sentence);
    }
    expect(report.methods.join(' ')).toContain(
      'random-effects model with pairs, raters and examples, fitted by moments (Assay 0.1.0)',
    );
    const [table] = pairTables(report);
    expect(table).toMatchObject({ label: 'tab:pooled' });
    expect(table?.rows).toHaveLength(3);
    expect(pageOf(report)).toContain('All compared pairs together');
    const { suite } = report;
    if (suite === null) return expect.unreachable('there is a suite');
    const judgedBySome = pooled.map((one, at) => ({
      ...one,
      raters: 5 + at,
      effectiveRaters: 4.25 + at,
    }));
    const page = pageOf({ ...report, suite: { ...suite, pooled: judgedBySome } });
    for (const [raters, effective] of [
      [5, '4.3'],
      [6, '5.3'],
      [7, '6.3'],
    ] as const)
      expect(page).toMatch(new RegExp(`>${raters}\\s*<small>${effective}</small>`));
  });

  test('two pairs have a mean and no interval', () => {
    const pairs = [0, 1].map((index) => plantedPair({ examples: 40, seed: `two ${index}` }));
    const { suite } = reportOf(sideBySide(pairs));
    expect(suite?.pooled[0]?.difference).toMatchObject({
      lower: null,
      because: 'there are fewer than 3 pairs: no interval over pairs is given',
    });
    expect(suite?.pooled[0]?.sentence).toMatch(/^Over 2 compared pairs, .*no interval/);
  });

  test('pairs with the same human-written set count as one', () => {
    const pairs = [0.05, 0.12, 0.08, 0.2, 0.1, 0.02, 0.1, 0.1].map((wrong, index) =>
      plantedPair({
        examples: 40,
        seed: `sharing ${index}`,
        generated: { wrong },
        human: { wrong: 0.02 },
      }),
    );
    const study = sideBySide(pairs);
    // Of several human-written sets of a behaviour the first is compared with every generated one.
    const sharedBy = (sets: number): ReportModel =>
      reportOf({
        ...study,
        datasets: study.datasets.map((dataset) => ({
          ...dataset,
          behaviour: {
            ...dataset.behaviour,
            id: 1 + Math.floor((dataset.behaviour.id - 1) / sets),
          },
        })),
      });
    const twice = sharedBy(2);
    expect(twice.pairs.filter(({ comparable }) => comparable)).toHaveLength(8);
    const [labels] = twice.suite?.pooled ?? [];
    expect(labels?.difference.n).toBe(4);
    expect(labels?.difference.lower).not.toBeNull();
    expect(labels?.sentence).toMatch(
      /^Over 8 compared pairs \(4 where those with the same human-written set count as one\), label/,
    );
    // Four say too little of how much pairs differ.
    expect(labels?.prediction).toBeNull();
    expect(labels?.between.upper).toBeNull();
    expect(labels?.sentence).toMatch(/; 4 pairs are too few to say anything of a further one\.$/);
    const [once] = sharedBy(8).suite?.pooled ?? [];
    expect(once?.difference).toMatchObject({
      n: 1,
      lower: null,
      because: 'there are fewer than 3 pairs: no interval over pairs is given',
    });
    expect(once?.prediction).toBeNull();
  });

  test('a set whose labels look reversed stands in no figure of labels, and this is said', () => {
    const sound = withWrong([2, 3, 2, 1, 2, 4, 2, 1]);
    const data = sideBySide([sound, withWrong([38])]);
    const { suite, datasets, verdict, methods } = reportOf(data);
    const alone = reportOf(sound).suite;
    expect(datasets.at(-1)?.turnedRound).toBe(true);
    const [group] = suite?.groups ?? [];
    expect(group).toMatchObject({ sets: 9, labels: 320, below: alone?.groups[0]?.below });
    expect(group?.upheldMacro.value).toBe(alone?.groups[0]?.upheldMacro.value);
    expect(group?.upheldMicro.value).toBe(alone?.groups[0]?.upheldMicro.value);
    expect(group?.centre).toBe(alone?.groups[0]?.centre);
    expect(suite?.sets.map(({ shrunken }) => shrunken.value)).toEqual(
      alone?.sets.map(({ shrunken }) => shrunken.value),
    );
    expect(suite?.sets.map(({ adjusted }) => adjusted)).toEqual(
      alone?.sets.map(({ adjusted }) => adjusted),
    );
    expect(suite?.verdict[0]).toMatch(/^Over 8 generated sets, 94\.7 % of the labels are upheld/);
    expect(suite?.verdict.join(' ')).toMatch(
      /Left out of every figure of labels here, .* reversed: behaviour 1, generated\./,
    );
    expect(verdict.join(' ')).toContain('Of 8 other datasets with labels');
    expect(methods.join(' ')).toContain('stand in no average');
    const html = pageOf(reportOf(data)) ?? '';
    const plot = html.slice(html.indexOf('id="suite-caterpillar-title"'));
    expect(plot).toMatch(/Labels upheld of 8 datasets/);
    expect(html).toMatch(/▲ reversed\?/);
  });

  test('chance is named only where all sets alike would stand above the threshold', () => {
    const above = reportOf(withWrong([2, 3, 2, 1, 5, 2, 2, 1])).suite?.verdict.join(' ');
    expect(above).toMatch(
      /In 1 of them .* below 90 %; if all were alike at 94\.4 %, chance alone would put \d/,
    );
    const under = reportOf(withWrong([8, 9, 8, 7, 8])).suite?.verdict.join(' ');
    expect(under).toContain('In all 5 of them the share seen is below 90 %. The number truly');
    // Four sets say too little of how much sets differ.
    const few = reportOf(withWrong([8, 9, 8, 7])).suite?.verdict.join(' ');
    expect(few).toMatch(/In all 4 of them the share seen is below 90 %\.(?! The number truly)/);
  });

  test('what is open says how many judged examples would tell only where the set has them', () => {
    const open = (eligible: number, wrong: number, examples = 40): string | undefined => {
      const data = withWrong([wrong], examples);
      const [dataset] = data.datasets;
      if (dataset === undefined) return undefined;
      const sampling = { ...dataset.sampling, eligible };
      return reportOf({ ...data, datasets: [{ ...dataset, sampling }] }).verdict[0];
    };
    expect(open(5000, 2)).toMatch(/At the share seen, about 140 judged examples would tell\.$/);
    expect(open(45, 2)).toMatch(
      /that would take about 140 judged examples, and only 45 of the set are eligible\.$/,
    );
    expect(open(5000, 8, 42)).toMatch(/At the share seen a few more judged examples would tell\.$/);
  });

  test('under four sets there is no suite', () => {
    expect(reportOf(withWrong([1, 0, 2])).suite).toBeNull();
  });

  test('sections kept from before give the same report, also when one judgment more has come', () => {
    const wrong = [1, 0, 2].map((count) =>
      plantedData({
        examples: 12,
        accuracy: perfect,
        wrong: new Set(Array.from({ length: count }, (_, index) => index)),
        seed: `suite ${count}`,
      }),
    );
    const data = sideBySide([...wrong, plantedPair({ examples: 24, raters: 8 })]);
    expect(reportOf(data).pairs.map((pair) => pair.comparable)).toEqual([true]);
    const sections = newestOf<unknown>(100);
    const before: StudyData = { ...data, judgments: data.judgments.slice(1) };
    let computed = 0;
    const counting = {
      get: (key: string) => sections.get(key),
      put: (key: string, value: unknown) => ((computed += 1), sections.put(key, value)),
    };
    expect(computeReport(before, { ...options, sections: counting })).toEqual(
      computeReport(before, options),
    );
    expect(computed).toBe(6);
    expect(computeReport(data, { ...options, sections: counting })).toEqual(
      computeReport(data, options),
    );
    expect(computed).toBe(7);
    // Somebody who joined and has judged nothing yet changes no section.
    const joined: StudyData = {
      ...data,
      raters: [...data.raters, { pseudonym: 'new', origin: 'rater', excluded: false }],
    };
    expect(computeReport(joined, { ...options, sections: counting })).toEqual(
      computeReport(joined, options),
    );
    expect(computed).toBe(7);
  });

  test('its page names every set once in each table', () => {
    const report = reportOf(withWrong([1, 0, 2, 20]));
    const html = pageOf(report);
    for (let set = 0; set < 4; set += 1)
      expect(html?.split(`href="/studies/x/report/datasets/set-${set}"`)).toHaveLength(3);
    expect(html).toContain('falls short');
  });
});
