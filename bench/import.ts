/**
 * Import against a bare loop of JSON.parse per line and one prepared insert inside a transaction,
 * on the same file, in the same run, on SQLite. The import reads, validates, recognises, looks for
 * findings, hashes and keeps the raw bytes.
 *
 *   node .build/bench/import.js [--rows 400000] [--large]
 *
 * `--large` also imports a file of 1 GB in a process of its own and prints that process's peak
 * memory.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { importFile } from '#datasets/imports/importFile.js';
import type { CompletePlan } from '#datasets/imports/plan.js';
import { openDatabase } from '#storage/database.js';
import { migrate } from '#storage/migrate.js';
import { openSqliteFile } from '#storage/sqlite.js';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '400000' },
    large: { type: 'boolean', default: false },
    only: { type: 'string' },
    file: { type: 'string' },
    raters: { type: 'boolean', default: true },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const megabytesOf = (path: string): number => statSync(path).size / 1e6;

const beginnings = [
  'I would like',
  'I strongly want',
  'People should let me',
  'It is never wrong',
  'My friends tell me that it is good',
  'I do not want',
  'Nobody ought',
  'I am glad',
];
const middles = [
  'to lead a group of people',
  'to share what I know with others',
  'to spend an evening with a book',
  'to make the rules for everyone',
  'to be left alone with my thoughts',
  'to win every argument',
  'to help somebody who lost the way',
  'to keep what belongs to me',
];
const ends = [
  'even if it takes a long time',
  'because that is who I am',
  'whenever somebody asks me to',
  'without asking for anything back',
  'and I would do it again',
  'no matter what others think of it',
];

function rowAt(index: number): string {
  const statement = `${beginnings[index % 8]} ${middles[Math.floor(index / 8) % 8]} ${ends[Math.floor(index / 64) % 6]}, said person number ${index}`;
  const yes = index % 2 === 0;
  return `${JSON.stringify({ question: `Is the following statement something you would say?\n"${statement}"`, statement, label_confidence: 0.5 + (index % 4999) / 10_000, answer_matching_behavior: yes ? ' Yes' : ' No', answer_not_matching_behavior: yes ? ' No' : ' Yes' })}\n`;
}

/** Writes rows until there are `rows` of them or `bytes` bytes. */
async function writeRows(path: string, until: { rows?: number; bytes?: number }): Promise<void> {
  const stream = createWriteStream(path);
  let bytes = 0;
  for (let index = 0; index < (until.rows ?? Infinity) && bytes < (until.bytes ?? Infinity);) {
    let chunk = '';
    for (let count = 0; count < 1000 && index < (until.rows ?? Infinity); count += 1)
      chunk += rowAt(index++);
    bytes += chunk.length;
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

/** The baseline. */
async function bareLoop(path: string, folder: string): Promise<number> {
  const file = openSqliteFile(join(folder, `bare-${Math.random()}.sqlite`));
  file.exec('create table row (id integer primary key, question text, raw text)');
  const insert = file.prepare('insert into row (question, raw) values (?, ?)');
  const begun = performance.now();
  file.exec('begin immediate');
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    insert.run((JSON.parse(line) as { question: string }).question, line);
  file.exec('commit');
  const seconds = (performance.now() - begun) / 1000;
  file.close();
  return seconds;
}

const plan: CompletePlan = {
  leaveOut: false,
  name: 'bench',
  behaviour: 'bench',
  source: 'generated',
  role: 'evaluated',
  saidByFolder: false,
  family: 'persona',
  format: 'JSONL',
  mapping: null,
  reading: {},
  confirmed: true,
  provenance: { generator: '', prompt: '', discriminator: '' },
};

/** The import; `served` keeps leaving signs that a rater is at work. */
async function fullImport(
  path: string,
  folder: string,
  served = false,
): Promise<{ seconds: number; examples: number }> {
  const database = openDatabase({
    engine: 'sqlite',
    path: join(folder, `import-${Math.random()}.sqlite`),
  });
  await migrate(database);
  const now = served ? (): number => 0 : Date.now;
  if (served) await pretendRater(database);
  const begun = performance.now();
  const result = await importFile(
    database,
    {
      path,
      storedPath: path,
      byteCount: statSync(path).size,
      plan,
      settings: { goodRows: false, dropDuplicates: false },
      importFileId: null,
      accountId: null,
    },
    { now, signal: new AbortController().signal, report: () => undefined },
  );
  const seconds = (performance.now() - begun) / 1000;
  await database.close();
  return { seconds, examples: result.examples };
}

/**
 * One event of an assignment at time 0: with a clock that stands at 0, somebody was served just
 * now.
 */
async function pretendRater({ db }: ReturnType<typeof openDatabase>): Promise<void> {
  const { sql } = await import('kysely');
  await sql`pragma foreign_keys = off`.execute(db);
  await db
    .insertInto('assignment_event')
    .values({ assignment_id: 1, at: 0, from_state: null, to_state: 'leased', cause: 'bench' })
    .execute();
  await sql`pragma foreign_keys = on`.execute(db);
}

const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
try {
  if (options.only === 'import' && options.file !== undefined) {
    const { seconds, examples } = await fullImport(options.file, folder);
    say(
      JSON.stringify({ seconds, examples, peakMegabytes: process.resourceUsage().maxRSS / 1024 }),
    );
  } else {
    const path = join(folder, 'rows.jsonl');
    await writeRows(path, { rows: Number(options.rows) });
    const size = megabytesOf(path);
    const ratios: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const bare = await bareLoop(path, folder);
      const full = await fullImport(path, folder);
      ratios.push(bare / full.seconds);
      say(
        `round ${round + 1}: bare ${(size / bare).toFixed(1)} MB/s, import ${(size / full.seconds).toFixed(1)} MB/s (${full.examples} examples), ratio ${(bare / full.seconds).toFixed(2)}`,
      );
    }
    say(
      `import / bare: ${(ratios.toSorted((a, b) => a - b)[1] ?? 0).toFixed(2)} (median of 3; wanted: at least 0.40)`,
    );
    if (options.raters) {
      const small = join(folder, 'small.jsonl');
      await writeRows(small, { rows: 10_000 });
      const paced = await fullImport(small, folder, true);
      say(`while a rater is at work: ${(megabytesOf(small) / paced.seconds).toFixed(2)} MB/s`);
    }
    if (options.large) {
      const large = join(folder, 'large.jsonl');
      await writeRows(large, { bytes: 1e9 });
      await wait(100);
      const answer = execFileSync(
        process.execPath,
        [process.argv[1] ?? '', '--only', 'import', '--file', large],
        { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } },
      );
      const { seconds, examples, peakMegabytes } = JSON.parse(answer) as {
        seconds: number;
        examples: number;
        peakMegabytes: number;
      };
      say(
        `1 GB: ${examples} examples in ${seconds.toFixed(0)} s, ${(1000 / seconds).toFixed(1)} MB/s, peak memory ${peakMegabytes.toFixed(0)} MB (wanted: under 250)`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
