import { type AddressInfo, createServer } from 'node:net';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { recomputePlaces } from '#assignment/places.js';
import type { Study } from '#studies/study.js';
import { openDatabase } from '#storage/database.js';
import { outageOf } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { importContent, lines as textOf, personaRow } from '../datasets/imports/support.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { engine, testDatabase } from '../support/database.js';
import { type Fault, type Faults, faultsOfEngine, watchStatements } from '../support/faults.js';
import { type FormOnPage, formOn, RaterVisitor } from '../support/rating.js';
import type { Visitor } from '../support/site.js';
import { openLoggedSite } from '../web/support.js';

/** Enough statements for every verb; each sweep checks that it went past the last one. */
const mostStatements = 120;

/**
 * Where a line is cut after a statement that changes nothing, the server stands as where it is cut
 * before the next one.
 */
const changes = /insert|update|delete|^commit/i;

/**
 * Every fault of the engine, once and from there on. A line that stays cut costs the full patience:
 * it has a test of its own.
 */
const kinds = faultsOfEngine().flatMap((fault) =>
  (['once', 'onwards'] as const)
    .filter((from) => from === 'once' || fault.startsWith('full'))
    .map((from) => ({ fault, from, matching: fault === 'cut-after' ? changes : /./ })),
);

/**
 * The same where a full disk of PostgreSQL needs no second look, nor a line that is cut before a
 * statement that reads: the submits have both.
 */
const kindsOfOthers = kinds
  .filter(({ fault }) => engine() === 'sqlite' || fault !== 'full')
  .map((kind) => ({ ...kind, matching: kind.fault.startsWith('cut') ? changes : /./ }));

async function studySite(options: { examples?: number; overlap?: number } = {}) {
  const { site, lines } = await openLoggedSite({ LOG_LEVEL: 'error' });
  const { application } = site.server;
  const { database, db } = application;
  const count = options.examples ?? mostStatements;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(count) }],
    settings: { overlap: options.overlap ?? 1, sampleSize: count, leaseMinutes: 60 },
    now: Date.now(),
  });
  const faults = watchStatements();
  const countOf = async (
    table: 'rater' | 'judgment' | 'flag' | 'assignment_return',
  ): Promise<number> =>
    (
      await db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
    ).count;
  return { site, lines, application, database, db, study, faults, countOf };
}
type StudySite = Awaited<ReturnType<typeof studySite>>;

/**
 * Lets the n-th statement of `act` fail (from there on: every third n) until n is past the last;
 * gives the last one that failed.
 */
async function sweep(
  faults: Faults,
  kind: { fault: Fault; from: 'once' | 'onwards'; matching: RegExp },
  act: (armed: () => void) => Promise<void>,
): Promise<number> {
  const step = kind.from === 'once' ? 1 : 3;
  for (let at = 1; at <= mostStatements; at += step) {
    await act(() => faults.arm({ ...kind, at }));
    if (faults.fired === 0) return at - step;
  }
  throw new Error(`There are more than ${mostStatements} statements.`);
}

/** An answer is a success or says that the database cannot serve: never "something went wrong". */
async function isAcknowledged(response: Response): Promise<boolean> {
  if (response.status < 400) return true;
  const { error } = (await response.json()) as {
    error: { code: string; title: string; advice: string };
  };
  expect([response.status, error.code], error.title).toEqual([
    503,
    expect.stringMatching(/^(cannot_store|database_away)$/),
  ]);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(error.advice).toMatch(/^This may have been saved/);
  return false;
}

const failuresIn = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('"a request failed"'));

/** What is logged names the fault, and nothing that came of it. */
function expectCauses(lines: readonly string[]): void {
  expect(failuresIn(lines).length).toBeGreaterThan(0);
  for (const line of failuresIn(lines))
    expect(line).toMatch(
      /database or disk is full|No space left on device|terminated|not queryable/,
    );
  for (const line of lines)
    expect(line).not.toMatch(/cannot rollback|no such savepoint|\[object Object\]/);
}

const scripted = { 'x-fragment': '1', accept: 'application/json' };
const answersFor = (form: FormOnPage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(form.values).map(([name, values]) => [name, values.at(-1) ?? '']),
  );

