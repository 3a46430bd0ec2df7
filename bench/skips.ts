/**
 * How often skips and missing judgments are said to depend on the source where they do not:
 *
 *   node .build/bench/skips.js [runs]
 *
 * Two sets of 100 examples, 4 to 20 raters who skip 1 to 10 % of them, more or less from rater to
 * rater. Wanted, within two Monte Carlo errors: skips at most .065 everywhere, missing judgments at
 * most .065 where raters lean to no set; where they do, its test speaks of these raters alone.
 */
import { createRandom } from '#statistics/random.js';
import { missingTest, skipsDifference } from '#reports/model/comparison/completeness.js';
import { drawSkipping, type SkippingCrowd } from '../test/statistics/support/skipping.js';

const runs = Number(process.argv[2] ?? 1000);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const usual: SkippingCrowd = {
  raters: 10,
  items: 100,
  overlap: 3,
  chance: 0.03,
  rater: 1,
  item: 1,
  leaning: 0,
};
const crowds: SkippingCrowd[] = [
  ...[4, 5, 10, 20].flatMap((raters) =>
    [0.01, 0.1].flatMap((chance) =>
      [0, 0.7].map((leaning) => ({ ...usual, raters, chance, leaning })),
    ),
  ),
  { ...usual, rater: 0, item: 0 },
  { ...usual, raters: 4, chance: 0.2 },
  { ...usual, raters: 4, chance: 0.2, leaning: 0.7 },
  { ...usual, rater: 2 },
];

say('raters  chance  between raters  leaning  skips differ (error)  missing differ (error)');
let outside = 0;
for (const crowd of crowds) {
  const random = createRandom(JSON.stringify(crowd));
  let [skips, missing] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const [one, other] = drawSkipping(crowd, random);
    if ((skipsDifference(one.votes, other.votes).p ?? 1) <= 0.05) skips++;
    if ((missingTest(one.missing, other.missing, String(run)) ?? 1) <= 0.05) missing++;
  }
  const of = (found: number): readonly [number, number] => [
    found / runs,
    Math.sqrt((0.05 * 0.95) / runs),
  ];
  const [[ofSkips, error], [ofMissing]] = [of(skips), of(missing)];
  const most = 0.065 + 2 * error;
  const wrong = ofSkips > most || (crowd.leaning === 0 && ofMissing > most);
  if (wrong) outside++;
  say(
    `${String(crowd.raters).padStart(6)}  ${crowd.chance.toFixed(2).padStart(6)}  ${crowd.rater.toFixed(1).padStart(14)}  ${crowd.leaning.toFixed(1).padStart(7)}  ${ofSkips.toFixed(3)} (${error.toFixed(3)})         ${ofMissing.toFixed(3)} (${error.toFixed(3)})${wrong ? '  outside' : ''}`,
  );
}
say(outside === 0 ? 'every case within its limits' : `${outside} cases outside their limits`);
process.exitCode = outside === 0 ? 0 : 1;
