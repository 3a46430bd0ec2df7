/**
 * How often the intervals of the other weighted figures hold what they estimate: shares upheld of
 * everything, Brier score, filter curve, points of the ROC curve, bins.
 * node .build/bench/weightedFigures.js [runs] [case]
 * Wanted: .93 or more, within two Monte Carlo errors. The calibration error is left out: it is never
 * 0 in finite data, so that its interval lies above the truth, and is read beside chance.
 */
import { normalCdf, normalQuantile } from '#statistics/distributions.js';
import type { Estimate } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import { stratify } from '#statistics/stratified.js';
import {
  weightedBrier,
  weightedFilterCurve,
  weightedReliability,
} from '#statistics/weightedCalibration.js';
import { weightedRoc } from '#statistics/weightedRoc.js';
import { weightedPoweredShare } from '#statistics/weightedShare.js';
import { drawCandidates, drawJudged, planted } from '../test/statistics/support/stratified.js';

const runs = Number(process.argv[2] ?? 1000);
const only = process.argv[3];

const issue = { candidates: 5000, kept: 500, judgedKept: 200, judgedDropped: 200, auroc: 0.81 };
const cases = {
  '500 of 5,000 kept, 200 + 200 judged': planted(issue),
  'the same, 50 + 50': planted({ ...issue, judgedKept: 50, judgedDropped: 50 }),
  'the same, 100 + 500': planted({ ...issue, judgedKept: 100, judgedDropped: 500 }),
  '80 % positive': planted({ ...issue, positive: 0.8 }),
  '5 % positive': planted({ ...issue, positive: 0.05 }),
};
const keep = [1, 0.9, 0.5, 0.2, 0.1] as const;
const at = [0.05, 0.1, 0.3, 0.5, 0.8] as const;
const large = 200_000;

for (const [name, population] of Object.entries(cases)) {
  if (only !== undefined && !name.includes(only)) continue;
  // The population itself, the most confident first.
  const all = drawCandidates({ ...population, candidates: large }, createRandom(`truth ${name}`));
  const rightAbove = [0];
  for (const { right } of all) rightAbove.push((rightAbove.at(-1) ?? 0) + right);
  const shareOf = (from: number, to: number): number =>
    ((rightAbove[to] ?? 0) - (rightAbove[from] ?? 0)) / (to - from);
  const brier =
    all.reduce((sum, { confidence, right }) => sum + (confidence - right) ** 2, 0) / large;
  const held = new Map<string, { hits: number; all: number }>();
  const tally = (what: string, found: Estimate, truth: number): void => {
    const own = held.get(what) ?? { hits: 0, all: 0 };
    held.set(what, own);
    own.all++;
    if (found.kind === 'undefined' || found.interval === undefined) return;
    const { lower, upper } = found.interval;
    own.hits += Number(lower <= truth && truth <= upper);
  };
  const random = createRandom(`weighted figures ${name}`);
  for (let run = 0; run < runs; run++) {
    const { stratum, strata, confidence, right } = drawJudged(population, random, `${name} ${run}`);
    const sample = stratify(stratum, strata);
    if ('kind' in sample) continue;
    const options = { seed: run, replicates: 300 };
    const shares = weightedPoweredShare(sample, right, confidence, options);
    tally('share of everything', shares.plain, population.positive);
    tally('prediction-powered', shares.powered, population.positive);
    tally('Brier score', weightedBrier(sample, confidence, right, options), brier);
    const curve = weightedFilterCurve(sample, confidence, right, { ...options, keep });
    for (const [index, share] of keep.entries()) {
      const point = curve[index];
      if (point !== undefined) tally(`kept ${share}`, point.share, shareOf(0, share * large));
    }
    const roc = weightedRoc(sample, confidence, right, { ...options, at });
    if (!('kind' in roc))
      for (const { falsePositive, truePositive } of roc.band)
        tally(
          `curve at ${falsePositive}`,
          truePositive,
          normalCdf(population.distance - normalQuantile(1 - falsePositive)),
        );
    const bins = Math.max(1, Math.min(10, Math.floor(sample.n / 20)));
    for (const bin of weightedReliability(sample, confidence, right, { ...options, bins })) {
      const from = all.findIndex((one) => one.confidence <= bin.to);
      const below = all.findIndex((one) => one.confidence < bin.from);
      tally('bins', bin.share, shareOf(from, below === -1 ? large : below));
    }
  }
  const words = [...held].map(([what, { hits, all: of }]) => {
    const share = hits / of;
    return `${what} ${share.toFixed(3)} ± ${Math.sqrt((share * (1 - share)) / of).toFixed(3)}`;
  });
  process.stdout.write(`${name}, ${runs} studies: ${words.join('; ')}\n`);
}