test.for(kinds)(
  'a submit is stored once where its statements fail: $fault, $from',
  { timeout: 180_000 },
  async (kind) => {
    const { site, lines, study, faults, countOf, db } = await studySite();
    const rater = new RaterVisitor(site.address);
    await rater.join(study);
    let sent = 0;
    const failed = await sweep(faults, kind, async (arm) => {
      const form = formOn(await rater.page('/rate'));
      if (form === undefined) throw new Error('There is no example on the page.');
      arm();
      const first = await rater.send(form, answersFor(form), scripted);
      const acknowledged = await isAcknowledged(first);
      faults.disarm();
      sent += 1;
      if (acknowledged) expect(await countOf('judgment')).toBe(sent);
      else expect(kind.fault).toMatch(/^full/);
      const again = await rater.send(form, answersFor(form), scripted);
      expect(again.status).toBe(200);
      expect(await countOf('judgment')).toBe(sent);
    });
    expect(failed).toBeGreaterThan(kind.fault === 'cut-after' ? 2 : 8);
    if (kind.fault.startsWith('full')) expectCauses(lines);
    else expect(failuresIn(lines)).toEqual([]);
    expect(await recomputePlaces(db)).toBe(0);
  },
);

const asides = [
  { aside: 'skip', table: 'assignment_return', field: 'reason' },
  { aside: 'flag', table: 'flag', field: 'kind' },
] as const;

test.for(
  asides.flatMap((aside) =>
    kindsOfOthers.filter(({ from }) => from === 'once').map((kind) => ({ ...aside, ...kind })),
  ),
)(
  'a $aside is stored once where its statements fail: $fault, $from',
  { timeout: 180_000 },
  async ({ aside, table, field, ...kind }) => {
    const { site, study, faults, countOf } = await studySite();
    const rater = new RaterVisitor(site.address);
    await rater.join(study);
    let sent = 0;
    const failed = await sweep(faults, kind, async (arm) => {
      const { assignment = '' } = formOn(await rater.page('/rate'))?.fields ?? {};
      const path = `/rate/${assignment}/${aside}`;
      const hidden = [
        ...(await rater.page(path)).matchAll(
          /<input type="hidden" name="([^"]+)" value="([^"]*)">/g,
        ),
      ];
      const body = new URLSearchParams({
        ...Object.fromEntries(hidden.map((match) => [match[1] ?? '', match[2] ?? ''])),
        [field]: 'broken',
      });
      const send = () =>
        rater.request(path, { method: 'POST', body, headers: { accept: 'application/json' } });
      arm();
      const acknowledged = await isAcknowledged(await send());
      faults.disarm();
      sent += 1;
      if (acknowledged) expect(await countOf(table)).toBe(sent);
      else expect(kind.fault).toMatch(/^full/);
      expect((await send()).status).toBe(303);
      expect(await countOf(table)).toBe(sent);
    });
    expect(failed).toBeGreaterThan(kind.fault.startsWith('cut') ? 2 : 5);
  },
);

// PostgreSQL groups commits by itself.
test.runIf(engine() === 'sqlite').for(kinds)(
  'a group of submits acknowledges what it stored and no more: $fault, $from',
  { timeout: 180_000 },
  async (kind) => {
    const { site, study, faults, countOf, db } = await studySite({ overlap: 4, examples: 60 });
    const raters = Array.from({ length: 4 }, () => new RaterVisitor(site.address));
    for (const rater of raters) await rater.join(study);
    let stored = 0;
    let fired = 1;
    for (let at = 1; fired > 0; at += 7) {
      const forms = await Promise.all(
        raters.map(async (rater) => formOn(await rater.page('/rate'))),
      );
      faults.arm({ ...kind, at });
      const acknowledged = await Promise.all(
        raters.map(async (rater, index) => {
          const form = forms[index];
          if (form === undefined) throw new Error('There is no example on the page.');
          return isAcknowledged(await rater.send(form, answersFor(form), scripted));
        }),
      );
      fired = faults.fired;
      faults.disarm();
      const keys = forms.map((form) => form?.fields['key'] ?? '');
      const found = new Set(
        (
          await db
            .selectFrom('judgment')
            .select('submission_key')
            .where('submission_key', 'in', keys)
            .execute()
        ).map((row) => row.submission_key),
      );
      for (const [index, key] of keys.entries())
        if (acknowledged[index] === true) expect(found.has(key)).toBe(true);
      await Promise.all(
        raters.map(async (rater, index) => {
          const form = forms[index];
          if (form !== undefined)
            expect((await rater.send(form, answersFor(form), scripted)).status).toBe(200);
        }),
      );
      stored += raters.length;
      expect(await countOf('judgment')).toBe(stored);
    }
    expect(stored).toBeGreaterThan(24);
    expect(await recomputePlaces(db)).toBe(0);
  },
);

