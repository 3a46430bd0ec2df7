import { expect, test } from 'vitest';
import { agreementSentence } from '#reports/model/comparison/checkSentences.js';
import { correctionSentence, pairAnswer } from '#reports/model/comparison/answer.js';
import { differenceSentence, saidAgainst } from '#reports/model/comparison/sentences.js';
import type { PairSection, ReportModel } from '#reports/model/schema/report.js';
import { pageLinks, renderPart } from '#reports/pages/render.js';
import { pairTable } from '#reports/publication/tables.js';
import { tableCsv, tableMarkdown } from '#reports/publication/tableWriting.js';
import { readConfig } from '../../src/config.js';
import { differenceOf, pairOf, reportOf } from './pairs.js';
import { plantedPair } from './plantedPair.js';
import { sideBySide } from './planted.js';

const overviewOf = (report: ReportModel): string =>
  renderPart(
    readConfig({ NODE_ENV: 'test' }),
    report,
    { kind: 'overview' },
    pageLinks('/report'),
  ) ?? '';

/** Label agreement is worse by itself (p = .028, Holm .084), by how much is open. */
const byItself = plantedPair({
  examples: 100,
  raters: 8,
  seed: 'stays 1',
  generated: { wrong: 0.105 },
  human: { wrong: 0.05 },
});
const report = reportOf(byItself);
const pair = pairOf(report);
const three = { measures: 3, pairs: 1 };
const atOnce = { notWorse: true, equivalent: true };

test('worse by how much is a finding with a test, and said by itself where it does not stand', () => {
  const labels = differenceOf(pair, 'label-votes');
  expect(labels.tests.different.p).toBeLessThan(0.05);
  expect(labels.tests.different.adjusted).toBeGreaterThan(0.05);
  expect(labels.sentence).toMatch(
    /^Label agreement by itself: the generated set is worse; whether by more than 5 points is open \(/,
  );
  for (const said of [labels.sentence, pair.correction])
    expect(said).not.toMatch(/not shown|0\.084/);
  expect(pair.answer.sentence).toMatch(
    /By itself only, and not shown once corrected for three measures: label agreement \(worse, open by how much, p = 0\.084\)\.$/,
  );
  expect(pair.correction).toMatch(
    /^Corrected for three measures \(Holm\), still shown: relevance \(equivalent, p = [\d.]+\)\.$/,
  );
  expect(saidAgainst(labels)).toBe('worse, open by how much (by itself)');
  for (const written of [overviewOf(report), tableMarkdown(pairTable(report))])
    expect(written).toContain('worse, open by how much (by itself)');
});

test('nowhere is a finding said as shown that its correction takes away', () => {
  const relevance = differenceOf(pair, 'relevance');
  const weaker = {
    ...relevance,
    tests: {
      ...relevance.tests,
      equivalent: { p: 0.031, adjusted: 0.062, overPairs: null, level: 0.05 },
    },
  };
  const labels = { ...differenceOf(pair, 'label-votes'), verdict: 'undecided' as const };
  expect(differenceSentence(weaker, null)).toMatch(
    /^Relevance by itself: the two sets are equivalent: they differ by less than 0\.3 either way \([^)]*\)\.$/,
  );
  const parts = { postHoc: false, family: three, atOnce };
  const { sentence } = pairAnswer([labels, weaker], parts);
  expect(sentence).not.toMatch(/In relevance [^.]* equivalent/);
  expect(sentence).toContain('relevance (equivalent, p = 0.062)');
  // That all are equivalent at once needs no correction for their number, but one for the pairs.
  expect(pairAnswer([weaker], parts).sentence).toMatch(
    /^Equivalent: in relevance [^:]*: relevance \(equivalent, p = 0\.062\)\. That every measure passes at once needs no correction for their number\.$/,
  );
  expect(
    pairAnswer([weaker], {
      ...parts,
      family: { measures: 3, pairs: 15 },
      atOnce: { notWorse: true, equivalent: false },
    }).sentence,
  ).toMatch(
    /^Equivalent by itself, but not shown once corrected for 15 pairs: in relevance [^:]*$/,
  );
  expect(correctionSentence([weaker], { measures: 1, pairs: 1 })).toBe('');
  const worse = { ...labels, verdict: 'worse' as const };
  const lost = { p: 0.02, adjusted: 0.06, overPairs: null, level: 0.025 };
  expect(
    pairAnswer([{ ...worse, tests: { ...worse.tests, worse: lost } }], parts).sentence,
  ).toMatch(/^Worse by itself, but not shown once corrected for three measures: in label/);
});

