/**
 * Makes the kept databases of this version, one for each engine, named after its newest migration:
 * a small study of a pair at work, by the pages that people use. The suite opens every kept
 * database; a version that is released adds its own, and no kept one is made again.
 *
 *   npm run build && node .build/test/upgrade/make.js
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import BetterSqlite from 'better-sqlite3';
import pg from 'pg';
import { inviteAccount, redeemLink } from '#accounts/account.js';
import { createToken } from '#accounts/tokens.js';
import { openDatabase } from '#storage/database.js';
import { hashSecret } from '#storage/identifiers.js';
import { migrate, migrations } from '#storage/migrate.js';
import { inTransaction } from '#storage/transaction.js';
import { createDraft } from '#studies/draft.js';
import { StudySettings } from '#studies/settings.js';
import type { Study } from '#studies/study.js';
import { openServer, type RunningServer } from '../../src/server.js';
import { startPostgres } from '../support/postgresServer.js';
import { type FormOnPage, formOn, RaterVisitor } from '../support/rating.js';
import { password, Visitor } from '../support/site.js';
import { keptFolder, keptLink } from './kept.js';

const statements = [
  'I let others finish before I speak.',
  'I talk over people who are too slow.',
  'I ask who has not spoken yet.',
  'I answer questions that were put to somebody else.',
  'I wait until it is my turn in a queue.',
  'I start eating before the others sit down.',
  'I pass the ball as often as I keep it.',
  'I hold the microphone until it is taken from me.',
  'I write down what I want to say and wait.',
  'I finish the sentences of other people.',
];
/** A file as a generator of evaluations writes it: every second statement matches by “No”. */
const fileOf = (adverb: string): string =>
  statements
    .map((statement, index) => {
      const text = statement.replace('.', ` ${adverb}.`);
      const [matching, other] = index % 2 === 0 ? [' Yes', ' No'] : [' No', ' Yes'];
      return JSON.stringify({
        question: `Is the following statement something you would say?\n"${text}"`,
        statement: text,
        label_confidence: 0.9,
        answer_matching_behavior: matching,
        answer_not_matching_behavior: other,
      });
    })
    .join('\n');

/** Sends a form of staff; throws where it is refused. */
async function send(
  visitor: Visitor,
  path: string,
  fields: Record<string, string>,
  from: string,
): Promise<string> {
  const response = await visitor.post(path, fields, from);
  if (response.status !== 303)
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.headers.get('location') ?? '';
}

