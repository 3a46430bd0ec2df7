import { expect, test } from 'vitest';
import { computeReport } from '#reports/model/report.js';
import type { ReportModel } from '#reports/model/schema/report.js';
import type { StudyData } from '#reports/input/data.js';
import { renderReportFile } from '#reports/pages/render.js';
import { croissant } from '#reports/publication/croissant.js';
import { datasetCard } from '#reports/publication/datasetCard.js';
import { hedsSections } from '#reports/publication/heds.js';
import { datasetTable, datasetTables } from '#reports/publication/tables.js';
import { tableCsv, tableLatex, tableMarkdown } from '#reports/publication/tableWriting.js';
import { readConfig } from '../../../src/config.js';
import { plantedData } from '../planted.js';
import { builtData, builtModel } from './models.js';

const config = readConfig({ ASSAY_DATA: '/nowhere', NODE_ENV: 'test' });
const reportOf = (data: StudyData): ReportModel =>
  computeReport(data, { fingerprint: 'f', computedAt: 0, version: '0', mixedModels: false });
const pageOf = (data: StudyData): string => renderReportFile(config, reportOf(data));

test('labels that look reversed or fall short are marked in every table of datasets', () => {
  const model = builtModel({
    pair: true,
    examples: 24,
    overrules: (example, _rater, set) => set === 1 || example < 8,
  });
  expect(model.datasets.map(({ turnedRound }) => turnedRound)).toEqual([false, true]);
  const [table] = datasetTables(model);
  for (const text of [
    tableCsv(datasetTable(model)),
    ...(table === undefined ? [] : [tableMarkdown(table)]),
    ...(table === undefined ? [] : [tableLatex(table)]),
  ]) {
    expect(text).toMatch(/human-written.*look reversed/);
    expect(text).toMatch(/generated.*fall short of 90/);
  }
  expect(tableMarkdown(datasetTable(builtModel({ overrules: () => false })))).not.toMatch(
    /Labels \|/,
  );
});

test('findings are named by their titles, and that one example can have several is said', () => {
  const data = builtData({ pair: false });
  const [dataset] = data.datasets;
  if (dataset === undefined) throw new Error('There is no dataset.');
  const sampling = {
    ...dataset.sampling,
    leftOut: [
      { finding: 'few-shot-copy', count: 40 },
      { finding: 'letters-restart', count: 30 },
    ],
  };
  const model = reportOf({ ...data, datasets: [{ ...dataset, sampling }] });
  const said =
    '50 examples: 40 “Copy of a few-shot example”, 30 “The letters begin again” (one example can have several of these)';
  expect(datasetCard(model, 'dataset-1')).toContain(`not in this file: ${said}.`);
  expect(
    hedsSections(model)
      .flatMap(({ answers }) => answers.flatMap(({ answer }) => answer))
      .join(' '),
  ).toContain(`not eligible ${said}`);
  expect(JSON.stringify(croissant(model, 'dataset-1'))).toContain(said);
  expect(renderReportFile(config, model)).toContain(said);
});

test('what only people know is not said of excluded raters', () => {
  const data = builtData({ raters: 5 });
  const [first, ...others] = data.raters;
  if (first === undefined) throw new Error('There is no rater.');
  const model = reportOf({
    ...data,
    raters: [{ ...first, excluded: true }, ...others],
    judgments: data.judgments.map((judgment) =>
      judgment.rater === 0 ? { ...judgment, standing: 'excluded' } : judgment,
    ),
  });
  const answer = hedsSections(model)
    .flatMap(({ answers }) => answers)
    .find(({ number }) => number === '3.3.3.1')?.answer;
  expect(answer?.[0]).toBe(
    '1 rater with 20 judgments was excluded by staff; why is not part of the report.',
  );
  expect(answer?.[1]).toMatch(/^Suggested, to be checked: Evaluators are excluded/);
  expect(model.methods.join(' ')).toContain('20 of one excluded rater');
  expect(datasetCard(model, 'dataset-1')).toContain('20 of one excluded rater');
  // Everybody overrules the first two labels, and nobody another one: the excluded rater too.
  expect(model.raters[0]?.withOthers).toMatchObject({ value: 1, n: 20 });
  expect(renderReportFile(config, model)).toMatch(/<small>excluded<\/small>/);
});

test('what the overlap makes impossible is said once, in the methods', () => {
  const at = (overlap: number): { sentence: string; page: string; methods: string } => {
    const data = plantedData({ examples: 20, overlap, accuracy: [1, 1, 1, 1, 1, 1] });
    const { datasets, methods } = reportOf(data);
    const measured = datasets[0]?.measured;
    return {
      sentence: measured?.kind === 'items' ? measured.faults.sentence : 'missing',
      page: pageOf(data),
      methods: methods.join(' '),
    };
  };
  const three = at(3);
  expect(three.sentence).toBe('');
  expect(three.page).not.toMatch(/Probable faults|No discrimination is given|cannot be tested/);
  expect(three.methods).toContain('fewer than four judgments of an example give no discrimination');
  const four = at(4);
  expect(four.sentence).toMatch(
    /^No example on which raters disagree was judged so far by four raters/,
  );
  expect(four.page).toContain('Probable faults');
  expect(four.methods).not.toContain('fewer than four judgments');
});

test('two probabilities of an answer say which is which', () => {
  const measured = reportOf(plantedData({ examples: 30 })).datasets[0]?.measured;
  expect(
    measured?.kind === 'items' &&
      measured.suspects.kind === 'suspects' &&
      measured.suspects.sentence,
  ).toMatch(/are expected to be wrong, the label itself counting as one more witness\./);
  expect(measured?.kind === 'items' && measured.next.sentence).toMatch(
    /^By the votes alone, without the labels, /,
  );
});

test('a contested example that lacks judgments says so', () => {
  const data = plantedData({
    examples: 20,
    overlap: 3,
    wrong: new Set([4]),
    accuracy: [1, 1, 1, 1],
  });
  const last = data.judgments.findIndex(({ item }) => item === 4);
  const page = pageOf({ ...data, judgments: data.judgments.filter((_, index) => index !== last) });
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    'Raters chose another answer than the label so far, 2 of 3 judgments',
  );
  expect(pageOf(data)).not.toContain('so far');
});