test('several pairs: what a pair says agrees with what is counted over the pairs', () => {
  const several = reportOf(
    sideBySide([
      byItself,
      plantedPair({ examples: 40, seed: 'several 1', generated: { wrong: 0.4 } }),
      plantedPair({ examples: 40, seed: 'several 2' }),
    ]),
  );
  const [first, second] = several.pairs;
  if (first === undefined || second === undefined) return expect.unreachable();
  const labels = differenceOf(first, 'label-votes');
  const { different } = labels.tests;
  expect(different.overPairs).toBeGreaterThanOrEqual(different.adjusted ?? NaN);
  expect(several.suite?.pairs[0]).toMatchObject({ shown: 'none', adjusted: different.overPairs });
  expect(first.answer.sentence).toContain(
    'not shown once corrected for three measures and 3 pairs',
  );
  expect(several.suite?.pairs[1]?.shown).toBe('lower');
  expect(differenceOf(second, 'label-votes').sentence).toMatch(/^In label agreement the generated/);
  expect(several.verdict.join(' ') + (several.suite?.verdict.join(' ') ?? '')).not.toMatch(
    / in 0[ ,;]/,
  );
});

test('direction and margin are counted apart, comparisons and not methods', () => {
  const difference = differenceOf(pair, 'label-votes');
  const labels = pair.checks.filter(({ measure }) => measure === 'label-votes');
  // The main interval: worse, open by how much. Majority: no difference shown, open as well.
  const majority = labels.find(({ margin }) => margin === 'open' && labels.length > 0);
  expect(majority).toMatchObject({ direction: 'none', margin: 'open', agrees: false });
  const said = agreementSentence([difference], labels);
  const known = labels.filter(({ margin }) => margin !== null);
  expect(known.every(({ margin }) => margin === 'open')).toBe(true);
  expect(said).toContain(`all ${known.length} on what holds against the margin`);
  expect(said).toMatch(/\d of \d agree on whether there is a difference/);
  expect(said).not.toMatch(/methods that know no margin/);
});

test('what would decide is more than there is', () => {
  // Of every third generated example the last judgment is missing, so that the overlap is under 3.
  const thinned = reportOf({
    ...byItself,
    judgments: byItself.judgments.filter((_, index) => index % 20 !== 7),
  });
  for (const { resolution, difference } of [...thinned.pairs, ...report.pairs].flatMap(
    (known: PairSection) => known.differences,
  )) {
    const { needed } = resolution ?? expect.unreachable();
    expect(needed?.overlap ?? 4).toBeGreaterThanOrEqual(4);
    expect(needed?.raters ?? 9).toBeGreaterThanOrEqual(9);
    expect(2 * (needed?.examples ?? 1000)).toBeGreaterThan(difference.n);
  }
});

test('where few more examples decide, it is said to be nearly decided', () => {
  const labels = differenceOf(pair, 'label-votes');
  const { resolution } = labels;
  if (resolution === null) return expect.unreachable();
  const near = {
    ...labels,
    resolution: { ...resolution, needed: { examples: 101, overlap: 4, raters: 9 } },
  };
  expect(differenceSentence(near, null)).toContain(
    'It is nearly decided: if the difference is as seen, a study of about 101 examples of each kind, or 4 judgments for each example, or 9 raters, each alone,',
  );
});

test('CSV has every number in full, tables one number of decimals', () => {
  const { value, lower } = differenceOf(pair, 'label-votes').difference;
  const [head = '', row = ''] = tableCsv(pairTable(report)).split(/\r?\n/);
  const cell = (name: string): number => Number(row.split(',')[head.split(',').indexOf(name)]);
  expect(cell('difference')).toBeCloseTo(100 * (value ?? NaN), 9);
  expect(cell('difference_lower')).toBeCloseTo(100 * (lower ?? NaN), 9);
  const figures = tableMarkdown(pairTable(report)).match(/−?[\d.]+ \[−?[\d.]+, −?[\d.]+\]/g) ?? [];
  expect(figures).toHaveLength(6);
  for (const figure of figures) expect(figure).toMatch(/^−?\d+\.\d{1,2} /);
});

test('the permutation test prints the difference that the main interval has', () => {
  for (const check of pair.checks.filter(({ method }) => method.startsWith('permutation')))
    expect(check.estimate.value).toBe(differenceOf(pair, check.measure).difference.value);
});

test('a pair that was not compared says what does not hold', () => {
  const reversed = reportOf(plantedPair({ examples: 40, human: { wrong: 0.95 } }));
  expect(tableMarkdown(pairTable(reversed))).toContain(
    'not compared; what does not hold: labels not overruled',
  );
});

test('from five pairs on the overview has one table of them', () => {
  const many = reportOf(
    sideBySide([
      ...[0, 1, 2, 3, 4].map((index) => plantedPair({ examples: 30, seed: `many ${index}` })),
      plantedPair({ examples: 30, seed: 'reversed', human: { wrong: 0.95 } }),
    ]),
  );
  const page = overviewOf(many);
  const table = /aria-label="Pairs that were compared".*?<\/table>/s.exec(page)?.[0] ?? '';
  expect(table.match(/<th scope="row">/g)).toHaveLength(5);
  expect(page).toMatch(/aria-label="Pairs that were not compared"[\s\S]*Labels not overruled/);
  expect(page).not.toContain('Dots are the differences seen');
  expect(page).not.toContain('would narrow the interval');
  expect(page).not.toMatch(/NaN|undefined|\[object/);
});
