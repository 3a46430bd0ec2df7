import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commands } from '#stats/commands.js';
import { assay, installation } from '../support/commandLine.js';
import { commandRunner, type Ran } from '../support/commands.js';
import { simulateCrowd } from '../support/crowd.js';
import { csvRecords } from '../support/csv.js';
import { testDatabase } from '../support/database.js';

type Options = Readonly<Record<string, string>>;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-stats-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `stats consensus` over a file of this content. */
async function runner(): Promise<(content: string, options?: Options) => Promise<Ran>> {
  const file = join(newFolder(), 'ratings.csv');
  const run = commandRunner(await testDatabase(), commands);
  return (content, options) => {
    writeFileSync(file, content);
    return run('stats consensus', [file], options);
  };
}

const answers = ['yes', 'no', 'perhaps'];

/** 200 items with five votes each; the right answer stands in the first row of each item. */
function crowd(): string {
  const { ratings, truth } = simulateCrowd(
    {
      items: 200,
      votesPerItem: 5,
      judgmentsPerRater: 50,
      shares: [0.5, 0.3, 0.2],
      accuracy: 0.7,
      spread: 0.5,
    },
    'a crowd with gold',
  );
  const rows = [...ratings.items].map((item, row) =>
    [
      `item ${item}`,
      `rater ${ratings.raters[row]}`,
      answers[ratings.values[row] ?? 0],
      row === ratings.itemStart[item] ? answers[truth[item] ?? 0] : '',
    ].join(','),
  );
  return ['item,rater,value,right', ...rows].join('\n');
}

interface Calibration {
  readonly known: number;
  readonly compared: number;
  readonly claimed: number;
  readonly neverGiven: number;
  readonly right: { readonly value: number; readonly lower: number; readonly upper: number };
  readonly bins: readonly { readonly items: number; readonly meanConfidence: number }[];
}
const calibrationOf = ({ answer }: Ran): Calibration => answer['calibration'] as Calibration;

test('the consensus of a file, and how often it is right where the right answer is known', async () => {
  const run = await runner();
  const out = join(newFolder(), 'consensus.csv');
  const ran = await run(crowd(), { gold: 'right', out });
  const calibration = calibrationOf(ran);
  expect(calibration).toMatchObject({ known: 200, compared: 200, withoutModel: 0, ties: 0 });
  expect(Math.abs(calibration.claimed - calibration.right.value)).toBeLessThan(0.05);
  expect(calibration.right.lower).toBeLessThan(calibration.claimed);
  expect(calibration.right.upper).toBeGreaterThan(calibration.claimed);
  expect(calibration.bins.reduce((sum, { items }) => sum + items, 0)).toBe(200);
  for (const { items } of calibration.bins) expect(items).toBeGreaterThanOrEqual(20);
  expect(ran.said).toMatch(
    /200 items, 20 raters, 1,000 ratings\.\nconsensus for 200 items: its answers claim to be right in 0\.\d\d\d on average\n/,
  );
  expect(ran.said).toMatch(/claimed from +to +items +claimed +right\n +0\.\d+ +0\.\d+ +2\d /);
  expect(ran.said).toMatch(
    /overall: claimed 0\.\d\d\d, right 0\.\d\d\d {2}\[0\.\d+, 0\.\d+\] of 200 items\nexpected calibration error 0\.0\d\d; if the consensus were perfectly calibrated/,
  );
  const rows = csvRecords(readFileSync(out));
  expect(rows).toHaveLength(200);
  let right = 0;
  for (const row of rows) {
    const posterior: Record<string, number> = JSON.parse(row['posterior'] ?? '');
    expect(Object.keys(posterior).toSorted()).toEqual(answers.toSorted());
    expect(Math.max(...Object.values(posterior))).toBe(Number(row['probability']));
    expect(posterior[row['consensus'] ?? '']).toBe(Number(row['probability']));
    right += Number(row['consensus'] === row['gold']);
  }
  expect(right / 200).toBeCloseTo(calibration.right.value, 12);
});