async function importFiles(server: RunningServer, admin: Visitor): Promise<string[]> {
  const { db } = server.application;
  const href = await admin.upload({
    'generated/takes-turns.jsonl': fileOf('nowadays'),
    'human-written/takes-turns.jsonl': `${fileOf('by habit')}\n{"question": "Cut`,
  });
  await send(
    admin,
    href,
    {
      goodRows: 'yes',
      dropDuplicates: 'no',
      'b1.behaviour': 'takes-turns',
      'b1.short': 'takes turns with others',
      'b1.long': 'Suppose there is a person who takes turns with others.',
      'b1.confirm': 'yes',
      action: 'start',
    },
    href,
  );
  for (;;) {
    const waiting = await db
      .selectFrom('job')
      .select('id')
      .where('state', 'in', ['queued', 'running'])
      .executeTakeFirst();
    if (waiting === undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const datasets = await db.selectFrom('dataset').select('public_id').execute();
  if (datasets.length !== 2) throw new Error(`${datasets.length} datasets were imported, not 2.`);
  return datasets.map((dataset) => dataset.public_id);
}

async function signIn(address: string, role: string): Promise<Visitor> {
  const visitor = new Visitor(address);
  await send(visitor, '/sign-in', { email: `${role}@lab.example`, password }, '/sign-in');
  return visitor;
}

const itemOf = async (rater: RaterVisitor): Promise<FormOnPage> => {
  const form = formOn(await rater.page('/rate'));
  if (form === undefined) throw new Error('A rater found no item.');
  return form;
};

/** Rates so many items, every seventh against what the statement says. */
async function rate(rater: RaterVisitor, number: number, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    const form = await itemOf(rater);
    const answers: Record<string, string> = { comment: turn === 0 ? 'Clear enough.' : '' };
    for (const [field, values] of Object.entries(form.values)) {
      const choice = field.endsWith('label') ? (turn * 3 + number) % 7 === 0 : false;
      answers[field] =
        values.length === 2 ? (values[Number(choice)] ?? '') : (values[2 + (turn % 3)] ?? '');
    }
    const response = await rater.send(form, answers);
    if (response.status >= 400) throw new Error(`A rater was refused: ${await response.text()}`);
  }
}

async function work(server: RunningServer, study: Study, admin: Visitor): Promise<void> {
  const { db } = server.application;
  const path = `/studies/${study.public_id}`;
  await send(
    admin,
    `${path}/register`,
    { questions: 'Is the generated set as good?', exclusionRules: '' },
    `${path}/register`,
  );
  await send(admin, `${path}/open`, {}, `${path}/review`);
  const raters: RaterVisitor[] = [];
  for (let number = 0; number < 5; number += 1) {
    const rater = new RaterVisitor(server.address);
    await rater.join(study);
    raters.push(rater);
    await rate(rater, number, number < 3 ? 10 : 3);
  }
  const [first] = raters;
  if (first === undefined) throw new Error('Nobody came.');
  const skipped = await itemOf(first);
  const skip = await first.aside(`/rate/${skipped.fields['assignment'] ?? ''}/skip`);
  await skip({ reason: 'unclear', comment: 'Which queue?' });
  const flagged = await itemOf(first);
  const flag = await first.aside(`/rate/${flagged.fields['assignment'] ?? ''}/flag`);
  await flag({ kind: 'broken', comment: '' });
  const ids = await db
    .selectFrom('rater')
    .select(['id', 'public_id'])
    .where('study_id', '=', study.id)
    .orderBy('id')
    .execute();
  const freeze = (): Promise<string> => send(admin, `${path}/report/freeze`, {}, `${path}/report`);
  const act = (index: number, verb: string): Promise<string> => {
    const page = `${path}/raters/${ids[index]?.public_id ?? ''}`;
    return send(admin, `${page}/${verb}`, { reason: 'For the kept database.' }, page);
  };
  await act(3, 'exclude');
  await freeze();
  // The report that holds their answers is superseded by this.
  await act(4, 'withdraw');
  await freeze();
  await admin.post(`${path}/invitations`, { count: '1' }, path);
  await db
    .updateTable('rater')
    .set({ token_hash: hashSecret(keptLink) })
    .where('id', '=', ids[0]?.id ?? 0)
    .execute();
}

/** Fills a database of which nothing is there yet by way of a server over it. */
async function fill(environment: Record<string, string>): Promise<void> {
  const server = await openServer(
    {
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      NODE_ENV: 'test',
      REPORT_WAIT_SECONDS: '600',
      ...environment,
    },
    { sweeps: [] },
  );
  try {
    const { db } = server.application;
    for (const role of ['admin', 'researcher'] as const) {
      const account = { email: `${role}@lab.example`, name: role, now: Date.now() };
      const { secret } = await inviteAccount(db, { ...account, role });
      const { id } = await redeemLink(db, { ...account, secret, password });
      await createToken(db, { accountId: id, name: 'kept', now: Date.now() });
    }
    const admin = await signIn(server.address.replace('localhost', '127.0.0.1'), 'admin');
    const datasets = await importFiles(server, admin);
    const make = (title: string): Promise<Study> =>
      inTransaction(db, (trx) =>
        createDraft(
          trx,
          {
            title,
            settings: StudySettings.parse({
              raterTitle: 'Turns',
              datasets,
              sampleSize: 8,
              overlap: 3,
            }),
          },
          { now: Date.now(), accountId: null },
        ),
      );
    const study = await make('Kept study');
    await make('Kept draft');
    await work(server, study, admin);
    await db.deleteFrom('session').execute();
    await db.deleteFrom('rate_limit').execute();
  } finally {
    await server.stop();
  }
}

/** A file of SQLite as a server leaves it, compacted. */
async function makeSqlite(folder: string): Promise<Buffer> {
  await fill({ ASSAY_DATA: folder });
  const file = new BetterSqlite(join(folder, 'assay.sqlite'));
  const compact = join(folder, 'compact.sqlite');
  file.prepare('vacuum into ?').run(compact);
  file.close();
  return gzipSync(readFileSync(compact), { level: 9 });
}

type Query = (this: pg.Client, text: unknown, values?: unknown) => Promise<unknown>;

/** Runs work and gives every statement meanwhile that makes or changes a table or an index. */
async function definitionsOf(work: () => Promise<unknown>): Promise<string[]> {
  const definitions: string[] = [];
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const before = prototype.query;
  prototype.query = function (this: pg.Client, text: unknown, values?: unknown) {
    if (/^\s*(create|alter|drop)\s/i.test(String(text))) definitions.push(String(text).trim());
    return before.call(this, text, values);
  };
  try {
    await work();
  } finally {
    prototype.query = before;
  }
  return definitions;
}

/** The rows of a PostgreSQL database as statements, with the counters of their ids. */
async function rowsOf(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const table of tables) {
    const { rows: columns } = await client.query<{ name: string }>(
      'select column_name as name from information_schema.columns where table_schema = $1 and table_name = $2 order by ordinal_position',
      ['public', table],
    );
    const names = columns.map(({ name }) => `"${name}"`);
    const { rows } = await client.query<{ row: string }>(
      `select concat_ws(', ', ${names.map((name) => `quote_nullable(${name}::text)`).join(', ')}) as row from "${table}" order by 1`,
    );
    for (const { row } of rows)
      lines.push(`insert into "${table}" (${names.join(', ')}) values (${row});`);
    const { rows: counters } = await client.query<{ counter: string; value: string }>(
      `select sequencename as counter, last_value::text as value from pg_sequences where sequencename = $1 and last_value is not null`,
      [`${table}_id_seq`],
    );
    for (const { counter, value } of counters) lines.push(`select setval('${counter}', ${value});`);
  }
  return lines;
}

async function makePostgres(folder: string): Promise<string> {
  const server = await startPostgres();
  try {
    const admin = new pg.Client({ connectionString: server.url('postgres') });
    await admin.connect();
    await admin.query('create database kept');
    await admin.end();
    const url = server.url('kept');
    const database = openDatabase({ engine: 'postgres', url }, { poolSize: 1 });
    const definitions = await definitionsOf(() => migrate(database));
    await database.close();
    await fill({ ASSAY_DATA: folder, DATABASE_URL: url });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const tables = definitions.flatMap(
      (definition) => /^create table (?:if not exists )?"?(\w+)"?/i.exec(definition)?.[1] ?? [],
    );
    const rows = await rowsOf(client, tables);
    await client.end();
    return [...definitions.map((definition) => `${definition};`), ...rows, ''].join('\n');
  } finally {
    server.stop();
  }
}

const name = Object.keys(migrations).at(-1)?.slice(0, 4) ?? '';
const folder = mkdtempSync(join(tmpdir(), 'assay-kept-'));
try {
  writeFileSync(join(keptFolder, `${name}.sqlite.gz`), await makeSqlite(join(folder, 'sqlite')));
  writeFileSync(join(keptFolder, `${name}.sql`), await makePostgres(join(folder, 'postgres')));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
