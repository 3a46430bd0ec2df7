import { describe, expect, test } from 'vitest';
import { reportFile, verifyReport } from '#reports/frozen/content.js';
import { readStudyData } from '#reports/input/read.js';
import type { StudyData } from '#reports/input/data.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import type { WeightedConfidence } from '#reports/model/schema/weightedConfidence.js';
import { renderReportFile } from '#reports/pages/render.js';
import { rocPlot } from '#reports/plots/rocPlot.js';
import { datasetCard } from '#reports/publication/datasetCard.js';
import { generatedProvenance } from '#datasets/generated.js';
import { readConfig } from '../../src/config.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';
import { generatedFacts, generatedHalves, type Halves } from './generatedHalves.js';
import { judgeAll } from './judging.js';
import { reordered } from './planted.js';

const options = { fingerprint: 'f', computedAt: 1_791_000_000_000, version: '0' };
const reportOf = (data: StudyData): ReportModel => ReportModel.parse(computeReport(data, options));
type Section = ReportModel['datasets'][number];

const keptOf = ({ datasets }: ReportModel): Section =>
  datasets.find(({ id }) => id === 'kept') ?? expect.unreachable('there is no kept set');

function weightedOf({ confidence }: Section): WeightedConfidence {
  return confidence.kind === 'weighted'
    ? confidence
    : expect.unreachable(JSON.stringify(confidence));
}

/** A study without what was dropped. */
const keptAlone = (data: StudyData): StudyData => ({
  ...data,
  datasets: data.datasets.slice(0, 1),
  items: data.items.filter(({ dataset }) => dataset === 0),
  judgments: data.judgments.filter(({ item }) => data.items[item]?.dataset === 0),
  texts: { datasets: [null], pairs: [] },
});

const sectionOf = (halves: Halves = {}): WeightedConfidence =>
  weightedOf(keptOf(reportOf(generatedHalves(halves))));

describe('a discriminator whose dropped examples were judged', () => {
  const data = generatedHalves();
  const report = reportOf(data);
  const section = weightedOf(keptOf(report));

  test('is judged over both halves: the planted area is inside', () => {
    expect(section.parts.map(({ part, judged, eligible }) => [part, judged, eligible])).toEqual([
      ['kept', 60, 150],
      ['dropped', 120, 1350],
    ]);
    expect(section.examples).toBe(1500);
    expect(section.auroc.lower ?? 1).toBeLessThan(0.81);
    expect(section.auroc.upper ?? 0).toBeGreaterThan(0.81);
    const alone = keptOf(reportOf(keptAlone(data))).confidence;
    if (alone.kind !== 'confidence') expect.unreachable(JSON.stringify(alone));
    expect(alone.restricted).toBe(true);
  });

  test('says what was weighted, by part and by stratum', () => {
    expect(section.sentence).toMatch(
      /both what was kept \(60 of 150 judged\) and what was dropped \(120 of 1,350 judged\)/,
    );
    const kept = section.strata.filter(({ part }) => part === 'kept');
    expect(kept).toHaveLength(2);
    expect(section.strata).toHaveLength(12);
    for (const { eligible, judged, weight } of section.strata)
      expect(weight).toBeCloseTo(eligible / judged, 12);
    const all = section.bins.reduce((sum, { weight }) => sum + weight, 0);
    expect(all).toBeCloseTo(1, 12);
    expect(section.filter[0]?.items).toBe(180);
    expect(section.filter[0]?.kept).toBeCloseTo(1, 12);
    expect(section.filter[0]?.upheld.value).toBeCloseTo(section.all.plain.value ?? 0, 12);
  });

  test('is shown with its curve, without the range notice and without unweighted figures', async () => {
    const html = renderReportFile(readConfig({}), report);
    expect(html).toContain('ROC curve of the discriminator');
    expect(html).not.toContain('Part of the range is missing');
    expect(html).not.toContain('Part of the\n');
    expect(html).not.toContain('DeLong');
    expect(rocPlot(keptOf(report))).toContain('<svg');
    const methods = report.methods.join(' ');
    expect(methods).toContain('60 judged of 150 kept, 120 judged of 1,350 dropped');
    expect(methods).not.toContain('the candidates that it rejected are not in them');
  });

  test('what else is said of the set, and its card, are as without what was dropped', () => {
    const [alone] = reportOf(keptAlone(data)).datasets;
    const { confidence: _, ...kept } = keptOf(report);
    expect({ ...kept, confidence: null }).toEqual({ ...alone, confidence: null });
    const own = alone?.confidence;
    if (own?.kind !== 'confidence') expect.unreachable(JSON.stringify(own));
    expect(section.wholeSet).toEqual(own.wholeSet);
    expect(section.ceilings).toEqual(own.ceilings);
    const card = datasetCard(report, 'kept');
    expect(card).not.toContain('Calibration error of the discriminator');
  });

  test('does not depend on the order in which anything was stored', () => {
    expect(weightedOf(keptOf(reportOf(reordered(data, 'other'))))).toEqual(section);
  });

  test('comes out again from the frozen file', () => {
    const file = JSON.parse(JSON.stringify(reportFile(report, data, [])));
    expect(verifyReport(file)).toMatchObject({ holds: true, differences: [] });
  });

  test('says human minutes and money for an upheld example, by stage', () => {
    const { effort, label } = keptOf(report);
    const upheld = 150 * (label?.upheld.value ?? 0);
    expect(effort?.examples).toBeCloseTo(upheld, 9);
    expect(effort?.stages[0]).toMatchObject({ stage: '1 write', cost: 12.5, minutes: 0 });
    expect(effort?.stages[0]?.costEach).toBeCloseTo(12.5 / upheld, 12);
    expect(effort?.stages[1]?.minutesEach).toBeCloseTo(45 / upheld, 12);
    expect(effort?.raters).toMatchObject({ minutes: 18, judgments: 180 });
  });
});

