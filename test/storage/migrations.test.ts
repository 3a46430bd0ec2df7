import { type Kysely, type Migration, sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '#storage/database.js';
import { migrate, migrations } from '#storage/migrate.js';
import { run } from '../../migrations/dialect.js';
import { replaceChecks } from '../../migrations/checks.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { engine, testDatabase } from '../support/database.js';
import { watchStatements } from '../support/faults.js';
import { schemaOf } from '../support/schema.js';
import { judgeAll } from '../reports/judging.js';

const states = "state in ('invited', 'consented', 'finished', 'blocked', 'withdrawn'";
const consented = "state in ('invited', 'blocked', 'withdrawn'";
const addState = [
  { from: `${states})`, to: `${states}, 'waiting')` },
  {
    from: `${consented}) or consented_at is not null`,
    to: `${consented}, 'waiting') or consented_at is not null`,
  },
];
const newest = (up: Migration['up']): Record<string, Migration> => ({
  ...migrations,
  '9000_newest': { up },
});

/** A study at work: raters to whom assignments, judgments and events refer. */
async function atWork(): Promise<{ database: Database; raterId: number }> {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    settings: { overlap: 2 },
  });
  const raters = await buildRaters(database, study, 3);
  await judgeAll(database, raters.slice(0, 2), ({ label }) => ({ label }));
  const last = raters.at(-1)?.id ?? 0;
  // The newest rater is gone: the next one must not get their id.
  await database.db.deleteFrom('consent_event').where('rater_id', '=', last).execute();
  await database.db.deleteFrom('rater_event').where('rater_id', '=', last).execute();
  await database.db.deleteFrom('rater').where('id', '=', last).execute();
  return { database, raterId: raters[0]?.id ?? 0 };
}

/** Everything that a migration of raters could lose. */
async function contents(database: Database): Promise<unknown> {
  const { db } = database;
  return {
    raters: await db.selectFrom('rater').selectAll().orderBy('id').execute(),
    events: await db.selectFrom('rater_event').selectAll().orderBy('id').execute(),
    assignments: await db.selectFrom('assignment').selectAll().orderBy('id').execute(),
    judgments: await db.selectFrom('judgment').selectAll().orderBy('assignment_id').execute(),
    schema: await schemaOf(database),
  };
}

const wait = (db: Database['db'], raterId: number): Promise<unknown> =>
  sql`update rater set state = 'waiting', consented_at = null where id = ${raterId}`.execute(db);

