/**
 * Whether the consensus is as often right as it claims, on simulated crowds:
 *   node .build/bench/calibration.js [--sets 200] [--votes 2,3,5] [--spread 0,0.7]
 *                                    [--accuracy 0.6,0.75,0.9,0.98]
 *
 * The last three take a part of the cells: those with so many votes, with raters whose accuracies
 * differ by so much in log-odds, with such accuracies. Every cell has a seed of its own, so that
 * parts give the same figures as the whole.
 * 100 examples with 2 to 5 votes, 2 to 9 answers that are equally frequent or not, raters with 3 to
 * 60 judgments, right in .6 to .98 of them, alike or unequal. Claimed is the mean probability of
 * the most probable answer. Wanted: within .03 of the share that is right, two Monte Carlo errors
 * allowed; no cell with three votes or more and five judgments a rater or more is refused. Ends
 * with 1 where a cell misses. Then a calibration curve over all examples, and smaller and other
 * crowds that are no part of the grid.
 */
import { parseArgs } from 'node:util';
import { consensus } from '#statistics/consensus/panel.js';
import { reliabilityBins } from '#statistics/calibration.js';
import { valueOf } from '#statistics/estimate.js';
import { type Crowd, rightAndClaimed, simulateCrowd } from '../test/support/crowd.js';

const { values: options } = parseArgs({
  options: {
    sets: { type: 'string', default: '200' },
    votes: { type: 'string', default: '2,3,5' },
    spread: { type: 'string', default: '0,0.7' },
    accuracy: { type: 'string', default: '0.6,0.75,0.9,0.98' },
  },
});
const sets = Number(options.sets);
const numbers = (list: string): number[] => list.split(',').map(Number);
const [votes, spreads, accuracies] = [
  numbers(options.votes),
  numbers(options.spread),
  numbers(options.accuracy),
];
const tolerance = 0.03;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

interface Cell extends Crowd {
  readonly kind: string;
}

const equal = (answers: number): number[] => Array.from({ length: answers }, () => 1 / answers);
/** The first answer has that share, the others the same share each of the rest. */
const first = (answers: number, share: number): number[] =>
  equal(answers).map((_, answer) => (answer === 0 ? share : (1 - share) / (answers - 1)));

const cells = (votes: readonly number[], spread: number): Cell[] =>
  votes.flatMap((votesPerItem) =>
    [2, 4, 9].flatMap((answers) =>
      [
        { kind: 'equal', shares: equal(answers) },
        { kind: 'first .7', shares: first(answers, 0.7) },
      ].flatMap(({ kind, shares }) =>
        [3, 5, 15, 60].flatMap((judgmentsPerRater) =>
          [0.6, 0.75, 0.9, 0.98].map((accuracy) => ({
            kind,
            items: 100,
            votesPerItem,
            judgmentsPerRater,
            shares,
            accuracy,
            spread,
          })),
        ),
      ),
    ),
  );
const all = [...cells([2, 3, 5], 0), ...cells([3], 0.7)];
const grid = all.filter(
  ({ votesPerItem, spread = 0, accuracy }) =>
    votes.includes(votesPerItem) && spreads.includes(spread) && accuracies.includes(accuracy),
);

interface Outcome {
  readonly right: number;
  readonly claimed: number;
  /** Monte Carlo error of the difference. */
  readonly error: number;
  readonly refused: number;
}

const claims: number[] = [];
const truths: number[] = [];

function measure(cell: Cell, keep: boolean): Outcome {
  const found: { right: number; claimed: number }[] = [];
  const seed = JSON.stringify(cell);
  for (let set = 0; set < sets; set++) {
    const { ratings, truth } = simulateCrowd(cell, `${seed} ${set}`);
    const panel = consensus(ratings);
    if (panel.kind === 'undefined') continue;
    const { right, claimed } = rightAndClaimed(panel.posterior, truth);
    found.push({ right: mean(right), claimed: mean(claimed) });
    if (!keep) continue;
    for (const [index, claim] of claimed.entries()) {
      const was = right[index] ?? 0;
      if (was !== 0 && was !== 1) continue;
      claims.push(claim);
      truths.push(was);
    }
  }
  const gaps = found.map((one) => one.claimed - one.right);
  const gap = mean(gaps);
  return {
    right: mean(found.map((one) => one.right)),
    claimed: mean(found.map((one) => one.claimed)),
    error: Math.sqrt(
      gaps.reduce((sum, value) => sum + (value - gap) ** 2, 0) / (gaps.length - 1) / gaps.length,
    ),
    refused: sets - found.length,
  };
}

const misses = (cell: Cell, { right, claimed, error, refused }: Outcome): boolean =>
  Math.abs(claimed - right) > tolerance + 2 * error ||
  (refused > 0 && cell.votesPerItem >= 3 && cell.judgmentsPerRater >= 5);

const heading =
  'votes answers shares    judgments accuracy spread | right  claimed  difference (error) refused';
function line(cell: Cell, { right, claimed, error, refused }: Outcome): string {
  const difference = claimed - right;
  return [
    String(cell.votesPerItem).padStart(5),
    String(cell.shares.length).padStart(7),
    ` ${cell.kind.padEnd(9)}`,
    String(cell.judgmentsPerRater).padStart(9),
    cell.accuracy.toFixed(2).padStart(8),
    (cell.spread ?? 0).toFixed(1).padStart(6),
    '|',
    right.toFixed(3),
    claimed.toFixed(3).padStart(7),
    `${difference < 0 ? '' : '+'}${difference.toFixed(3)} (${error.toFixed(3)})`.padStart(16),
    refused === 0 ? '' : String(refused),
  ].join(' ');
}

say(`${sets} simulated sets a cell`);
say(heading);
const results = grid.map((cell) => {
  const outcome = measure(cell, true);
  say(`${line(cell, outcome)}${misses(cell, outcome) ? ' MISSES' : ''}`);
  return { cell, outcome, far: Math.abs(outcome.claimed - outcome.right) };
});
const missed = results.filter(({ cell, outcome }) => misses(cell, outcome));
say(`\n${missed.length} of ${grid.length} cells miss. The ten that are furthest off:`);
say(heading);
for (const { cell, outcome } of results.toSorted((one, other) => other.far - one.far).slice(0, 10))
  say(line(cell, outcome));

say('\nCalibration curve over all examples of the grid');
say('claimed from  to     mean   right    examples');
for (const bin of reliabilityBins(claims, truths, { binning: 'equal-width', bins: 10 }))
  say(
    `${bin.from.toFixed(3).padStart(12)}  ${bin.to.toFixed(3)}  ${bin.meanConfidence.toFixed(3)}  ${(valueOf(bin.share) ?? 0).toFixed(3)}  ${String(bin.items).padStart(9)}`,
  );

say('\nFewer examples, not counted above');
say(heading);
for (const items of [10, 30])
  for (const accuracy of [0.7, 0.95])
    for (const answers of [2, 4]) {
      const cell: Cell = {
        kind: `n = ${items}`,
        items,
        votesPerItem: 3,
        judgmentsPerRater: 10,
        shares: equal(answers),
        accuracy,
      };
      say(line(cell, measure(cell, false)));
    }
process.exitCode = missed.length === 0 ? 0 : 1;
