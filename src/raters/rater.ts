import { type Selectable, sql, type SqlBool } from 'kysely';
import { z } from 'zod';
import { type Database, type Db, engineOf, type Trx } from '#storage/database.js';
import { hashSecret, newPublicId, newSecret } from '#storage/identifiers.js';
import { readJson } from '#storage/json.js';
import { prepared } from '#storage/prepared.js';
import type { RaterState, RaterTable, TrainingState } from '#storage/raterTables.js';
import { TryAgain } from '#storage/transaction.js';
import { getStudy, lockStudy, type Study } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import { recordConsent } from './consentEvents.js';
import { gateOf } from './gate.js';

export type Rater = Selectable<RaterTable>;

/** What a rater has set for themselves. */
export const Preferences = z.strictObject({
  /** Letter keys (U, S, ?) act only where they are on (WCAG 2.1.4). */
  letterKeys: z.boolean().default(true),
});
export const preferencesOf = (rater: Pick<Rater, 'preferences'>): z.output<typeof Preferences> =>
  readJson(Preferences, rater.preferences, 'rater.preferences');

/** The moves of a rater within a study. */
export const raterMoves: Readonly<Record<RaterState, readonly RaterState[]>> = {
  invited: ['consented', 'blocked', 'withdrawn'],
  consented: ['finished', 'blocked', 'withdrawn'],
  finished: ['consented', 'blocked', 'withdrawn'],
  blocked: ['consented', 'invited', 'withdrawn'],
  withdrawn: [],
};

export const getRater = (db: Db, id: number): Promise<Rater> =>
  db.selectFrom('rater').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const raterLocked = (engine: Database['engine']) =>
  prepared<{ rater: number }>()((db, value) =>
    db
      .selectFrom('rater')
      .selectAll()
      .where('id', '=', value('rater'))
      .$if(engine === 'postgres', (query) => query.forUpdate()),
  );
const lockedRater = { sqlite: raterLocked('sqlite'), postgres: raterLocked('postgres') } as const;

/**
 * Reads a rater under a lock, so that whatever they do and whatever is done to them follows each
 * other.
 */
export async function lockRater(trx: Trx, raterId: number): Promise<Rater> {
  const [rater] = (await lockedRater[engineOf(trx)](trx, { rater: raterId })).rows;
  if (rater === undefined) throw new Error(`There is no rater ${raterId}.`);
  return rater;
}

/** A rater of this study by public id. */
export const findRater = (db: Db, studyId: number, publicId: string): Promise<Rater | undefined> =>
  db
    .selectFrom('rater')
    .selectAll()
    .where('study_id', '=', studyId)
    .where('public_id', '=', publicId)
    .executeTakeFirst();

/** The rater whose personal link this is. */
export const findRaterByToken = (db: Db, token: string): Promise<Rater | undefined> =>
  db.selectFrom('rater').selectAll().where('token_hash', '=', hashSecret(token)).executeTakeFirst();

/**
 * The only writer of a rater's state: checks the move against the table, writes state and event.
 * Being there already changes nothing. Throws a `Problem` on a move that the table does not know.
 */
export async function moveRater(
  trx: Trx,
  rater: Rater,
  to: RaterState,
  options: {
    at: number;
    accountId: number | null;
    action: string;
    reason?: string;
    values?: Partial<Pick<Rater, 'consented_at' | 'consent_version' | 'warning_version'>>;
  },
): Promise<Rater> {
  if (rater.state === to) return rater;
  if (!raterMoves[rater.state].includes(to))
    throw new Problem(
      409,
      'rater_move',
      `A rater who is ${rater.state} cannot become ${to}.`,
      'Nothing was changed.',
    );
  const moved = await trx
    .updateTable('rater')
    .set({ ...options.values, state: to })
    .where('id', '=', rater.id)
    .where('state', '=', rater.state)
    .returningAll()
    .executeTakeFirst();
  if (moved === undefined) throw new TryAgain();
  await recordRaterEvent(trx, {
    raterId: rater.id,
    at: options.at,
    accountId: options.accountId,
    action: options.action,
    from: rater.state,
    to,
    reason: options.reason ?? null,
  });
  return moved;
}

