import { describe, expect, test } from 'vitest';
import { reportFile, verifyReport } from '#reports/frozen/content.js';
import { misfits } from '#reports/frozen/indexes.js';
import { withoutJudgments } from '#reports/frozen/withheld.js';
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
import { buildStudy, plainExamples } from '../support/builders.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';
import { generatedFacts, generatedHalves, type Halves } from './generatedHalves.js';
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
      /both of what was kept \(60 of 150 judged\) and of what was dropped \(120 of 1,350 judged\)/,
    );
    const kept = section.strata.filter(({ part }) => part === 'kept');
    // Both by label and band: what was kept is weighted by band after the fact.
    expect(kept).toHaveLength(10);
    expect(section.strata).toHaveLength(20);
    for (const { eligible, judged, weight, name } of section.strata) {
      if (judged > 1) expect(weight).toBeCloseTo(eligible / judged, 12);
      expect(name).not.toMatch(/^choice/);
    }
    expect(section.parts.map(({ rows, leftOut, unscored }) => [rows, leftOut, unscored])).toEqual([
      [150, 0, 0],
      [1350, 0, 0],
    ]);
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
    expect(effort?.examples.value).toBeCloseTo(upheld, 9);
    expect(effort?.examples).toMatchObject({ n: 60 });
    expect(effort?.examples.lower).toBeCloseTo(150 * (label?.upheld.lower ?? 0), 9);
    expect(effort?.stages[0]).toMatchObject({ stage: '1 write', cost: 12.5, minutes: 0 });
    expect(effort?.stages[0]?.costEach).toBeCloseTo(12.5 / upheld, 12);
    expect(effort?.stages[1]?.minutesEach).toBeCloseTo(45 / upheld, 12);
    expect(effort?.raters).toMatchObject({ minutes: 18, judgments: 180, measured: 180 });
  });

  test('a judgment whose active time was not measured adds no minutes', () => {
    const judgments = data.judgments.map((judgment, index) =>
      index === 0 ? { ...judgment, activeMs: null, shownAt: 0 } : judgment,
    );
    const { effort } = keptOf(reportOf({ ...data, judgments }));
    expect(effort?.raters).toMatchObject({ judgments: 180, measured: 179 });
    expect(effort?.raters.minutes).toBeCloseTo(17.9, 9);
  });

  test('nothing is said to be upheld before anything is judged', () => {
    const { effort } = keptOf(reportOf({ ...data, judgments: [] }));
    expect(effort?.examples).toMatchObject({ value: null, lower: null });
    expect(effort?.examples.because).not.toBeNull();
    expect(effort?.stages[0]?.costEach).toBeNull();
  });

  test('strata that more was drawn from than they hold are no report', () => {
    const datasets = data.datasets.map((dataset) => ({
      ...dataset,
      strata: (dataset.strata ?? []).map((stratum) => ({ ...stratum, eligible: 1 })),
    }));
    const found = [...misfits({ data: { ...data, datasets }, corpora: [] })];
    expect(found[0]?.path.slice(-1)).toEqual(['eligible']);
    expect([...misfits({ data, corpora: [] })]).toEqual([]);
  });

  test('a superseded report gives no curve whose points are single judgments', () => {
    const first = new Set<number>();
    const single = data.judgments.filter(({ item }) => {
      const seen = first.has(item);
      first.add(item);
      return !seen;
    });
    const alone = {
      ...data,
      judgments: single,
      items: data.items.map((item) => ({ ...item, overlap: 1 })),
    };
    const model = reportOf(alone);
    expect(weightedOf(keptOf(model)).roc?.curve.length).toBeGreaterThan(100);
    const held = weightedOf(keptOf(withoutJudgments({ model, data: alone })));
    expect(held.roc?.curve).toEqual([]);
    expect(held.roc?.band).toHaveLength(19);
    expect(held.strata.every(({ judged }) => judged !== 1)).toBe(true);
  });

  test('the methods say the seed, the replicates and the ceilings', () => {
    const methods = report.methods.join(' ');
    expect(methods).toContain('The bootstrap has 1,000 replicates (seed ');
    expect(methods).toContain('Two ceilings say');
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
  expect(confidence).toMatchObject({ kind: 'waiting', ceilings: { human: { n: 60 } } });
  expect(confidence.kind === 'waiting' ? confidence.because : '').toContain(
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

test('a rater judges both halves blind, and the page weighs them by their strata', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const provenance = generatedProvenance(generatedFacts);
  const half = (part: 'kept' | 'dropped', count: number, from: number) => ({
    name: part === 'kept' ? 'kind' : 'kind (went)',
    part,
    provenance,
    examples: plainExamples(count, part === 'kept' ? 'Statement' : 'Sentence').map(
      (example, index) => ({ ...example, confidence: from + (0.45 * index) / count }),
    ),
  });
  const study = await buildStudy(database, {
    datasets: [half('kept', 12, 0.52), half('dropped', 40, 0.02)],
    settings: { sampleSize: 20, overlap: 1, strategy: 'random', raterTitle: 'Reading study' },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const seen: string[] = [];
  for (let turn = 0; ; turn += 1) {
    const page = await rater.page('/rate');
    const form = formOn(page);
    if (form === undefined) break;
    for (const secret of ['dropped', 'publication-1', '0.02', '0.52', 'kind (went)'])
      expect(page).not.toContain(secret);
    seen.push(/Sentence \d/.test(page) ? 'dropped' : 'kept');
    await rater.send(form, { answer_label: String(turn % 3 === 0 ? 1 : 0), answer_relevance: '4' });
  }
  expect(seen.filter((part) => part === 'dropped')).toHaveLength(20);
  expect(seen).toHaveLength(32);
  // Interleaved: the halves do not follow one another.
  const first = seen.slice(0, 16);
  expect(first).toContain('kept');
  expect(first).toContain('dropped');

  const data = await readStudyData(database.db, study.public_id);
  expect(data.datasets.map(({ part, generated }) => [part, generated?.publication])).toEqual([
    ['kept', 'publication-1'],
    ['dropped', 'publication-1'],
  ]);
  expect(data.datasets[1]?.strata?.map(({ eligible, drawn }) => [eligible, drawn])).toEqual(
    Array.from({ length: 10 }, () => [4, 2]),
  );
  const visitor = await site.visitor('researcher');
  const kept = data.datasets[0]?.publicId ?? '';
  const page = await visitor.page(`/studies/${study.public_id}/report/datasets/${kept}`);
  expect(page).toContain(
    'of what was kept (12 of 12 judged) and of what was dropped (20 of 40 judged)',
  );
  expect(page).toContain(`roc-${kept}`);
  expect(page).toContain('Human minutes and money for an upheld example');
  expect(page).not.toContain('range is missing');
  const plot = await visitor.request(`/studies/${study.public_id}/report/plots/roc-${kept}.svg`);
  expect([plot.status, await plot.text()]).toEqual([200, expect.stringContaining('<svg')]);
});
