/**
 * Coverage of the interval of how much raters differ in their leaning to a source:
 *
 *   node .build/bench/raterLeaning.js [runs]
 *
 * Votes on labels and ratings of relevance by 5 to 60 raters with equal and unequal work, whose true
 * differences of the two means have a standard deviation of 0 to .15 (relevance: 0 to .5). Wanted,
 * within two Monte Carlo errors: the interval holds the true deviation in 93 % or more, and its lower
 * limit is above 0 in at most 3.5 % where nobody leans.
 */
import { createRandom } from '#statistics/random.js';
import { leaningDesigns, tryLeaning } from '../test/statistics/support/leaning.js';

const runs = Number(process.argv[2] ?? 1000);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(
  'measure    share  raters  work     items  k  true    held (error)  shown above 0  mean estimate  mean limits',
);
let outside = 0;
for (const design of leaningDesigns) {
  const random = createRandom(JSON.stringify(design));
  const { truth, held, above, estimate, lower, upper } = tryLeaning(design, runs, random);
  const error = Math.sqrt(Math.max(0.05 * 0.95, held * (1 - held)) / runs);
  const falsely = Math.sqrt((0.025 * 0.975) / runs);
  const wrong = held < 0.93 - 2 * error || (truth === 0 && above > 0.035 + 2 * falsely);
  if (wrong) outside++;
  const { measure, share, raters, busiest, items, overlap } = design;
  say(
    `${measure.padEnd(9)}  ${share === null ? '    –' : share.toFixed(3)}  ${String(raters).padStart(6)}  ${(busiest === undefined ? 'equal' : `five ${busiest}`).padEnd(7)}  ${String(items).padStart(5)}  ${overlap}  ${truth.toFixed(3)}  ${held.toFixed(3)} (${error.toFixed(3)})  ${above.toFixed(3).padStart(13)}  ${estimate.toFixed(3).padStart(13)}  ${lower.toFixed(3)} to ${upper.toFixed(3)}${wrong ? '  outside' : ''}`,
  );
}
say(outside === 0 ? 'every case within its limits' : `${outside} cases outside their limits`);
process.exitCode = outside === 0 ? 0 : 1;
