import { describe, expect, test } from 'vitest';
import type { StudyData } from '#reports/input/data.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { pageLinks, renderPart, renderReportFile } from '#reports/pages/render.js';
import { plotsOf } from '#reports/plots/plots.js';
import { datasetCard } from '#reports/publication/datasetCard.js';
import { croissant } from '#reports/publication/croissant.js';
import { hedsMarkdown } from '#reports/publication/heds.js';
import { methodsLatex } from '#reports/publication/methodsLatex.js';
import { pairTable, pairTables } from '#reports/publication/tables.js';
import { tableCsv, tableLatex, tableMarkdown } from '#reports/publication/tableWriting.js';
import { measureDataset, measurePair } from '#texts/measure.js';
import { readConfig } from '../../src/config.js';
import { corpusOf, questions } from '../texts/support.js';
import { sideBySide } from './planted.js';
import { builtData } from './publication/models.js';

const reportOf = (data: StudyData): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f'.repeat(64),
      computedAt: 1_791_000_000_000,
      version: '0.2.0',
      mixedModels: false,
    }),
  );

const made = corpusOf('dataset-1', questions(60, { seed: 'made' }));
const textsWith = (turned: boolean): StudyData['texts'] => {
  const written = corpusOf('dataset-2', questions(50, { seed: 'written', turned }));
  return {
    datasets: [measureDataset(made), measureDataset(written)],
    pairs: [{ generated: 0, human: 1, measure: measurePair(made, written) }],
  };
};
const [reversed, aligned] = [textsWith(true), textsWith(false)];

const pair = builtData({ pair: true, examples: 24, overrules: () => false });
const withTexts = (data: StudyData, texts: StudyData['texts']): StudyData => ({ ...data, texts });
const opened = (data: StudyData): StudyData => ({
  ...data,
  study: { ...data.study, state: 'open', closedAt: null },
});

/** Everything that a report says of its verdicts, by where it stands. */
function saidBy(model: ReportModel): Map<string, string> {
  const config = readConfig({ ASSAY_DATA: '/nowhere', NODE_ENV: 'test' });
  const part = (kind: 'pair' | 'dataset'): string =>
    renderPart(config, model, { kind, id: 'dataset-1' }, pageLinks('/x')) ?? '';
  const tables = pairTables(model);
  return new Map([
    ['overview', renderPart(config, model, { kind: 'overview' }, pageLinks('/x')) ?? ''],
    ['page of the pair', part('pair')],
    ['page of the dataset', part('dataset')],
    ['file', renderReportFile(config, model)],
    ['csv', tableCsv(pairTable(model))],
    ...tables.flatMap((table): [string, string][] => [
      [`${table.label}, latex`, tableLatex(table)],
      [`${table.label}, markdown`, tableMarkdown(table)],
    ]),
    ['methods', methodsLatex(model)],
    ['card', datasetCard(model, 'dataset-1')],
    ['croissant', croissant(model, 'dataset-1')],
    ['datasheet', hedsMarkdown(model)],
    ...plotsOf(model)
      .filter(({ id }) => id.startsWith('differences-'))
      .map(({ id, draw }): [string, string] => [id, draw() ?? '']),
  ]);
}

describe('what can be withdrawn is provisional until then', () => {
  test('that all pairs could be compared is not said before their texts are measured', () => {
    const data = sideBySide([pair, pair]);
    const before = reportOf(data);
    const after = reportOf(
      withTexts(data, {
        datasets: [...reversed.datasets, ...reversed.datasets],
        pairs: reversed.pairs.flatMap((one) => [one, { ...one, generated: 2, human: 3 }]),
      }),
    );
    expect(after.verdict.join(' ')).toContain('0 of 2 pairs could be compared.');
    expect(after.provisional).toBeNull();
    expect(before.verdict).toContain('Both pairs could be compared so far.');
    expect(before.provisional?.toCome.map(({ what }) => what)).toEqual(['texts']);
    expect(before.provisional?.sentence).toBe(
      'Provisional: the check by the texts that labels point the same way (2 of 2 pairs) is still to come. The texts are measured when a report is opened, in seconds for each pair.',
    );
  });

  test('a verdict on a pair, and on the sets in it, is stamped until its texts are measured', () => {
    const before = reportOf(pair);
    const [judged] = before.pairs;
    expect(judged?.gate.at(-1)?.state).toBe('waits-for-texts');
    expect(judged?.answer.kind).not.toBe('not-compared');
    for (const { provisional } of [before, ...before.pairs, ...before.datasets])
      expect(provisional?.sentence).toMatch(
        /^Provisional: the check by the texts .* still to come/,
      );
    const after = reportOf(withTexts(pair, aligned));
    expect(after.pairs[0]?.gate.at(-1)?.state).toBe('passed');
    for (const { provisional } of [after, ...after.pairs, ...after.datasets])
      expect(provisional).toBeNull();
    expect(after.pairs[0]?.differences).toEqual(judged?.differences);
  });

  test('a set without a counterpart waits for no texts', () => {
    expect(reportOf(builtData({ examples: 24 })).datasets[0]?.provisional).toBeNull();
  });

  test('while the study is not closed, judgments are still to come', () => {
    const model = reportOf(opened(withTexts(pair, aligned)));
    expect(model.provisional?.sentence).toBe(
      'Provisional: further judgments are still to come. The study is open: its numbers can change until it is closed.',
    );
    expect(reportOf(opened(pair)).pairs[0]?.provisional?.toCome.map(({ what }) => what)).toEqual([
      'judgments',
      'texts',
    ]);
  });

  test('a pair that lacks judgments waits while these can come, and is refused once they cannot', () => {
    const few = { ...pair, judgments: pair.judgments.slice(0, 80) };
    const [waits] = reportOf(opened(few)).pairs;
    expect(waits).toMatchObject({ comparable: false, differences: [], answer: { kind: 'waits' } });
    expect(waits?.verdict.join(' ')).toMatch(
      /^The two sets are not compared yet: more judgments are needed .*so far; 20 are needed/,
    );
    expect(reportOf(few).pairs[0]?.answer.kind).toBe('not-compared');
    const many = reportOf(opened(sideBySide([few, pair])));
    expect(many.verdict).toContain('1 of 2 pairs could be compared so far; 1 waits for judgments.');
    expect(tableCsv(pairTable(many))).toContain(
      'not compared yet; what lacks judgments: labels not overruled',
    );
  });

  test('the stamp stands in every page, file, table, text and plot, and goes with its reason', () => {
    for (const [place, said] of saidBy(reportOf(pair)))
      expect([place, /provisional/i.test(said)]).toEqual([place, true]);
    for (const [place, said] of saidBy(reportOf(withTexts(pair, aligned))))
      expect([place, /provisional/i.test(said)]).toEqual([place, false]);
  });

  test('what is said of copies before the texts are measured stays true after', () => {
    const copiesOf = (data: StudyData): string | undefined =>
      reportOf(data).pairs[0]?.gate.find(({ name }) => name.startsWith('Shared,'))?.sentence;
    expect(copiesOf(pair)).toMatch(/word for word\. Near-copies show once the texts are measured/);
    const shared = {
      ...aligned,
      pairs: aligned.pairs.map((one) => ({
        ...one,
        measure: { ...one.measure, shared: { groups: 3, lines: [] } },
      })),
    };
    expect(copiesOf(withTexts(pair, shared))).toMatch(
      /word for word\. By the texts of the whole sets, 3 texts stand in both, exactly or nearly/,
    );
  });
});
