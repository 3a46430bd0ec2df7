import { expect, test } from 'vitest';
import { flagItem, returnItem } from '#assignment/return.js';
import { blockRater, excludeRater, stopRater, withdrawRater } from '#assignment/revocation.js';
import { lockItem } from '#assignment/places.js';
import { submitJudgment, type Submitted } from '#assignment/submit.js';
import type { Assignment } from '#assignment/transitions.js';
import type { AtWork } from '#assignment/atWork.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem, itemAhead } from '#assignment/slots.js';
import { newPublicId } from '#storage/identifiers.js';
import { acceptConsent, inviteRater, joinStudy } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { moveStudy } from '#studies/lifeCycle.js';
import type { Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { engine, testDatabase, untilWaiting } from '../support/database.js';
import { RaterVisitor } from '../support/rating.js';
import { openSite, type Site } from '../support/site.js';

const everyPhase = ['open', 'paused', 'closed', 'over'] as const;
type Phase = (typeof everyPhase)[number];
/** On PostgreSQL one: in an open study everything is stored for somebody and refused to others. */
const phases = engine() === 'sqlite' ? everyPhase : (['open'] as const);

const standings = [
  'invited',
  'consented',
  'finished',
  'stopped',
  'blocked',
  'excluded',
  'blocked and excluded',
  'withdrawn',
] as const;
type Standing = (typeof standings)[number];

const working: readonly Standing[] = ['consented', 'finished'];
const unlessWithdrawn: readonly Standing[] = [
  'consented',
  'finished',
  'stopped',
  'blocked',
  'excluded',
  'blocked and excluded',
];

/**
 * A rater with one answer sent, one example on the screen, one ahead and one skipped; the sent one
 * carries a flag.
 */
interface Fixture {
  readonly visitor: RaterVisitor;
  readonly raterId: number;
  readonly csrf: string;
  readonly sent: string;
  readonly shown: string;
  readonly skipped: string;
}

interface Verb {
  readonly who: readonly Standing[];
  readonly when: readonly Phase[];
  /** What the screen must not hold for this verb to do anything. */
  readonly without?: 'shown' | 'ahead';
  readonly send: (fixture: Fixture) => Promise<Response>;
  /** Whether the answer is that of somebody who may do this; anybody may where it is left out. */
  readonly done?: (
    answer: { status: number; location: string | null; body: string },
    fixture: Fixture,
  ) => boolean;
  /**
   * Something is stored where it is allowed; what comes next may be leased while the study is open.
   */
  readonly writes: boolean | 'while open';
}

const script = { 'x-fragment': '1', accept: 'application/json' };
const answers = { answer_label: '0', answer_relevance: '3' };
const post = (
  { visitor, csrf }: Fixture,
  path: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> =>
  visitor.request(path, {
    method: 'POST',
    body: new URLSearchParams({ csrf, ...fields }),
    headers: { ...headers, 'x-csrf-token': csrf },
  });
const leadsTo = (target: string) => (answer: { status: number; location: string | null }) =>
  answer.status === 303 && answer.location === target;

const verbs: Readonly<Record<string, Verb>> = {
  consent: {
    who: ['invited'],
    when: ['open'],
    send: (fixture) => post(fixture, '/consent', { agree: 'yes', key: 'a-join-key' }),
    done: leadsTo('/guidelines'),
    writes: true,
  },
  'read the guidelines': {
    who: working,
    when: ['open', 'paused'],
    send: ({ visitor }) => visitor.request('/guidelines'),
    writes: true,
  },
  'get an example': {
    who: working,
    when: ['open'],
    without: 'shown',
    send: ({ visitor }) => visitor.request('/rate'),
    done: ({ body }) => body.includes('id="item"'),
    writes: true,
  },
  'keep an example': {
    who: working,
    when: ['open', 'paused'],
    send: ({ visitor }) => visitor.request('/rate'),
    done: ({ body }, { shown }) => body.includes(`data-assignment="${shown}"`),
    writes: true,
  },
  'get one ahead': {
    who: working,
    when: ['open'],
    without: 'ahead',
    send: (fixture) => post(fixture, '/rate/ahead', {}, script),
    done: ({ body }) => body.includes('"html"'),
    writes: true,
  },
  'report activity': {
    who: working,
    when: ['open', 'paused'],
    send: (fixture) => post(fixture, `/rate/${fixture.shown}/activity`, {}, script),
    done: ({ body }) => body === '{"held":true}',
    writes: true,
  },
  submit: {
    who: unlessWithdrawn,
    when: ['open', 'paused', 'closed'],
    send: (fixture) =>
      post(fixture, '/rate', { ...answers, assignment: fixture.shown, key: 'a-new-key' }, script),
    done: ({ status }) => status === 200,
    writes: true,
  },
  change: {
    who: working,
    when: ['open', 'paused'],
    send: (fixture) =>
      post(fixture, '/rate', { ...answers, assignment: fixture.sent, key: 'another-key' }, script),
    done: ({ status }) => status === 200,
    writes: true,
  },
  'submit again': {
    who: unlessWithdrawn,
    when: everyPhase,
    send: (fixture) =>
      post(fixture, '/rate', { ...answers, assignment: fixture.sent, key: 'sent-key' }, script),
    done: ({ body }) => body.includes('saved_again'),
    writes: 'while open',
  },
  'look at what was sent': {
    who: working,
    when: ['open', 'paused'],
    send: ({ visitor, sent }) => visitor.request(`/rate/${sent}`),
    done: ({ status }) => status === 200,
    writes: false,
  },
  'ask to skip': {
    who: working,
    when: ['open', 'paused'],
    send: ({ visitor, shown }) => visitor.request(`/rate/${shown}/skip`),
    done: ({ status }) => status === 200,
    writes: false,
  },
  'ask to flag': {
    who: working,
    when: ['open', 'paused'],
    send: ({ visitor, shown }) => visitor.request(`/rate/${shown}/flag`),
    done: ({ status }) => status === 200,
    writes: false,
  },
  skip: {
    who: working,
    when: ['open', 'paused'],
    send: (fixture) =>
      post(fixture, `/rate/${fixture.shown}/skip`, { reason: 'unclear', key: 'a-new-skip' }),
    done: leadsTo('/rate'),
    writes: true,
  },
  'skip again': {
    who: unlessWithdrawn,
    when: everyPhase,
    send: (fixture) =>
      post(fixture, `/rate/${fixture.skipped}/skip`, { reason: 'unclear', key: 'skip-key' }),
    done: leadsTo('/rate'),
    writes: false,
  },
  'take up again': {
    who: working,
    when: ['open'],
    send: (fixture) => post(fixture, `/rate/${fixture.skipped}/again`),
    done: leadsTo('/rate'),
    writes: true,
  },
  leave: {
    who: working,
    when: ['open', 'paused'],
    send: (fixture) => post(fixture, '/rate/leave'),
    done: ({ body }) => body.includes('data-reason="left"'),
    writes: true,
  },
  flag: {
    who: working,
    when: ['open', 'paused'],
    send: (fixture) =>
      post(fixture, `/rate/${fixture.shown}/flag`, {
        kind: 'other',
        key: 'a-new-flag',
        comment: 'my words',
      }),
    done: leadsTo('/rate?saved=flagged'),
    writes: true,
  },
  'flag again': {
    who: unlessWithdrawn,
    when: everyPhase,
    send: (fixture) =>
      post(fixture, `/rate/${fixture.sent}/flag`, { kind: 'other', key: 'flag-key' }),
    done: leadsTo('/rate?saved=flagged'),
    writes: false,
  },
  'set keys': {
    who: working,
    when: ['open', 'paused'],
    send: (fixture) => post(fixture, '/rate/keys', { letterKeys: 'off' }),
    done: leadsTo('/rate'),
    writes: true,
  },
  stop: {
    who: working,
    when: everyPhase,
    send: (fixture) => post(fixture, '/leave/stop'),
    writes: true,
  },
  'ask to withdraw': {
    who: unlessWithdrawn,
    when: everyPhase,
    send: ({ visitor }) => visitor.request('/leave/withdraw'),
    done: ({ status }) => status === 200,
    writes: false,
  },
  withdraw: {
    who: unlessWithdrawn,
    when: everyPhase,
    send: (fixture) => post(fixture, '/leave/withdraw'),
    writes: true,
  },
};

async function fixtureOf(site: Site, study: Study, without: Verb['without']): Promise<Fixture> {
  const { database, db } = site.server.application;
  const now = Date.now();
  const { rater, token } = await inTransaction(db, (trx) =>
    joinStudy(trx, {
      studyId: study.id,
      key: newPublicId(),
      consentVersion: 1,
      warningVersion: 1,
      origin: 'rater',
      arrival: 'open-link',
      now,
    }),
  );
  const at: AtWork = { database, raterId: rater.id, now };
  const item = async () => {
    const found = await currentItem(at);
    if (isNothing(found)) throw new Error(found.reason);
    return found.public_id;
  };
  const sent = await item();
  await flagItem(at, { assignment: sent, key: 'flag-key', kind: 'other', comment: 'old words' });
  await submitJudgment(
    at,
    {
      assignment: sent,
      key: 'sent-key',
      answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
      comment: null,
      activeMs: null,
    },
    { fetchAhead: false },
  );
  const skipped = await item();
  await returnItem(at, { assignment: skipped, key: 'skip-key', reason: 'unclear', comment: null });
  const visitor = new RaterVisitor(site.address);
  await visitor.request(`/r/${token}`);
  const csrf = await visitor.csrf('/rate');
  const shown = await item();
  if (without === 'shown')
    await returnItem(at, { assignment: shown, key: 'skip-too', reason: 'unclear', comment: null });
  if (without === undefined) await itemAhead(at);
  await db
    .updateTable('rater')
    .set({ last_seen_at: null, guidelines_read_at: null })
    .where('id', '=', rater.id)
    .execute();
  return { visitor, raterId: rater.id, csrf, sent, shown, skipped };
}

async function put(db: Db, raterId: number, standing: Standing): Promise<void> {
  const action = { raterId, now: Date.now(), accountId: null, reason: 'test' };
  if (standing === 'invited' || standing === 'finished')
    await db.updateTable('rater').set({ state: standing }).where('id', '=', raterId).execute();
  if (standing.startsWith('blocked')) await blockRater(db, action);
  if (standing === 'stopped') await stopRater(db, action);
  if (standing.endsWith('excluded')) await excludeRater(db, action);
  if (standing === 'withdrawn') await withdrawRater(db, action);
}

/** Everything that is stored of a rater. */
async function stored(db: Db, raterId: number): Promise<string> {
  const own = db.selectFrom('assignment').select('id').where('rater_id', '=', raterId);
  const rows = [
    await db.selectFrom('rater').selectAll().where('id', '=', raterId).execute(),
    await db
      .selectFrom('rater_event')
      .selectAll()
      .where('rater_id', '=', raterId)
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('assignment')
      .selectAll()
      .where('rater_id', '=', raterId)
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('assignment_event')
      .selectAll()
      .where('assignment_id', 'in', own)
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('judgment')
      .selectAll()
      .where('rater_id', '=', raterId)
      .orderBy('submitted_at')
      .execute(),
    await db
      .selectFrom('assignment_return')
      .selectAll()
      .where('assignment_id', 'in', own)
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('flag')
      .selectAll()
      .where('assignment_id', 'in', own)
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('rater_cursor')
      .selectAll()
      .where('rater_id', '=', raterId)
      .orderBy('dataset_id')
      .execute(),
  ];
  return JSON.stringify(rows);
}

async function enter(db: Db, study: Study, phase: Phase): Promise<void> {
  const closed = phase === 'closed' || phase === 'over';
  const closedAt = Date.now() - (phase === 'over' ? 25 : 1) * 3_600_000;
  await db
    .updateTable('study')
    .set({ state: closed ? 'closed' : phase, closed_at: closed ? closedAt : null })
    .where('id', '=', study.id)
    .execute();
}

test.each(phases)('who may do what, and what is stored, in a study that is %s', async (phase) => {
  const site = await openSite();
  const { db, database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(24) }],
    settings: { overlap: 30, sampleSize: 24, strategy: 'spread' },
    now: Date.now(),
  });
  const tried: { standing: Standing; name: string; verb: Verb; fixture: Fixture }[] = [];
  for (const standing of standings) {
    const shared = new Map<Verb['without'], Fixture>();
    for (const [name, verb] of Object.entries(verbs)) {
      const allowed = verb.who.includes(standing) && verb.when.includes(phase);
      // What is refused changes nothing, so that one rater serves for all of it.
      const fixture =
        (allowed ? undefined : shared.get(verb.without)) ??
        (await fixtureOf(site, study, verb.without));
      if (!allowed) shared.set(verb.without, fixture);
      tried.push({ standing, name, verb, fixture });
    }
  }
  for (const { raterId, standing } of new Map(
    tried.map(({ fixture, standing }) => [fixture.raterId, { raterId: fixture.raterId, standing }]),
  ).values())
    await put(db, raterId, standing);
  await enter(db, study, phase);
  const found: string[] = [];
  const expected: string[] = [];
  const known = new Map<number, string>();
  for (const { standing, name, verb, fixture } of tried) {
    const allowed = verb.who.includes(standing) && verb.when.includes(phase);
    const before = known.get(fixture.raterId) ?? (await stored(db, fixture.raterId));
    const response = await verb.send(fixture);
    const answer = {
      status: response.status,
      location: response.headers.get('location'),
      body: await response.text(),
    };
    const after = await stored(db, fixture.raterId);
    known.set(fixture.raterId, after);
    const changed = after !== before;
    // Somebody who agreed before and sends the consent again goes on, as if the first answer had
    // been lost.
    const passes = name === 'consent' && working.includes(standing) && phase === 'open';
    const told = (done: boolean, stores: boolean): string =>
      `${standing}, ${name}: ${done ? 'done' : 'refused'}, ${stores ? 'stored' : 'nothing stored'}`;
    found.push(told(answer.status < 500 && (verb.done?.(answer, fixture) ?? allowed), changed));
    expected.push(
      told(
        allowed || passes,
        allowed &&
          (verb.writes === 'while open'
            ? phase === 'open' && working.includes(standing)
            : verb.writes),
      ),
    );
  }
  expect(found).toEqual(expected);
});

