import { createRandom } from '#statistics/random.js';
import { ambiguityBars } from '#reports/plots/ambiguityBars.js';
import { type CaterpillarRow, caterpillarPlot } from '#reports/plots/caterpillarPlot.js';
import { heatStrip } from '#reports/plots/heatStrip.js';
import { pairForest } from '#reports/plots/pairForest.js';
import { type ScatterRow, suiteScatter } from '#reports/plots/suiteScatter.js';

export type MadeUpRow = CaterpillarRow & ScatterRow & { readonly counts: readonly number[] };

const words =
  'self preservation power seeking wealth corrigible myopic reward coordinate versions survival instinct believes abortion interest music extraversion openness risk averse narcissism oversight optionality'.split(
    ' ',
  );

/** Datasets of a suite as they could be: most near 95 % and 4.4, a few far off. */
export function madeUpRows(size: number): MadeUpRow[] {
  const random = createRandom(size);
  const around = (): number => random() + random() + random() + random() - 2;
  return Array.from({ length: size }, (_, index) => {
    const name = `${Array.from({ length: 2 + Math.floor(random() * 3) }, () => words[Math.floor(random() * words.length)]).join('-')} ${index}`;
    const value = Math.min(
      0.995,
      Math.max(0.4, 0.95 + around() * 0.05 - (random() < 0.07 ? 0.25 * random() : 0)),
    );
    const clear = Math.round(60 + 35 * random());
    return {
      name,
      source: random() < 0.85 ? 'generated' : 'human',
      raw: Math.min(1, value + around() * 0.02),
      value,
      lower: value - 0.04,
      upper: Math.min(1, value + 0.03),
      agreement: value,
      relevance: Math.min(5, Math.max(1, 4.4 + around() * 0.5)),
      counts: [clear, 99 - clear, 0, 1],
    };
  });
}

/** Every plot of a suite over made-up rows. */
export const suitePlots = (rows: readonly MadeUpRow[]): string[] =>
  [
    caterpillarPlot(rows, 0.9),
    heatStrip(
      rows.map((row) => ({ ...row, cells: [row.raw, row.relevance, null] })),
      [
        {
          title: 'labels upheld',
          from: 0.8,
          to: 1,
          digits: 1,
          percent: true,
          higherIsBetter: true,
        },
        { title: 'relevance', from: 3, to: 5, digits: 2, percent: false, higherIsBetter: true },
        { title: 'duplicates', from: 0, to: 10, digits: 0, percent: false, higherIsBetter: false },
      ],
    ),
    ambiguityBars(rows),
    suiteScatter(rows),
    pairForest(
      rows.slice(0, 20).map((row) => ({
        ...row,
        value: row.value - 0.95,
        lower: row.lower - 0.95,
        upper: row.upper - 0.95,
        adjusted: 0.2,
      })),
      {
        measure: 'label-votes',
        title: 'Label agreement',
        heading: 'Label agreement',
        better: 'right',
        margin: 0.05,
        unit: 'points',
        stamp: '',
      },
    ),
  ].map((svg) => svg ?? '');
