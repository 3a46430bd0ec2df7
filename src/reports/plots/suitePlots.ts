import type { ReportModel } from '../model/schema/report.js';
import { ambiguityBars } from './ambiguityBars.js';
import { caterpillarPlot } from './caterpillarPlot.js';
import { type HeatMeasure, heatStrip } from './heatStrip.js';
import { type ForestRow, pairForest } from './pairForest.js';
import type { ReportPlot } from './plot.js';

const heatMeasures: readonly HeatMeasure[] = [
  { title: 'labels upheld', from: 0.7, to: 1, digits: 0, percent: true, higherIsBetter: true },
  { title: 'alpha, labels', from: 0, to: 1, digits: 2, percent: false, higherIsBetter: true },
  { title: 'relevance', from: 3, to: 5, digits: 1, percent: false, higherIsBetter: true },
  { title: 'called unclear', from: 0, to: 0.3, digits: 0, percent: true, higherIsBetter: false },
  { title: 'not eligible', from: 0, to: 0.3, digits: 0, percent: true, higherIsBetter: false },
];

function heatOf(model: ReportModel): string | null {
  const rows = model.datasets.map((dataset) => ({
    name: dataset.title,
    source: dataset.source,
    cells: [
      dataset.label?.upheld.value ?? null,
      dataset.labelAgreement[0]?.agreement.alpha.value ?? null,
      dataset.relevance?.mean.value ?? null,
      dataset.ambiguity?.byVote.value ?? null,
      dataset.sampling.examples === 0
        ? null
        : 1 - dataset.sampling.eligible / dataset.sampling.examples,
    ],
  }));
  return heatStrip(rows, heatMeasures);
}

function caterpillarOf(model: ReportModel): string | null {
  const drawn = new Map(model.suite?.sets.map((set) => [set.dataset, set.shrunken]));
  const rows = model.datasets.flatMap(({ id, title, source, label }) => {
    const { value, lower, upper } = drawn.get(id) ?? { value: null, lower: null, upper: null };
    return value === null || lower === null || upper === null
      ? []
      : [{ name: title, source, raw: label?.upheld.value ?? null, value, lower, upper }];
  });
  return caterpillarPlot(rows, model.study.rule.threshold);
}

function ambiguityOf(model: ReportModel): string | null {
  const rows = model.datasets.flatMap(({ title, ambiguity, complete }) =>
    ambiguity === null || complete === 0
      ? []
      : [{ name: title, counts: ambiguity.byVotes.map((row) => row.count) }],
  );
  return rows.length === 0 ? null : ambiguityBars(rows);
}

const forests = {
  'label-votes': 'Label agreement (votes)',
  relevance: 'Relevance',
  unclear: 'Called unclear',
} as const;
const forestTitle = (measure: keyof typeof forests): string =>
  `${forests[measure]}, generated minus human-written`;

/** One measure over all compared pairs; null where fewer than two can be drawn. */
function forestOf(model: ReportModel, measure: keyof typeof forests): string | null {
  const found = model.pairs.flatMap((pair) =>
    pair.differences
      .filter((difference) => difference.measure === measure)
      .map((difference) => ({ pair, difference })),
  );
  const adjusted = new Map(model.suite?.pairs.map((pair) => [pair.generated, pair.adjusted]));
  const rows = found.flatMap(({ pair, difference }): ForestRow[] => {
    const { value, lower, upper } = difference.difference;
    return value === null || lower === null || upper === null
      ? []
      : [
          {
            name: pair.behaviour,
            value,
            lower,
            upper,
            adjusted: measure === 'label-votes' ? (adjusted.get(pair.generated) ?? null) : null,
          },
        ];
  });
  const first = found[0]?.difference;
  return rows.length < 2 || first === undefined
    ? null
    : pairForest(rows, {
        measure,
        title: forestTitle(measure),
        heading: forests[measure],
        better: first.higherIsBetter ? 'right' : 'left',
        stamp: model.provisional?.sentence ?? '',
        margin: first.margin,
        unit: first.unit,
      });
}

/** The plots that show many sets beside each other; none where the report is no suite. */
export const suitePlots = (model: ReportModel): readonly ReportPlot[] =>
  model.suite === null
    ? []
    : [
        {
          id: 'suite-caterpillar',
          title: 'Labels upheld of every set',
          draw: () => caterpillarOf(model),
        },
        { id: 'suite-heat', title: 'Every set by every measure', draw: () => heatOf(model) },
        {
          id: 'suite-ambiguity',
          title: 'How many raters found an example unclear',
          draw: () => ambiguityOf(model),
        },
        ...(['label-votes', 'relevance', 'unclear'] as const).map((measure) => ({
          id: `suite-forest-${measure}`,
          title: forestTitle(measure),
          draw: () => forestOf(model, measure),
        })),
      ];
