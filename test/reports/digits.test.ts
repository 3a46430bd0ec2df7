import { expect, test } from 'vitest';
import { pageLinks, renderPart } from '#reports/pages/render.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { plotsOf } from '#reports/plots/plots.js';
import type { Part } from '#reports/thread/tasks.js';
import { publications } from '#reports/publication/publications.js';
import type { Figure } from '#figure.js';
import { readConfig } from '../../src/config.js';
import { plantedPair } from './plantedPair.js';
import { sideBySide } from './planted.js';

/** A share just below the threshold of 90 %, which one decimal prints like it. */
const share = (figure: Figure): Figure => ({ ...figure, value: 0.8997, upper: 0.89998 });
/** Limits just beyond the margins, which the usual decimals print like them. */
const beyond = (figure: Figure, margin: number): Figure => ({
  ...figure,
  lower: -margin * 1.0004,
  upper: margin * 1.0004,
});

/** Two pairs whose shares and differences end a hair beyond threshold and margins. */
function nearModel(): ReportModel {
  const model = ReportModel.parse(
    computeReport(sideBySide([plantedPair(), plantedPair({ seed: 'other' })]), {
      fingerprint: 'f'.repeat(64),
      computedAt: 1_791_000_000_000,
      version: '0.2.0',
      mixedModels: false,
    }),
  );
  const { suite } = model;
  if (suite === null) throw new Error('There is no suite.');
  return {
    ...model,
    suite: {
      ...suite,
      sets: suite.sets.map((set) => ({ ...set, shrunken: share(set.shrunken) })),
      groups: suite.groups.map((group) => ({
        ...group,
        upheldMacro: share(group.upheldMacro),
        upheldMicro: share(group.upheldMicro),
      })),
    },
    datasets: model.datasets.map((dataset) => ({
      ...dataset,
      label:
        dataset.label === null ? null : { ...dataset.label, upheld: share(dataset.label.upheld) },
    })),
    pairs: model.pairs.map((pair) => ({
      ...pair,
      differences: pair.differences.map((difference) => ({
        ...difference,
        difference: beyond(difference.difference, difference.margin),
      })),
      checks: pair.checks.map((check) => {
        const main = pair.differences.find(({ measure }) => measure === check.measure);
        return check.quantity === main?.unit
          ? { ...check, estimate: beyond(check.estimate, main.margin) }
          : check;
      }),
    })),
  };
}

const model = nearModel();
const page = (part: Part): string =>
  renderPart(readConfig({ NODE_ENV: 'test' }), model, part, pageLinks('/report')) ?? '';
const plot = (id: string): string =>
  plotsOf(model)
    .find((known) => known.id === id)
    ?.draw() ?? '';
const text = (name: string): string => {
  const found = publications.find((known) => known.name === name);
  return found?.scope === 'study' ? found.render(model) : '';
};

const [pair, set] = [model.pairs[0]?.generated ?? '', model.datasets[0]?.id ?? ''];
/** A limit that reads as if it ended on the threshold or a margin, which it does not. */
const onTheMark =
  /(to|,|\[|interval) ?[−+-]?(\$-\$)?(90\.0|90|5\.0|0\.30)( |<|,|\]|\{|%|$| to| worse| points)/m;

test.each([
  ['the overview', () => page({ kind: 'overview' })],
  ['the page of a pair', () => page({ kind: 'pair', id: pair })],
  ['labels upheld', () => plot('agreement-plot')],
  ['labels upheld of every set', () => plot('suite-caterpillar')],
  ['differences of a pair', () => plot(`differences-${pair}`)],
  ['differences in label agreement', () => plot('suite-forest-label-votes')],
  ['differences in relevance', () => plot('suite-forest-relevance')],
  ['sets, LaTeX', () => text('datasets-latex')],
  ['pairs, LaTeX', () => text('pairs-latex')],
  ['pairs, Markdown', () => text('pairs-markdown')],
])('%s prints no limit like the margin or the threshold that it is not', (_, written) => {
  const found = written();
  expect(found).toMatch(/89\.998|5\.002|0\.3001/);
  const lines = found
    .split(/<[^>]*>|\n|\. /)
    .map((line) => line.trim())
    .filter((line) => !/margin of|threshold of/.test(line));
  expect(lines.filter((line) => onTheMark.test(line))).toEqual([]);
});

test.each([
  ['the page of a set', /96\.\d+ to 89\.998</, () => page({ kind: 'dataset', id: set })],
  ['sets, CSV', /,89\.97,[\d.]+,89\.998,/, () => text('datasets-csv')],
  [
    'labels, the datasheet',
    /labels upheld 89\.97\d? % \(95 % interval [\d.]+ to 89\.998,/,
    () => text('heds'),
  ],
  ['differences, the datasheet', /interval −5\.002 to 5\.002,/, () => text('heds')],
])('%s: figures have the digits that tell them from the threshold', (_, expected, written) => {
  expect(written()).toMatch(expected);
});
