import { isIPv6 } from 'node:net';
import type { Request, Response } from 'express';
import type { Db, Trx } from '#storage/database.js';
import { hashSecret } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from './application.js';
import { Problem } from './problem.js';
import { type LimitName, limits } from './route.js';

/** How often something failed, and when that is forgotten (UTC milliseconds). */
interface Tally {
  readonly hits: number;
  readonly resets_at: number;
}

/** What follows from failures; times are UTC milliseconds. */
interface Rule {
  /** From when on the next try is looked at. */
  opensAt(tally: Tally): number;
  /** The tally after one more failure. */
  after(tally: Tally, now: number): Tally;
}

/** A key of the table: whose failures are counted, and by which rule. */
interface Counted {
  readonly key: string;
  readonly rule: Rule;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * So many failures in so many minutes, counted from the first one; then none until these are over.
 */
const atMost = ({
  failures,
  minutes,
}: {
  readonly failures: number;
  readonly minutes: number;
}): Rule => ({
  opensAt: ({ hits, resets_at }) => (hits >= failures ? resets_at : 0),
  after: ({ hits, resets_at }, now) => ({
    hits: hits + 1,
    resets_at: hits === 0 ? now + minutes * minute : resets_at,
  }),
});

/**
 * Failures without a wait, then one that doubles with each failure; times in the unit that the name
 * says.
 */
interface Slowing {
  readonly failures: number;
  readonly firstWaitSeconds: number;
  readonly longestWaitMinutes: number;
  readonly forgottenAfterMinutes?: number;
  readonly forgottenAfterHours?: number;
}

/**
 * Some failures without a wait; then a wait that doubles with each one, until some time passes
 * without any.
 */
const slowingDown = ({
  failures,
  firstWaitSeconds,
  longestWaitMinutes,
  forgottenAfterMinutes = 0,
  forgottenAfterHours = 0,
}: Slowing): Rule => {
  const kept = forgottenAfterMinutes * minute + forgottenAfterHours * hour;
  const wait = (hits: number): number =>
    Math.min(firstWaitSeconds * second * 2 ** (hits - failures), longestWaitMinutes * minute);
  return {
    opensAt: ({ hits, resets_at }) => (hits < failures ? 0 : resets_at - kept + wait(hits)),
    after: ({ hits }, now) => ({ hits: hits + 1, resets_at: now + kept }),
  };
};

/**
 * The caller's address as it is counted: of IPv6 the first 64 bits, as one caller has all addresses
 * below them.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const groups = (half: string | undefined): string[] =>
    half === undefined || half === '' ? [] : half.split(':');
  const [before, after] = address.split('::');
  const [front, back] = [groups(before), groups(after)];
  const all = [
    ...front,
    ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'),
    ...back,
  ];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** The account that a form tries, as it was typed. */
function accountOf(request: Request): string {
  const body: unknown = request.body;
  return typeof body === 'object' && body !== null && 'email' in body
    ? String(body.email).trim().toLowerCase().slice(0, 254)
    : '';
}

// Addresses and accounts stand in the table as hashes.
const keyOf = (name: string, parts: readonly string[]): string =>
  `${name}:${hashSecret(parts.join(' '))}`;

/** Whose failures a request would add to. */
function countedFor(name: LimitName, request: Request): Counted[] {
  const limit = limits[name];
  const network = networkOf(request.ip ?? 'unknown');
  const counted = [
    {
      key: keyOf(`${name}-address`, [network]),
      rule:
        'minutes' in limit.perAddress ? atMost(limit.perAddress) : slowingDown(limit.perAddress),
    },
  ];
  if ('perAccount' in limit)
    counted.push({
      key: keyOf(`${name}-account`, [network, accountOf(request)]),
      rule: slowingDown(limit.perAccount),
    });
  return counted;
}

const nothing: Tally = { hits: 0, resets_at: 0 };
const standing = (row: Tally | undefined, now: number): Tally =>
  row === undefined || row.resets_at <= now ? nothing : row;

/** The tallies of these keys, locked until the transaction ends. */
async function lockTallies(trx: Trx, counted: readonly Counted[], now: number): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const { key } of counted) {
    const row = await trx
      .insertInto('rate_limit')
      .values({ key, ...nothing })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((eb) => ({ hits: eb.ref('rate_limit.hits') })),
      )
      .returning(['hits', 'resets_at'])
      .executeTakeFirstOrThrow();
    tallies.push(standing(row, now));
  }
  return tallies;
}

