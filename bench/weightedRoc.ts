/**
 * How often the interval of the weighted area under the ROC curve holds the planted truth, beside
 * what the unweighted areas come to: node .build/bench/weightedRoc.js [runs] [case]
 * Wanted: coverage of .93 to .97, within two Monte Carlo errors; more where classes hardly overlap.
 */
import { aurocDeLong } from '#statistics/calibration.js';
import { type Estimate, valueOf } from '#statistics/estimate.js';
import { createRandom, type Random } from '#statistics/random.js';
import { standardDeviation } from '#statistics/summary.js';
import { stratify } from '#statistics/stratified.js';
import { weightedAuroc } from '#statistics/weightedRoc.js';
import { drawJudged, type Planted, planted } from '../test/statistics/support/stratified.js';

const runs = Number(process.argv[2] ?? 1000);
const only = process.argv[3];

const issue = { candidates: 5000, kept: 500, judgedKept: 200, judgedDropped: 200, auroc: 0.81 };
const cases: Readonly<Record<string, Planted>> = {
  '500 of 5,000 kept, 200 + 200 judged': planted(issue),
  'the same, 100 + 100': planted({ ...issue, judgedKept: 100, judgedDropped: 100 }),
  'the same, 50 + 50': planted({ ...issue, judgedKept: 50, judgedDropped: 50 }),
  'the same, 100 + 500 (50 a stratum)': planted({ ...issue, judgedKept: 100, judgedDropped: 500 }),
  'the same, 200 + 1,000 (100 a stratum)': planted({
    ...issue,
    judgedKept: 200,
    judgedDropped: 1000,
  }),
  'the same, 300 + 60': planted({ ...issue, judgedKept: 300, judgedDropped: 60 }),
  'half kept': planted({ ...issue, kept: 2500 }),
  'one label': planted({ ...issue, labels: [1] }),
  'labels 97 : 3, strata of one and none': planted({ ...issue, labels: [0.97, 0.03] }),
  'few candidates: 60 of 300 kept, all judged but 100': planted({
    candidates: 300,
    kept: 60,
    judgedKept: 60,
    judgedDropped: 140,
    auroc: 0.81,
  }),
  '80 % positive': planted({ ...issue, positive: 0.8 }),
  '95 % positive': planted({ ...issue, positive: 0.95 }),
  '95 % positive, 100 + 100': planted({
    ...issue,
    positive: 0.95,
    judgedKept: 100,
    judgedDropped: 100,
  }),
  '95 % positive, 50 + 50': planted({
    ...issue,
    positive: 0.95,
    judgedKept: 50,
    judgedDropped: 50,
  }),
  '20 % positive': planted({ ...issue, positive: 0.2 }),
  '5 % positive': planted({ ...issue, positive: 0.05 }),
  'area .5': planted({ ...issue, auroc: 0.5 }),
  'area .65': planted({ ...issue, auroc: 0.65 }),
  'area .95': planted({ ...issue, auroc: 0.95 }),
  'area .99': planted({ ...issue, auroc: 0.99 }),
  'area .99, 50 + 50': planted({ ...issue, auroc: 0.99, judgedKept: 50, judgedDropped: 50 }),
  'area 1': planted({ ...issue, auroc: 1 }),
  'confidence in steps of .1': planted({ ...issue, rounded: 10 }),
};

class Tally {
  private hits = 0;
  private undefineds = 0;
  private readonly values: number[] = [];
  private width = 0;
  constructor(private readonly truth: number) {}
  add(found: Estimate): void {
    if (found.kind === 'undefined' || found.interval === undefined) {
      this.undefineds++;
      return;
    }
    const { lower, upper } = found.interval;
    if (lower <= this.truth && this.truth <= upper) this.hits++;
    this.values.push(found.value);
    this.width += upper - lower;
  }
  print(): string {
    const n = this.values.length;
    const share = this.hits / n;
    const average = this.values.reduce((sum, value) => sum + value, 0) / n;
    const none = this.undefineds > 0 ? `, ${this.undefineds} without an interval` : '';
    return `${average.toFixed(3)} ± ${(standardDeviation(this.values) ?? 0).toFixed(3)}, covers ${share.toFixed(3)} ± ${Math.sqrt((share * (1 - share)) / n).toFixed(3)}, width ${(this.width / n).toFixed(3)}${none}`;
  }
}

/** Kept and dropped together, and kept alone, as if all had been drawn alike. */
function unweighted(judged: ReturnType<typeof drawJudged>): [number | null, number | null] {
  const of = (keep: (unit: number) => boolean): number | null => {
    const units = [...judged.right.keys()].filter(keep);
    return valueOf(
      aurocDeLong(
        units.map((unit) => judged.confidence[unit] ?? 0),
        units.map((unit) => judged.right[unit] ?? 0),
      ),
    );
  };
  return [of((unit) => judged.strata[judged.stratum[unit] ?? 0]?.part === 0), of(() => true)];
}

const spreadOf = (values: readonly (number | null)[]): string => {
  const known = values.flatMap((value) => value ?? []);
  if (known.length === 0) return 'none';
  const average = known.reduce((sum, value) => sum + value, 0) / known.length;
  return `${average.toFixed(2)} ± ${(standardDeviation(known) ?? 0).toFixed(2)}`;
};

process.stdout.write(
  `${runs} studies each; mean ± deviation, coverage ± Monte Carlo error, mean width\n`,
);
for (const [name, population] of Object.entries(cases)) {
  if (only !== undefined && !name.includes(only)) continue;
  const random: Random = createRandom(`weighted roc ${name}`);
  const weighted = new Tally(population.truth);
  const [kept, both]: [(number | null)[], (number | null)[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    const judged = drawJudged(population, random, `${name} ${run}`);
    const sample = stratify(judged.stratum, judged.strata);
    weighted.add(
      'kind' in sample
        ? sample
        : weightedAuroc(sample, judged.confidence, judged.right, { seed: run, replicates: 500 }),
    );
    const [keptOnly, mixed] = unweighted(judged);
    kept.push(keptOnly);
    both.push(mixed);
  }
  process.stdout.write(
    `${name}: truth ${population.truth.toFixed(3)}; weighted ${weighted.print()}; unweighted: kept ${spreadOf(kept)}, both ${spreadOf(both)}\n`,
  );
}