test.for(kindsOfOthers)(
  'somebody who joins is one rater, also where they send the form again: $fault, $from',
  { timeout: 180_000 },
  async (kind) => {
    const { site, lines, study, faults, countOf } = await studySite({ examples: 2 });
    const failed = await sweep(faults, kind, async (arm) => {
      const before = await countOf('rater');
      const rater = new RaterVisitor(site.address);
      await rater.request(`/join/${study.join_token}`);
      const fields = { csrf: await rater.csrf('/consent'), agree: 'yes', key: newPublicId() };
      const send = (browser: Visitor) =>
        browser.request('/consent', {
          method: 'POST',
          body: new URLSearchParams(fields),
          headers: { accept: 'application/json' },
        });
      const unanswered = rater.copy();
      arm();
      const acknowledged = await isAcknowledged(await send(rater));
      faults.disarm();
      const made = (await countOf('rater')) - before;
      if (acknowledged) expect(made).toBe(1);
      else
        expect([kind.fault, made]).toEqual([
          expect.stringMatching(/^full/),
          expect.toSatisfy((count) => count <= 1),
        ]);
      expect((await send(unanswered)).status).toBe(200);
      expect((await unanswered.request('/rate')).status).toBe(200);
      expect((await countOf('rater')) - before).toBe(1);
    });
    expect(failed).toBeGreaterThan(kind.fault.startsWith('cut') ? 2 : 5);
    if (kind.fault.startsWith('full')) expectCauses(lines);
    else expect(failuresIn(lines)).toEqual([]);
  },
);

/** Opens and closes through the API until every statement has failed. */
async function expectMoves(
  { site, lines, db, faults }: StudySite,
  kind: (typeof kinds)[number],
  verb: 'open' | 'close',
  nextStudy: () => Promise<Study>,
): Promise<void> {
  const failed = await sweep(faults, kind, async (arm) => {
    const study = await nextStudy();
    const post = () =>
      fetch(`${site.address}/api/v1/studies/${study.public_id}/${verb}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${site.token}` },
      });
    arm();
    const acknowledged = await isAcknowledged(await post());
    faults.disarm();
    const stateNow = async () =>
      (
        await db
          .selectFrom('study')
          .select('state')
          .where('id', '=', study.id)
          .executeTakeFirstOrThrow()
      ).state;
    const wanted = verb === 'open' ? 'open' : 'closed';
    if (acknowledged) expect(await stateNow()).toBe(wanted);
    expect((await post()).status).toBeLessThan(400);
    expect(await stateNow()).toBe(wanted);
    const items = await db
      .selectFrom('item')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('study_id', '=', study.id)
      .executeTakeFirstOrThrow();
    expect(items.count).toBe(2);
    const moves = await db
      .selectFrom('study_event')
      .select('to_state')
      .where('study_id', '=', study.id)
      .where('to_state', '=', wanted)
      .execute();
    expect(moves).toHaveLength(1);
  });
  expect(failed).toBeGreaterThan(kind.fault.startsWith('cut') ? 2 : 5);
  expectCauses(lines);
}

test.for(kindsOfOthers)(
  'a study is opened wholly or not at all: $fault, $from',
  { timeout: 180_000 },
  async (kind) => {
    const site = await studySite({ examples: 2 });
    let made = 0;
    await expectMoves(site, kind, 'open', () =>
      buildStudy(site.database, {
        datasets: [{ name: `set ${(made += 1)}`, examples: plainExamples(2) }],
        settings: { overlap: 1, sampleSize: 2 },
        now: Date.now(),
        open: false,
      }),
    );
  },
);

test.for(kindsOfOthers)(
  'a study is closed once: $fault, $from',
  { timeout: 180_000 },
  async (kind) => {
    const site = await studySite({ examples: 2 });
    let made = 0;
    await expectMoves(site, kind, 'close', () =>
      buildStudy(site.database, {
        datasets: [{ name: `set ${(made += 1)}`, examples: plainExamples(2) }],
        settings: { overlap: 1, sampleSize: 2 },
        now: Date.now(),
      }),
    );
  },
);

test.for(kindsOfOthers)(
  'an import is visible wholly or not at all: $fault, $from',
  { timeout: 180_000 },
  async (kind) => {
    const database = await testDatabase();
    const { db } = database;
    const faults = watchStatements();
    const content = textOf(
      ...Array.from({ length: 12 }, (_, index) => personaRow(`Statement ${index}`)),
    );
    let visible = 0;
    const failed = await sweep(faults, kind, async (arm) => {
      arm();
      const outcome = await importContent(database, { content }).then(
        ({ outcome: word }) => word,
        (error: unknown) => error,
      );
      faults.disarm();
      const datasets = await db
        .selectFrom('dataset')
        .select(['id', 'version', 'example_count'])
        .where('state', '=', 'visible')
        .orderBy('version')
        .execute();
      if (outcome === 'imported') expect(datasets).toHaveLength(visible + 1);
      else
        expect([outageOf(outcome), datasets.length - visible]).toEqual([
          expect.stringMatching(/^(full|away)$/),
          expect.toSatisfy((more) => more === 0 || more === 1),
        ]);
      visible = datasets.length;
      for (const { id } of datasets)
        expect(
          (await db.selectFrom('example').select('id').where('dataset_id', '=', id).execute())
            .length,
        ).toBe(12);
      expect(new Set(datasets.map((dataset) => dataset.version)).size).toBe(visible);
    });
    expect(failed).toBeGreaterThan(kind.fault.startsWith('cut') ? 2 : 8);
  },
);