test('a small study, and one in which nothing was upheld or a stratum is thin, has figures or reasons', () => {
  const small = sectionOf({ judgedKept: 4, judgedDropped: 6, candidates: 60, kept: 20 });
  expect(small.strata.filter(({ judged }) => judged < 2).length).toBeGreaterThan(0);
  expect(small.items).toBe(10);
  expect(small.examples).toBe(60);
});

test('where nobody has judged what was dropped, nothing is shown of what was kept alone', () => {
  const { confidence } = keptOf(reportOf(generatedHalves({ droppedJudged: false })));
  expect(confidence).toMatchObject({ kind: 'missing' });
  expect(confidence.kind === 'missing' ? confidence.because : '').toContain(
    'of what was dropped 0 examples',
  );
});

test('what another publication dropped is no part of it', () => {
  const data = generatedHalves();
  const datasets = data.datasets.map((dataset) =>
    dataset.part === 'kept'
      ? dataset
      : { ...dataset, generated: { ...generatedFacts, publication: 'publication-2' } },
  );
  expect(keptOf(reportOf({ ...data, datasets })).confidence.kind).toBe('confidence');
});

test('a study that was opened and judged has the strata of both halves', async () => {
  const database = await testDatabase();
  const provenance = generatedProvenance(generatedFacts);
  const half = (part: 'kept' | 'dropped', count: number, from: number) => ({
    name: part,
    part,
    provenance,
    examples: plainExamples(count, part).map((example, index) => ({
      ...example,
      confidence: from + (0.45 * index) / count,
    })),
  });
  const study = await buildStudy(database, {
    datasets: [half('kept', 20, 0.52), half('dropped', 40, 0.02)],
    settings: { sampleSize: 20, overlap: 1 },
  });
  const raters = await buildRaters(database, study, 1);
  await judgeAll(database, raters, ({ text, label }) => ({
    label: Number(text.length % 3 === 0) === label ? label : (label ?? 0),
  }));
  const data = await readStudyData(database.db, study.public_id);
  expect(data.datasets.map(({ part, generated }) => [part, generated?.publication])).toEqual([
    ['kept', 'publication-1'],
    ['dropped', 'publication-1'],
  ]);
  expect(data.datasets[1]?.strata?.map(({ eligible, drawn }) => [eligible, drawn])).toEqual(
    Array.from({ length: 10 }, () => [4, 2]),
  );
  const section = reportOf(data).datasets[0]?.confidence;
  if (section?.kind !== 'weighted') expect.unreachable(JSON.stringify(section));
  expect(section.parts.map(({ judged, eligible }) => [judged, eligible])).toEqual([
    [20, 20],
    [20, 40],
  ]);
});