/** One line of a rater's history. */
export const recordRaterEvent = (
  trx: Db,
  event: {
    raterId: number;
    at: number;
    accountId: number | null;
    action: string;
    from?: RaterState;
    to?: RaterState;
    reason: string | null;
  },
): Promise<unknown> =>
  trx
    .insertInto('rater_event')
    .values({
      rater_id: event.raterId,
      at: event.at,
      account_id: event.accountId,
      action: event.action,
      from_state: event.from ?? null,
      to_state: event.to ?? null,
      reason: event.reason,
    })
    .execute();

/**
 * The next pseudonym of a study, counted on the study's row: two people who join at the same moment
 * follow each other there, and so do a person who joins and the close of the study. Asked for just
 * before the rater is stored, since the row stays locked until the transaction ends.
 */
async function nextPseudonym(
  trx: Trx,
  studyId: number,
): Promise<{ pseudonym: string; study: Study }> {
  const study = await trx
    .updateTable('study')
    .set((eb) => ({ raters_numbered: eb('raters_numbered', '+', 1) }))
    .where('id', '=', studyId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { pseudonym: `r-${String(study.raters_numbered).padStart(2, '0')}`, study };
}

interface NewRater {
  readonly studyId: number;
  readonly state: 'invited' | 'consented';
  readonly origin: Rater['origin'];
  /** The name of their arrival (`arrival.ts`). */
  readonly arrival: string;
  readonly token: string;
  readonly joinKey: string | null;
  readonly now: number;
  readonly consentVersion: number | null;
  readonly warningVersion: number | null;
}

/** Where a rater begins who joins a study. */
const firstTraining = async (trx: Trx, studyId: number): Promise<TrainingState> =>
  (await trx
    .selectFrom('item')
    .select('id')
    .where('study_id', '=', studyId)
    .where('role', '=', 'training')
    .where(sql<SqlBool>`role <> 'validation'`)
    .limit(1)
    .executeTakeFirst()) === undefined
    ? 'none'
    : 'open';

async function insertRater(trx: Trx, options: NewRater): Promise<Rater> {
  const { state, now } = options;
  const { pseudonym, study } = await nextPseudonym(trx, options.studyId);
  if (state === 'consented') gateOf(undefined, study, now).require('consent');
  const rater = await trx
    .insertInto('rater')
    .values({
      public_id: newPublicId(),
      study_id: options.studyId,
      pseudonym,
      state,
      origin: options.origin,
      arrival: options.arrival,
      token_hash: hashSecret(options.token),
      seed: newPublicId(),
      preferences: JSON.stringify(Preferences.parse({})),
      consent_version: options.consentVersion,
      warning_version: options.warningVersion,
      consented_at: state === 'consented' ? now : null,
      guidelines_read_at: null,
      block_behaviour_id: null,
      created_at: now,
      last_seen_at: now,
      excluded_at: null,
      exclusion_reason: null,
      join_key: options.joinKey,
      fingerprint: null,
      training: options.origin === 'simulated' ? 'none' : await firstTraining(trx, study.id),
      stopped_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (state === 'consented')
    await recordConsent(trx, {
      studyId: options.studyId,
      raterId: rater.id,
      kind: 'given',
      consentVersion: options.consentVersion ?? 0,
      warningVersion: options.warningVersion ?? 0,
      at: now,
    });
  const action = state === 'invited' ? 'invite' : 'join';
  await recordRaterEvent(trx, {
    raterId: rater.id,
    at: now,
    accountId: null,
    action,
    to: state,
    reason: null,
  });
  return rater;
}

interface Joining {
  readonly studyId: number;
  /** Chosen with the consent form. */
  readonly key: string;
  readonly consentVersion: number;
  readonly warningVersion: number;
  readonly origin: Rater['origin'];
  /** The name of their arrival (`arrival.ts`). */
  readonly arrival: string;
  readonly now: number;
}

/**
 * Makes a rater who consented without having been known before, and the secret of their personal link. A key
 * that made a rater before gives that rater with a fresh link, and stores nothing else; their
 * sessions go on. Looked up under the study's lock, so that the same form sent twice at once makes
 * one rater. Throws a `Problem` where the study is not open.
 */
export async function joinStudy(
  trx: Trx,
  options: Joining,
): Promise<{ rater: Rater; token: string }> {
  const { studyId, key } = options;
  const token = newSecret();
  await lockStudy(trx, studyId);
  const known = await trx
    .updateTable('rater')
    .set({ token_hash: hashSecret(token) })
    .where('study_id', '=', studyId)
    .where('join_key', '=', key)
    .returningAll()
    .executeTakeFirst();
  const rater =
    known ?? (await insertRater(trx, { ...options, state: 'consented', token, joinKey: key }));
  return { rater, token };
}

/**
 * Lets an invited rater begin, who has agreed to these versions; having agreed before is fine.
 * Throws a `Problem` where they may not.
 */
export async function acceptConsent(
  trx: Trx,
  options: { raterId: number; consentVersion: number; warningVersion: number; now: number },
): Promise<void> {
  const rater = await lockRater(trx, options.raterId);
  const { now } = options;
  const gate = gateOf(rater, await getStudy(trx, rater.study_id), now);
  if (gate.refusal('consent') === 'working') return;
  gate.require('consent');
  const values = {
    consented_at: now,
    consent_version: options.consentVersion,
    warning_version: options.warningVersion,
  };
  await moveRater(trx, rater, 'consented', { at: now, accountId: null, action: 'consent', values });
  const { study_id: studyId, id: raterId } = rater;
  await recordConsent(trx, { ...options, studyId, raterId, kind: 'given', at: now });
}

/**
 * Makes a rater who has not come yet, and the secret of their personal link.
 * @param options.arrival the name of their arrival, where it is not that link
 */
export async function inviteRater(
  trx: Trx,
  options: { studyId: number; origin: Rater['origin']; arrival?: string; now: number },
): Promise<{ rater: Rater; token: string }> {
  const token = newSecret();
  const rater = await insertRater(trx, {
    arrival: options.origin === 'simulated' ? 'simulated' : 'personal-link',
    ...options,
    state: 'invited',
    token,
    joinKey: null,
    consentVersion: null,
    warningVersion: null,
  });
  return { rater, token };
}

/**
 * A new personal link for a rater: the old one no longer works, and the sessions that it opened
 * end.
 */
export async function renewPersonalLink(trx: Trx, raterId: number): Promise<string> {
  const token = newSecret();
  await trx
    .updateTable('rater')
    .set((eb) => ({ token_hash: hashSecret(token), session_epoch: eb('session_epoch', '+', 1) }))
    .where('id', '=', raterId)
    .execute();
  return token;
}

const seenEvery = 15_000;

/** Notes that a rater is at work, every quarter of a minute at most. */
export async function noteSeen(
  db: Db,
  rater: Pick<Rater, 'id' | 'last_seen_at'>,
  now: number,
): Promise<void> {
  if (now - (rater.last_seen_at ?? 0) >= seenEvery)
    await db.updateTable('rater').set({ last_seen_at: now }).where('id', '=', rater.id).execute();
}

export const raterEvents = (db: Db, raterId: number) =>
  db
    .selectFrom('rater_event')
    .leftJoin('account', 'account.id', 'rater_event.account_id')
    .select([
      'rater_event.at',
      'rater_event.action',
      'rater_event.from_state',
      'rater_event.to_state',
      'rater_event.reason',
      'account.email',
    ])
    .where('rater_id', '=', raterId)
    .orderBy('rater_event.id')
    .execute();
