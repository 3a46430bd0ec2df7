/**
 * The simulation behind the mean difference over pairs, in full:
 *
 *   node .build/bench/pooled.js [runs] [pairs]
 *
 * 5 to 154 pairs whose true differences vary by 0, .02 and .05 (relevance: 0, .1 and .25), 10 to 60
 * raters with equal and unequal work, 8 of them for each pair, shares near .95 and relevance, 30 to
 * 100 examples a set. Runs are those of up to 10 pairs, fewer of more; with `pairs` only the cases of
 * so many. Wanted, within two Monte Carlo errors: the interval of the mean holds the true mean in
 * 93 % or more, the prediction interval the true difference of a further pair in 93 % or more. How
 * often the interval of tau holds it stands beside them.
 */
import { createRandom } from '#statistics/random.js';
import { pooledDifference } from '#statistics/pooled.js';
import {
  drawPairs,
  furtherDifference,
  holdsMean,
  type PairsDesign,
  scales,
  trueDifference,
} from '../test/statistics/support/pooledPairs.js';

const most = Number(process.argv[2] ?? 1000);
const only = process.argv[3];
const runsOf = (pairs: number): number => Math.max(20, Math.round(most * Math.min(1, 10 / pairs)));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const crowds = [
  [10, 'equal'],
  [10, 'unequal'],
  [60, 'equal'],
  [60, 'unequal'],
] as const;
const measures = ['share', 'relevance'] as const;
const usual = { examples: [30, 100], leaning: 0.1, varying: 'both' } as const;
const betweenOf = (measure: PairsDesign['measure'], deviation: number): number =>
  measure === 'share' ? deviation : 5 * deviation;
const designs: PairsDesign[] = [5, 16, 60, 154].flatMap((pairs) =>
  measures.flatMap((measure) =>
    [0, 0.02, 0.05].flatMap((deviation) =>
      crowds.map(([raters, work]) => ({
        ...usual,
        pairs,
        raters,
        work,
        measure,
        between: betweenOf(measure, deviation),
      })),
    ),
  ),
);
// No leaning of raters towards one source, and much of it.
for (const measure of measures)
  for (const leaning of [0, 0.3])
    for (const pairs of [5, 16])
      designs.push({
        ...usual,
        pairs,
        raters: 30,
        work: 'unequal',
        measure,
        between: betweenOf(measure, 0.02),
        leaning,
      });
// Only generated sets vary, so that differences of shares are skewed.
for (const pairs of [5, 16, 60])
  for (const between of [0.02, 0.05])
    designs.push({
      ...usual,
      pairs,
      raters: 30,
      work: 'unequal',
      measure: 'share',
      between,
      varying: 'generated',
    });

say(
  'pairs  raters  work     measure    leaning  varying    tau   runs  mean held (error)  further held (error)  tau held  tau seen  width/true  width',
);
let outside = 0;
for (const design of designs.filter(({ pairs }) => only === undefined || pairs === Number(only))) {
  const { pairs, raters, work, measure, leaning, varying, between } = design;
  const random = createRandom(JSON.stringify(design));
  const runs = runsOf(pairs);
  const truth = trueDifference(measure);
  let [held, further, spread, known, width, squares, tau] = [0, 0, 0, 0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const found = pooledDifference(drawPairs(design, random), { scale: scales[measure] });
    if (found === null) continue;
    const { difference, prediction, betweenInterval } = found;
    tau += found.between / runs;
    squares += (difference.value - truth) ** 2 / runs;
    const next = furtherDifference(design, random);
    if (prediction === null || difference.interval === undefined || betweenInterval === null)
      continue;
    known++;
    held += Number(holdsMean(found, truth));
    further += Number(prediction.lower <= next && next <= prediction.upper);
    spread += Number(betweenInterval.lower <= between && between <= betweenInterval.upper);
    width += difference.interval.upper - difference.interval.lower;
  }
  const share = (count: number): [number, number] => [
    count / known,
    Math.sqrt(Math.max(0.05 * 0.95, (count / known) * (1 - count / known)) / known),
  ];
  const [mean, next, tauHeld] = [share(held), share(further), share(spread)];
  const wrong = [mean, next].some(([found, error]) => found < 0.93 - 2 * error);
  if (wrong) outside++;
  say(
    `${String(pairs).padStart(5)}  ${String(raters).padStart(6)}  ${work.padEnd(7)}  ${measure.padEnd(9)}  ${leaning.toFixed(2).padStart(7)}  ${varying.padEnd(9)}  ${between.toFixed(2)}  ${String(known).padStart(4)}  ${mean[0].toFixed(3)} (${mean[1].toFixed(3)})      ${next[0].toFixed(3)} (${next[1].toFixed(3)})         ${tauHeld[0].toFixed(3).padStart(8)}  ${tau.toFixed(3).padStart(8)}  ${(width / known / (2 * 1.96 * Math.sqrt(squares))).toFixed(2).padStart(10)}  ${(width / known).toFixed(3)}${wrong ? '  below' : ''}`,
  );
}
say(outside === 0 ? 'every case within its limits' : `${outside} cases below their limits`);
process.exitCode = outside === 0 ? 0 : 1;
