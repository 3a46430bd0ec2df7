import fc from 'fast-check';
import { type Insertable, sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Rater } from '#raters/rater.js';
import { recomputePlaces } from '#assignment/places.js';
import { leaveForNow, returnItem, takeUpAgain } from '#assignment/return.js';
import {
  blockRater,
  excludeRater,
  restoreRater,
  unblockRater,
  withdrawRater,
} from '#assignment/revocation.js';
import { submitJudgment } from '#assignment/submit.js';
import type { AtWork } from '#assignment/atWork.js';
import { expireLeases } from '#assignment/lease.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem, itemAhead } from '#assignment/slots.js';
import type { Database } from '#storage/database.js';
import type { AssignmentTable } from '#storage/raterTables.js';
import type { Study } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { engine, testDatabase } from '../support/database.js';

const overlap = 2;
const answers = { labelChoice: 0, ambiguous: false, relevance: 4, others: {} };

type Step =
  | {
      kind:
        | 'current'
        | 'ahead'
        | 'submit'
        | 'submitOld'
        | 'skip'
        | 'takeUp'
        | 'leave'
        | 'block'
        | 'unblock'
        | 'exclude'
        | 'restore'
        | 'withdraw';
      rater: number;
    }
  | { kind: 'wait'; minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('current' as const, 'submit' as const, 'ahead' as const),
      rater: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'submitOld' as const,
        'skip' as const,
        'takeUp' as const,
        'leave' as const,
      ),
      rater: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'block' as const,
        'unblock' as const,
        'exclude' as const,
        'restore' as const,
        'withdraw' as const,
      ),
      rater: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      minutes: fc.constantFrom(1, 3, 40),
    }),
  },
);

class Walk {
  now = 2_000_000;
  acknowledged = new Map<string, number>();
  keys = 0;
  skips = 0;
  constructor(
    readonly database: Database,
    readonly study: Study,
    readonly raters: Rater[],
  ) {}

  at(rater: number): AtWork {
    return { database: this.database, raterId: this.raters[rater]?.id ?? 0, now: this.now };
  }

  async submit(rater: number, assignment: { public_id: string; id: number }): Promise<void> {
    const key = `key-${(this.keys += 1)}`;
    await submitJudgment(
      this.at(rater),
      { assignment: assignment.public_id, key, answers, comment: null, activeMs: 10 },
      { fetchAhead: this.keys % 2 === 0 },
    );
    this.acknowledged.set(key, assignment.id);
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'wait') {
      this.now += step.minutes * 60_000;
      await expireLeases(this.database, this.study.id, this.now);
      return;
    }
    const { rater } = step;
    const action = {
      raterId: this.raters[rater]?.id ?? 0,
      now: this.now,
      accountId: null,
      reason: 'test',
    };
    const old = (state: string) =>
      this.database.db
        .selectFrom('assignment')
        .select(['id', 'public_id'])
        .where('rater_id', '=', action.raterId)
        .where('state', '=', state as 'leased')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
    switch (step.kind) {
      case 'current':
        return void (await currentItem(this.at(rater)));
      case 'ahead':
        return void (await itemAhead(this.at(rater)));
      case 'submit': {
        const item = await currentItem(this.at(rater));
        if (!isNothing(item)) await this.submit(rater, item);
        return;
      }
      case 'submitOld': {
        const lapsed = (await old('expired')) ?? (await old('revoked')) ?? (await old('submitted'));
        if (lapsed !== undefined) await this.submit(rater, lapsed);
        return;
      }
      case 'skip': {
        const held = await old('leased');
        if (held !== undefined)
          await returnItem(this.at(rater), {
            assignment: held.public_id,
            key: `skip-${(this.skips += 1)}`,
            reason: 'unclear',
            comment: null,
          });
        return;
      }
      case 'takeUp': {
        const skipped = await old('returned');
        if (skipped !== undefined) await takeUpAgain(this.at(rater), skipped.public_id);
        return;
      }
      case 'leave':
        return void (await leaveForNow(this.at(rater)));
      case 'block':
        return void (await blockRater(this.database.db, action));
      case 'unblock':
        return void (await unblockRater(this.database.db, action));
      case 'exclude':
        return void (await excludeRater(this.database.db, action));
      case 'restore':
        return void (await restoreRater(this.database.db, action));
      case 'withdraw':
        return void (await withdrawRater(this.database.db, action));
    }
  }

  /** The promises that must hold after every step, asked of the tables themselves. */
  async check(): Promise<void> {
    const { db } = this.database;
    const over = await db
      .selectFrom('assignment')
      .select((eb) => ['item_id', eb.fn.countAll<number>().as('held')])
      .where('place_no', 'is not', null)
      .groupBy('item_id')
      .having((eb) => eb.fn.countAll(), '>', overlap)
      .execute();
    expect(over).toEqual([]);
    const twice = await db
      .selectFrom('assignment')
      .select((eb) => ['item_id', 'rater_id', eb.fn.countAll<number>().as('times')])
      .groupBy(['item_id', 'rater_id'])
      .having((eb) => eb.fn.countAll(), '>', 1)
      .execute();
    expect(twice).toEqual([]);
    expect(await recomputePlaces(db)).toBe(0);
    const stored = await db
      .selectFrom('judgment')
      .select(['submission_key', 'assignment_id'])
      .execute();
    expect(new Map(stored.map((row) => [row.submission_key, row.assignment_id]))).toEqual(
      this.acknowledged,
    );
    const endedLeases = await db
      .selectFrom('assignment')
      .innerJoin('rater', 'rater.id', 'assignment.rater_id')
      .select('assignment.id')
      .where((eb) =>
        eb.or([
          eb('rater.excluded_at', 'is not', null),
          eb('rater.state', 'in', ['blocked', 'withdrawn']),
        ]),
      )
      .where('assignment.state', '=', 'leased')
      .execute();
    expect(endedLeases).toEqual([]);
    const excludedPlaces = await db
      .selectFrom('assignment')
      .innerJoin('rater', 'rater.id', 'assignment.rater_id')
      .select('assignment.id')
      .where('rater.excluded_at', 'is not', null)
      .where('assignment.state', '=', 'submitted')
      .where('assignment.place_no', 'is not', null)
      .execute();
    expect(excludedPlaces).toEqual([]);
  }
}