/**
 * What became of a failure: the time at which all its keys are open, and their tallies before it.
 */
interface Added {
  readonly opensAt: number;
  readonly before: readonly Tally[];
}

/** Adds a failure to each key, unless one of them is not open yet: then nothing is added. */
const addFailure = (db: Db, counted: readonly Counted[], now: number): Promise<Added> =>
  inTransaction(db, async (trx) => {
    const before = await lockTallies(trx, counted, now);
    const opensAt = Math.max(
      ...counted.map(({ rule }, index) => rule.opensAt(before[index] ?? nothing)),
    );
    if (opensAt > now) return { opensAt, before };
    for (const [index, { key, rule }] of counted.entries()) {
      await trx
        .updateTable('rate_limit')
        .set(rule.after(before[index] ?? nothing, now))
        .where('key', '=', key)
        .execute();
    }
    return { opensAt, before };
  });

/**
 * Takes a failure that was added at this time back from a key. Times that later failures set stay.
 */
async function takeBack(db: Db, { key, rule }: Counted, before: Tally, now: number): Promise<void> {
  const added = rule.after(before, now);
  await db
    .updateTable('rate_limit')
    .set((eb) => ({
      hits: eb('hits', '-', 1),
      resets_at: eb
        .case()
        .when('resets_at', '=', added.resets_at)
        .then(before.resets_at)
        .else(eb.ref('resets_at'))
        .end(),
    }))
    .where('key', '=', key)
    .where('hits', '>', 0)
    .execute();
}

async function opensAtFor(db: Db, counted: readonly Counted[], now: number): Promise<number> {
  const rows = await db
    .selectFrom('rate_limit')
    .selectAll()
    .where(
      'key',
      'in',
      counted.map(({ key }) => key),
    )
    .execute();
  return Math.max(
    ...counted.map(({ key, rule }) =>
      rule.opensAt(
        standing(
          rows.find((row) => row.key === key),
          now,
        ),
      ),
    ),
  );
}

function refuseUntil(opensAt: number, now: number, response: Response): void {
  if (opensAt <= now) return;
  const seconds = Math.ceil((opensAt - now) / second);
  response.set('Retry-After', String(seconds));
  const wait =
    seconds < 120
      ? `${seconds} second${seconds === 1 ? '' : 's'}`
      : `${Math.ceil(seconds / 60)} minutes`;
  throw new Problem(
    429,
    'too_many_tries',
    'Too many tries.',
    `Wait ${wait} and try again. Nothing was changed.`,
  );
}

const forgiving = new WeakMap<Request, () => Promise<void>>();

/**
 * Says that what a request tried was right: it does not count as a failure, and the wait of its
 * account ends.
 */
export const forgiveFailures = async (request: Request): Promise<void> =>
  forgiving.get(request)?.();

/**
 * Runs a guarded handler. A `guess` counts as a failure from the start, so that tries at the same
 * moment cannot pass together, until `forgiveFailures` takes it back. Otherwise only what the
 * handler does not find (404, 410) counts, after it was looked for. Throws a 429 `Problem` and says
 * in `Retry-After` when the next try is looked at.
 */
export async function withinLimit(
  name: LimitName,
  application: Application,
  request: Request,
  response: Response,
  handle: () => Promise<void> | void,
): Promise<void> {
  const { db } = application;
  const counted = countedFor(name, request);
  const now = application.now();
  if (limits[name].counts === 'guesses') {
    const { opensAt, before } = await addFailure(db, counted, now);
    refuseUntil(opensAt, now, response);
    const [address, ...accounts] = counted;
    forgiving.set(request, async () => {
      if (accounts.length > 0)
        await db
          .deleteFrom('rate_limit')
          .where(
            'key',
            'in',
            accounts.map(({ key }) => key),
          )
          .execute();
      if (address !== undefined) await takeBack(db, address, before[0] ?? nothing, now);
    });
    await handle();
    return;
  }
  refuseUntil(await opensAtFor(db, counted, now), now, response);
  try {
    await handle();
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 410))
      await addFailure(db, counted, now);
    throw error;
  }
}

/** Deletes counts that have run out. */
export async function sweepRateLimits(application: Application): Promise<void> {
  await application.db
    .deleteFrom('rate_limit')
    .where('resets_at', '<=', application.now())
    .execute();
}
