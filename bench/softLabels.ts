/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
/**
 * Whether soft labels foretell the vote of a further rater, on simulated crowds and on real
 * crowd-labelled sets:
 *
 *   node .build/bench/softLabels.js [--sets ../shared/stats/crowd] [--runs 40]
 *
 * One vote of each item with two or more is left out, and foretold from the others: by the shares of
 * the votes, by these with half a vote added to every answer, and by the soft label. Printed are the
 * mean logarithmic loss in bits (infinite where a vote was called impossible), and how probable the
 * votes that were called most probable were said to be, and were: where the two are equal the
 * distribution is calibrated.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, type Random, randomInteger } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';
import { softLabels } from '#statistics/softLabels.js';
import { readCrowd, simulateCrowd } from '../test/support/crowd.js';

const { values: options } = parseArgs({
  options: {
    sets: {
      type: 'string',
      default: resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'stats', 'crowd'),
    },
    runs: { type: 'string', default: '40' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

type Rule = 'shares' | 'half a vote' | 'soft label';
interface Score {
  votes: number;
  bits: number;
  claimed: number;
  right: number;
}
const scores = (): Record<Rule, Score> => ({
  shares: { votes: 0, bits: 0, claimed: 0, right: 0 },
  'half a vote': { votes: 0, bits: 0, claimed: 0, right: 0 },
  'soft label': { votes: 0, bits: 0, claimed: 0, right: 0 },
});

/** Leaves one vote of each item with two or more out; returns it beside the rest. */
function leftOut(ratings: Ratings, random: Random): { rest: Ratings; vote: Int32Array } {
  const vote = new Int32Array(ratings.itemCount).fill(-1);
  const dropped = new Set<number>();
  for (let item = 0; item < ratings.itemCount; item++) {
    const [from, to] = [ratings.itemStart[item]!, ratings.itemStart[item + 1]!];
    if (to - from < 2) continue;
    const row = from + randomInteger(to - from, random);
    dropped.add(row);
    vote[item] = ratings.values[row]!;
  }
  const rows = [...ratings.items.keys()].filter((row) => !dropped.has(row));
  const pick = (values: Int32Array): Int32Array => Int32Array.from(rows, (row) => values[row]!);
  return {
    vote,
    rest: buildRatings(
      {
        ...ratings,
        items: pick(ratings.items),
        raters: pick(ratings.raters),
        values: pick(ratings.values),
      },
      'all',
    ),
  };
}

function score(into: Record<Rule, Score>, ratings: Ratings, random: Random): void {
  const { rest, vote } = leftOut(ratings, random);
  for (const { item, ratings: votes, voteShares, expected } of softLabels(rest)) {
    const said = vote[item]!;
    if (said < 0 || expected === null) continue;
    const half = voteShares.map(
      (share) => (share * votes + 0.5) / (votes + 0.5 * voteShares.length),
    );
    for (const [rule, shares] of [
      ['shares', voteShares],
      ['half a vote', half],
      ['soft label', expected],
    ] as const) {
      const own = into[rule];
      const highest = Math.max(...shares);
      const leaders = [...shares.keys()].filter((answer) => shares[answer]! >= highest - 1e-12);
      own.votes++;
      own.bits -= Math.log2(shares[said]!);
      own.claimed += highest;
      own.right += leaders.includes(said) ? 1 / leaders.length : 0;
    }
  }
}

const rules: readonly Rule[] = ['shares', 'half a vote', 'soft label'];
say(`${'bits; claimed, right'.padEnd(34)}${rules.map((rule) => rule.padStart(24)).join('')}`);
function line(name: string, found: Record<Rule, Score>): void {
  say(
    `${name.padEnd(34)}${rules
      .map((rule) => {
        const { votes, bits, claimed, right } = found[rule];
        return `${(bits / votes).toFixed(4)}; ${(claimed / votes).toFixed(3)}, ${(right / votes).toFixed(3)}`.padStart(
          24,
        );
      })
      .join('')}`,
  );
}

for (const answers of [2, 4])
  for (const votesPerItem of [3, 5])
    for (const accuracy of [0.6, 0.9, 0.98]) {
      const found = scores();
      for (let run = 0; run < Number(options.runs); run++) {
        const seed = `soft ${answers} ${votesPerItem} ${accuracy} ${run}`;
        const { ratings } = simulateCrowd(
          {
            items: 100,
            votesPerItem,
            judgmentsPerRater: 15,
            shares: Array.from({ length: answers }, () => 1 / answers),
            accuracy,
            spread: 0.5,
          },
          seed,
        );
        score(found, ratings, createRandom(`${seed} left out`));
      }
      line(`simulated ${answers} answers, k ${votesPerItem}, ${accuracy}`, found);
    }

if (!existsSync(options.sets)) say(`There are no sets in ${options.sets}: give --sets FOLDER.`);
else
  for (const file of readdirSync(options.sets)
    .filter((name) => name.endsWith('.labels.csv'))
    .toSorted()) {
    const name = file.slice(0, -11);
    const found = scores();
    const { ratings } = readCrowd(options.sets, name);
    for (let run = 0; run < 5; run++) score(found, ratings, createRandom(`${name} ${run}`));
    line(name, found);
  }