test('known answers change nothing in the consensus', async () => {
  const run = await runner();
  const content = crowd();
  const [plain, known] = [await run(content), await run(content, { gold: 'right' })];
  expect(plain.answer['calibration']).toBeNull();
  expect(plain.answer['claimed']).toBe(known.answer['claimed']);
  // A right answer that nobody gave is no answer of the models; there the consensus is wrong.
  const other = await run(content.replaceAll(/(?<=,)yes$/gm, 'never'), { gold: 'right' });
  expect(other.answer['claimed']).toBe(known.answer['claimed']);
  expect(calibrationOf(other).right.value).toBeLessThan(calibrationOf(known).right.value - 0.3);
  // That it cannot be right there is said.
  const { length: never } = content.match(/(?<=,)yes$/gm) ?? [];
  expect(never).toBeGreaterThan(50);
  expect(calibrationOf(other).neverGiven).toBe(never);
  expect(calibrationOf(known).neverGiven).toBe(0);
  const words =
    /counted as wrong: (\d+) items with a right answer that no rater gave to any item\n/;
  expect(Number(words.exec(other.said)?.[1])).toBe(never);
  expect(known.said).not.toMatch(words);
});

const header = 'item,rater,value,right\n';
const three = (item: string, votes: string, gold = ''): string =>
  votes
    .split('')
    .map((vote, rater) => `${item},r${rater},${vote},${gold}\n`)
    .join('');

test('items with a single vote have no consensus, and are counted', async () => {
  const run = await runner();
  const many = Array.from({ length: 12 }, (_, item) => three(`i${item}`, 'aab', 'a')).join('');
  const ran = await run(`${header}${many}alone,r0,a,a\n`, { gold: 'right' });
  expect(calibrationOf(ran)).toMatchObject({ known: 13, compared: 12, withoutModel: 1 });
  expect(ran.said).toContain('consensus for 12 items');
  expect(ran.said).toContain('1 item with a single vote');
  expect(ran.said).toContain(
    'right answers are known for 13 items; left out: 1 without a consensus',
  );
});

test.each<[string, string, RegExp, Options]>([
  ['a single vote on each item', `${header}1,a,x,x\n2,b,y,x\n`, /^There is no consensus: /, {}],
  [
    'two right answers of one item',
    `${header}1,a,x,x\n1,b,x,\n1,c,y,y\n`,
    /^Item “1” has two right answers: “x” \(line 2\) and “y” \(line 4\)\.\n$/,
    { gold: 'right' },
  ],
  [
    'no right answer at all',
    `${header}${three('1', 'xxy')}`,
    /^The column of --gold holds no answer: every row is empty there\.\n$/,
    { gold: 'right' },
  ],
  [
    'a right answer that is no category',
    `${header}${three('1', 'xxy', 'z')}`,
    /^The right answer “z” \(line 2\) is not named by --categories\.\n$/,
    { gold: 'right', categories: 'x,y' },
  ],
  [
    'a column of right answers that is not there',
    `${header}${three('1', 'xxy')}`,
    /no column “truth”; .*\nName the columns with --item, --rater, --value, --gold\.\n$/s,
    { gold: 'truth' },
  ],
  [
    'the answers as right answers',
    `${header}${three('1', 'xxy')}`,
    /^--gold names the column of --value\./,
    { gold: 'value' },
  ],
  [
    'a file that cannot be written',
    `${header}${three('1', 'xxy')}${three('2', 'xyy')}`,
    /^The file .+ cannot be written\.\n$/,
    { out: '/nowhere/at/all.csv' },
  ],
])('%s: one sentence on standard error, status 1', async (_, content, words, options) => {
  const file = join(newFolder(), 'ratings.csv');
  writeFileSync(file, content);
  const outcome = await assay(
    await installation(),
    'stats',
    'consensus',
    file,
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  );
  expect([outcome.status, outcome.out]).toEqual([1, '']);
  expect(outcome.err).toMatch(words);
});

test('the command hangs under stats and takes none of its other options', async () => {
  const settings = await installation();
  const file = join(newFolder(), 'ratings.csv');
  writeFileSync(file, `${header}${three('1', 'xxy')}${three('2', 'xyy')}`);
  const understood = await assay(
    settings,
    'stats',
    'consensus',
    file,
    '--value',
    'value',
    '--json',
  );
  expect([understood.status, JSON.parse(understood.out).columns]).toEqual([
    0,
    { item: 'item', rater: 'rater', value: 'value' },
  ]);
  expect((await assay(settings, 'stats', file, '--level', 'nominal')).status).toBe(0);
  expect((await assay(settings, 'stats', 'consensus', file, '--level', 'nominal')).status).toBe(2);
});