test('an item never collects more than k judgments, a rater has it once, and nothing acknowledged is lost, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const database = await testDatabase();
      const study = await buildStudy(database, {
        datasets: [
          { source: 'generated', examples: plainExamples(3) },
          { source: 'human', examples: plainExamples(3, 'Human') },
        ],
        settings: { overlap, sampleSize: 3, blockLength: 2 },
      });
      const walk = new Walk(database, study, await buildRaters(database, study, 4));
      for (const next of steps) {
        await walk.take(next).catch((error: unknown) => {
          // Refusals in words are part of the game; anything else is a fault.
          if (!(error instanceof Problem)) throw error;
        });
      }
      await walk.check();
    }),
    { numRuns: engine() === 'sqlite' ? 60 : 12 },
  );
});

test('raters at work at the same moment fill every place of every item exactly once', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(8) },
      { source: 'human', examples: plainExamples(8, 'Human') },
    ],
    settings: { overlap: 3, sampleSize: 8 },
  });
  const raters = await buildRaters(database, study, 5);
  const walk = new Walk(database, study, raters);
  await Promise.all(
    raters.map(async (_, index) => {
      for (;;) {
        const item = await currentItem(walk.at(index));
        if (isNothing(item)) return;
        await submitJudgment(
          walk.at(index),
          {
            assignment: item.public_id,
            key: `${index}-${item.public_id}`,
            answers,
            comment: null,
            activeMs: null,
          },
          { fetchAhead: false },
        );
      }
    }),
  );
  const places = await database.db
    .selectFrom('assignment')
    .select((eb) => ['item_id', eb.fn.count<number>('place_no').as('held')])
    .where('state', '=', 'submitted')
    .groupBy('item_id')
    .execute();
  const items = await database.db
    .selectFrom('item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(places.filter((row) => row.held === 3)).toHaveLength(items.count);
  expect(await recomputePlaces(database.db)).toBe(0);
});

test('the database itself refuses a judgment too many, a second assignment of one rater, a foreign rater and an excluded place', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 1, sampleSize: 2 },
  });
  const other = await buildStudy(database, {
    datasets: [{ behaviour: 'shy', examples: plainExamples(2) }],
    settings: { overlap: 1, sampleSize: 2 },
  });
  const [first, second] = await buildRaters(database, study, 2);
  const [stranger] = await buildRaters(database, other, 1);
  const item = await db
    .selectFrom('item')
    .selectAll()
    .where('study_id', '=', study.id)
    .executeTakeFirstOrThrow();
  const row: Insertable<AssignmentTable> = {
    public_id: 'x',
    study_id: study.id,
    rater_id: first?.id ?? 0,
    item_id: item.id,
    role: 'validation',
    overlap: 1,
    state: 'leased',
    place_no: 1,
    lease_slot: 0,
    lease_until: 9,
    choice_order: '[0,1]',
    created_at: 1,
    shown_at: 1,
    submitted_at: null,
    excluded_at: null,
  };
  await db.insertInto('assignment').values(row).execute();
  const refused = (values: Partial<Insertable<AssignmentTable>>) =>
    expect(
      db
        .insertInto('assignment')
        .values({
          ...row,
          public_id: Math.random().toString(),
          rater_id: second?.id ?? 0,
          lease_slot: 1,
          ...values,
        })
        .execute(),
    ).rejects.toThrow();
  await refused({});
  await refused({ place_no: 2 });
  await refused({ overlap: 2, place_no: 2 });
  await refused({ rater_id: row.rater_id, place_no: null });
  await refused({ rater_id: stranger?.id ?? 0 });
  await refused({ place_no: null });
  await refused({ state: 'submitted', place_no: null });
  await expect(db.updateTable('assignment').set({ excluded_at: 5 }).execute()).rejects.toThrow();
  await expect(db.updateTable('assignment').set({ state: 'expired' }).execute()).rejects.toThrow();
  await expect(
    sql`update item set overlap = 0 where id = ${item.id}`.execute(db),
  ).rejects.toThrow();
});