test('a study that is closed lets nobody in, and a draft neither', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(2) }] });
  const versions = { consentVersion: 1, warningVersion: 1, now: 2_000_000 };
  const joining = {
    ...versions,
    studyId: study.id,
    origin: 'rater',
    arrival: 'open-link',
  } as const;
  const { rater } = await inTransaction(db, (trx) =>
    inviteRater(trx, { studyId: study.id, origin: 'rater', now: 2_000_000 }),
  );
  for (const state of ['paused', 'closed', 'draft'] as const) {
    await db.updateTable('study').set({ state }).where('id', '=', study.id).execute();
    await expect(
      inTransaction(db, (trx) => joinStudy(trx, { ...joining, key: newPublicId() })),
    ).rejects.toMatchObject({ code: 'not_taken' });
    await expect(
      inTransaction(db, (trx) => acceptConsent(trx, { raterId: rater.id, ...versions })),
    ).rejects.toMatchObject({ code: 'not_taken' });
  }
  expect(await db.selectFrom('rater').select('state').execute()).toEqual([{ state: 'invited' }]);
});

/** Raters with an example each on the screen, and how one of them sends theirs at a time. */
async function atDesks(count: number) {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(count) }],
    settings: { overlap: 1, sampleSize: count },
  });
  const desks: {
    submit: (now: number) => Promise<Submitted>;
    raterId: number;
    item: Assignment;
  }[] = [];
  for (const { id: raterId } of await buildRaters(database, study, count)) {
    const item = await currentItem({ database, raterId, now: 2_000_000 });
    if (isNothing(item)) throw new Error(item.reason);
    const submission = {
      assignment: item.public_id,
      key: `key of ${raterId}`,
      answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
      comment: null,
      activeMs: null,
    };
    desks.push({
      raterId,
      item,
      submit: (now) =>
        submitJudgment({ database, raterId, now }, submission, { fetchAhead: false }),
    });
  }
  const close = (now: number) =>
    moveStudy(database.db, { studyId: study.id, to: 'closed', now, accountId: null });
  const counted = () =>
    database.db
      .selectFrom('assignment')
      .select('submitted_at')
      .where('place_no', 'is not', null)
      .where('state', '=', 'submitted')
      .execute();
  return { database, db: database.db, desks, close, counted };
}