test('a migration adds a word to a check of a table that others refer to', async () => {
  const { database, raterId } = await atWork();
  const { db } = database;
  if (engine() === 'sqlite')
    await sql`create trigger kept after insert on rater begin insert into installation_value values (new.pseudonym, ''); end`.execute(
      db,
    );
  const before = await contents(database);
  const nextId = async (): Promise<number> => {
    const rater = await db
      .selectFrom('rater')
      .selectAll()
      .where('id', '=', raterId)
      .executeTakeFirstOrThrow();
    const { id } = await db
      .insertInto('rater')
      .values({
        ...rater,
        id: undefined,
        public_id: 'next',
        pseudonym: 'next',
        token_hash: null,
        join_key: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  };
  await expect(wait(db, raterId)).rejects.toThrow(/check/i);

  expect(
    await migrate(database, { migrations: newest((at) => replaceChecks(at, 'rater', addState)) }),
  ).toEqual(['9000_newest']);

  const after = await contents(database);
  expect(after).not.toEqual(before);
  // Nothing but these words has changed.
  expect(JSON.parse(JSON.stringify(after).replaceAll(/, 'waiting'(::text)?/g, ''))).toEqual(
    JSON.parse(JSON.stringify(before)),
  );
  expect(await nextId()).toBe(raterId + 3);
  if (engine() === 'sqlite')
    expect(await db.selectFrom('installation_value').select('name').execute()).toContainEqual({
      name: 'next',
    });
  await wait(db, raterId);
  await expect(
    sql`update rater set state = 'elsewhere' where id = ${raterId}`.execute(db),
  ).rejects.toThrow(/check/i);
  await expect(sql`delete from rater where id = ${raterId}`.execute(db)).rejects.toThrow(
    /foreign key/i,
  );
  // What was rebuilt once can be again.
  const [first] = addState;
  await migrate(database, {
    migrations: {
      ...newest(() => Promise.resolve()),
      '9001_newer': {
        up: (at) =>
          replaceChecks(at, 'rater', [
            { from: first?.to ?? '', to: `${states}, 'waiting', 'elsewhere')` },
          ]),
      },
    },
  });
});

const failing: Record<string, { up: (db: Kysely<unknown>) => Promise<void>; says: RegExp }> = {
  'after it rebuilt a table': {
    up: async (db) => {
      await replaceChecks(db, 'rater', addState);
      await run(db, 'update nothing set a = 1;\n');
    },
    says: /nothing/,
  },
  'because a row does not fit the new check': {
    up: (db) => replaceChecks(db, 'rater', [{ from: `${states})`, to: "state in ('invited')" }]),
    says: /check/i,
  },
  'because the check is not there': {
    up: (db) => replaceChecks(db, 'rater', [{ from: "state in ('invited')", to: '1 = 1' }]),
    says: /is found 0 times/,
  },
  'because rows would refer to a row that is gone': {
    up: (db) => run(db, 'delete from rater;\n'),
    says: /would refer to no rater|foreign key/i,
  },
};

for (const [why, { up, says }] of Object.entries(failing))
  test(`a migration that fails ${why} changes nothing, nor do those before it`, async () => {
    const { database, raterId } = await atWork();
    const before = await contents(database);
    const failed = migrate(database, {
      migrations: {
        ...migrations,
        '8000_new': { up: (db) => run(db, 'create table half_way (id {ID}{END};\n') },
        '9000_newest': { up },
      },
    });
    await expect(failed).rejects.toThrow(says);
    await expect(failed).rejects.toThrow(/9000_newest/);
    expect(await contents(database)).toEqual(before);
    await expect(sql`delete from rater where id = ${raterId}`.execute(database.db)).rejects.toThrow(
      /foreign key/i,
    );
    expect(await migrate(database)).toEqual([]);
  });

/** A row that refers to nothing, as a tool without foreign keys leaves one behind. */
async function orphan({ db }: Database): Promise<void> {
  await sql`pragma foreign_keys = off`.execute(db);
  await sql`insert into rater_event (rater_id, at, action) values (999, 1, 'orphan')`.execute(db);
  await sql`pragma foreign_keys = on`.execute(db);
}

test.runIf(engine() === 'sqlite')(
  'rows that referred to nothing before do not stop a migration, and are named',
  async () => {
    const { database } = await atWork();
    await orphan(database);
    const named: string[] = [];
    const work = (up: Migration['up']): Promise<string[]> =>
      migrate(database, { migrations: newest(up), warn: (sentence) => named.push(sentence) });
    // More of the same kind are new ones.
    await expect(
      work((db) =>
        run(db, "insert into rater_event (rater_id, at, action) values (998, 1, 'x');\n"),
      ),
    ).rejects.toThrow(/1 row of rater_event would refer to no rater\. .*as it was before/);
    expect(await work((db) => replaceChecks(db, 'rater', addState))).toEqual(['9000_newest']);
    expect(named.at(-1)).toMatch(
      /^1 row of rater_event already referred to no rater before the update/,
    );
    expect(await migrate(database, { migrations: newest(() => Promise.resolve()) })).toEqual([]);
  },
);

test('a full disk at the commit of an update is not taken for a newer version', async () => {
  const { database } = await atWork();
  const before = await contents(database);
  const faults = watchStatements();
  faults.arm({ fault: 'full', at: 1, from: 'once', matching: /^commit/i });
  const failed = migrate(database, {
    migrations: newest((db) => replaceChecks(db, 'rater', addState)),
  });
  await expect(failed).rejects.toThrow(
    /^The database could not be updated: .*(full|No space left).*\. The database is as it was before\.$/,
  );
  faults.disarm();
  expect(await contents(database)).toEqual(before);
});

test('a database that a newer version has written is refused in words', async () => {
  const { database } = await atWork();
  await migrate(database, { migrations: newest(() => Promise.resolve()) });
  await expect(migrate(database)).rejects.toThrow(
    /9000_newest.*If a newer version has written it, start that version\.$/,
  );
});

test.runIf(engine() === 'sqlite')(
  'a trigger of another table that names the table keeps its check from being replaced',
  async () => {
    const { database } = await atWork();
    await sql`create trigger noted after insert on rater_event begin update rater set last_seen_at = new.at where id = new.rater_id; end`.execute(
      database.db,
    );
    const before = await contents(database);
    await expect(
      migrate(database, { migrations: newest((db) => replaceChecks(db, 'rater', addState)) }),
    ).rejects.toThrow(/error in trigger noted/);
    expect(await contents(database)).toEqual(before);
  },
);

test('two processes that migrate at once do it once', async () => {
  const { database, raterId } = await atWork();
  const second = openDatabase(database.location, { poolSize: 2 });
  const both = await Promise.all(
    [database, second].map((one) =>
      migrate(one, { migrations: newest((at) => replaceChecks(at, 'rater', addState)) }),
    ),
  );
  await second.close();
  expect(both.flat()).toEqual(['9000_newest']);
  await wait(database.db, raterId);
});
