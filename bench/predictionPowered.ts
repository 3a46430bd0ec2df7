/**
 * How often the prediction-powered interval holds the share of the whole set, beside the plain
 * Wilson interval: node .build/bench/predictionPowered.js [runs]
 * Wanted: coverage of .93 or more within two Monte Carlo errors, or what Wilson's own has.
 */
import { sampleOf } from '#statistics/comparison/means.js';
import { normalQuantile } from '#statistics/distributions.js';
import type { Interval } from '#statistics/estimate.js';
import { predictionPoweredShare } from '#statistics/predictionPowered.js';
import { wilsonInterval } from '#statistics/proportions.js';
import { createRandom, randomNormal } from '#statistics/random.js';

const runs = Number(process.argv[2] ?? 1000);
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const grid = Array.from({ length: 500 }, (_, index) => normalQuantile((index + 0.5) / 500));

class Tally {
  private hits = 0;
  private sum = 0;
  constructor(private readonly truth: number) {}
  add({ lower, upper }: Interval): void {
    if (lower <= this.truth && this.truth <= upper) this.hits++;
    this.sum += upper - lower;
  }
  print(): string {
    const share = this.hits / runs;
    const error = Math.sqrt((share * (1 - share)) / runs);
    return `${share.toFixed(3)} ± ${error.toFixed(3)} width ${(this.sum / runs).toFixed(3)}`;
  }
}

process.stdout.write(`${runs} studies each; coverage ± Monte Carlo error, mean width\n`);
for (const undrawn of [100, 1000]) {
  for (const judged of [30, 50, 100, 300]) {
    for (const logit of [0.4, 1.4, 2.2, 2.9, 3.5]) {
      // How much examples differ in what the confidence tells.
      for (const told of [0, 1, 3]) {
        const centre = logit * (1 + told * 0.35);
        const chance = (effect: number): number => logistic(centre + told * effect);
        const truth = grid.reduce((sum, effect) => sum + chance(effect), 0) / grid.length;
        const random = createRandom(`powered ${undrawn} ${judged} ${logit} ${told}`);
        const [powered, plain] = [new Tally(truth), new Tally(truth)];
        for (let run = 0; run < runs; run++) {
          const drawn = Array.from({ length: judged + undrawn }, () => {
            const effect = randomNormal(random);
            return {
              confidence: logistic(centre + told * effect + 0.5 * randomNormal(random)),
              upheld: Number(random() < chance(effect)),
            };
          });
          const sample = drawn.slice(0, judged);
          const found = predictionPoweredShare(
            sample.map(({ upheld }) => upheld),
            sample.map(({ confidence }) => confidence),
            sampleOf(drawn.slice(judged).map(({ confidence }) => confidence)),
          );
          if (found.kind === 'estimate' && found.interval !== undefined)
            powered.add(found.interval);
          plain.add(wilsonInterval(sample.filter(({ upheld }) => upheld === 1).length, judged));
        }
        process.stdout.write(
          `${String(judged).padStart(3)} judged, ${String(undrawn).padStart(4)} not, share ${truth.toFixed(3)}, told ${told}: powered ${powered.print()}  plain ${plain.print()}\n`,
        );
      }
    }
  }
}