test('whatever counts was sent before the study was closed, also where a clock had moved on in between', async () => {
  const { desks, close, counted } = await atDesks(17);
  const [early, ...others] = desks;
  await early?.submit(2_000_500);
  const submits = others.map(({ submit }, index) => submit(2_000_000 + index));
  const closing = close(2_000_003);
  const outcomes = await Promise.all(submits);
  const { closed_at: closedAt } = await closing;
  const rows = await counted();
  expect(rows).toHaveLength(1 + outcomes.filter(({ outcome }) => outcome === 'saved').length);
  expect(rows.filter((row) => (row.submitted_at ?? 0) > (closedAt ?? 0))).toEqual([]);
  expect(
    outcomes.map((sent) => [sent.outcome, sent.counted]).filter(([outcome]) => outcome !== 'saved'),
  ).toEqual(
    outcomes.filter(({ counted: counts }) => !counts).map(() => ['saved_after_close', false]),
  );
});

test.runIf(engine() === 'postgres')(
  'a study is closed once what is being stored is stored',
  async () => {
    const { db, desks, close } = await atDesks(2);
    const [first, second] = desks;
    if (first === undefined || second === undefined) throw new Error('two desks');
    await first.submit(2_000_000);
    await db
      .updateTable('assignment')
      .set({ state: 'expired', place_no: null, lease_slot: null, lease_until: null })
      .where('id', '=', second.item.id)
      .execute();
    const order: string[] = [];
    const begun = await inTransaction(db, async (trx) => {
      await lockItem(trx, second.item.item_id);
      const storing = second.submit(2_000_001).then(() => order.push('stored'));
      await untilWaiting(db, 1);
      const closing = close(2_000_002).then(() => order.push('closed'));
      await Promise.race([closing, untilWaiting(db, 2)]);
      return { all: Promise.all([storing, closing]) };
    });
    await begun.all;
    expect(order).toEqual(['stored', 'closed']);
  },
);