const postgresTest = test.runIf(engine() === 'postgres');

postgresTest(
  'connections that are terminated under load end neither the server nor a judgment',
  { timeout: 180_000 },
  async () => {
    const each = 3;
    const { site, lines, study, db, countOf } = await studySite({ examples: 40, overlap: 4 });
    const raters = Array.from({ length: 8 }, () => new RaterVisitor(site.address));
    for (const rater of raters) await rater.join(study);
    const admin = openDatabase(site.server.application.database.location, { poolSize: 1 });
    onTestFinished(() => admin.close());
    let terminated = 0;
    let refused = 0;
    const terminateOne = async (): Promise<void> => {
      const { rows } = await sql<{
        ended: number;
      }>`select count(pg_terminate_backend(pid)) as ended from (select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1) as one`.execute(
        admin.db,
      );
      terminated += rows[0]?.ended ?? 0;
    };
    const work = async (rater: RaterVisitor): Promise<void> => {
      for (let sent = 0; sent < each; sent += 1) {
        // On a machine under load the seconds that a request waits can pass; it is then made again,
        // as a rater's browser does.
        let form = formOn(await rater.page('/rate'));
        for (let again = 0; form === undefined && again < 10; again += 1) {
          refused += 1;
          form = formOn(await rater.page('/rate'));
        }
        if (form === undefined) throw new Error('There is no example on the page.');
        const shown = form;
        const send = () => rater.send(shown, answersFor(shown), scripted);
        let [response] = await Promise.all([send(), terminateOne()]);
        for (let again = 0; response.status === 503 && again < 10; again += 1) {
          refused += 1;
          response = await send();
        }
        expect(response.status).toBe(200);
      }
    };
    await Promise.all(raters.map(work));
    expect(terminated).toBeGreaterThan(6);
    expect(await countOf('judgment')).toBe(raters.length * each);
    expect(failuresIn(lines).length).toBeLessThanOrEqual(refused);
    for (const line of failuresIn(lines)) expect(line).toMatch(/terminat(ed|ing)|not queryable/);
    expect(await recomputePlaces(db)).toBe(0);
  },
);

test.runIf(engine() === 'sqlite')(
  'a file that may not grow refuses answers with its reason, and takes them once it may',
  async () => {
    const { site, lines, study, db } = await studySite({ examples: 40 });
    const rater = new RaterVisitor(site.address);
    await rater.join(study);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await sql.raw(`pragma max_page_count = ${rows[0]?.page_count ?? 0}`).execute(db);
    const comment = 'a long comment '.repeat(300);
    const sendNext = async (form: FormOnPage): Promise<Response> =>
      rater.send(form, { ...answersFor(form), comment }, scripted);
    for (;;) {
      const form = formOn(await rater.page('/rate'));
      if (form === undefined) throw new Error('There is no example on the page.');
      const response = await sendNext(form);
      if (response.status === 200) continue;
      expect(await isAcknowledged(response)).toBe(false);
      await sql.raw('pragma max_page_count = 1000000').execute(db);
      expect((await sendNext(form)).status).toBe(200);
      break;
    }
    expectCauses(lines);
  },
);

/** A request while every statement finds the line cut. */
async function expectRefusal(): Promise<void> {
  const { site, study, faults } = await studySite({ examples: 1 });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  faults.arm({ fault: 'cut-before', at: 1, from: 'onwards' });
  const refused = await rater.request('/rate');
  faults.disarm();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.text()).toContain('The database cannot be reached at the moment.');
  expect((await rater.request('/rate')).status).toBe(200);
}

/** A connection to a server that is not there. */
async function expectAway(url: string): Promise<void> {
  const database = openDatabase({ engine: 'postgres', url }, { poolSize: 1 });
  onTestFinished(() => database.close());
  const select = inTransaction(database.db, (trx) => sql`select 1`.execute(trx));
  await expect(select).rejects.toSatisfy((error) => outageOf(error) === 'away');
}

// Each waits its few seconds: all at the same time.
postgresTest(
  'a server that stays away, or silent, or whose name is not known, is waited for a few seconds',
  { timeout: 60_000 },
  async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    await Promise.all([
      expectRefusal(),
      expectAway('postgres://assay@no-such-host.invalid/assay'),
      expectAway(`postgres://assay@127.0.0.1:${port}/assay`),
    ]);
  },
);
