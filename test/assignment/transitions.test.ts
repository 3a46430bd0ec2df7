import { expect, test } from 'vitest';
import { assignmentMoves, ForbiddenMove, moveAssignment } from '#assignment/transitions.js';
import { raterMoves, moveRater } from '#raters/rater.js';
import type { AssignmentState, RaterState } from '#storage/raterTables.js';
import { attempts, inTransaction, TryAgain } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';

const assignmentStates = Object.keys(assignmentMoves) as AssignmentState[];
const raterStates = Object.keys(raterMoves) as RaterState[];

/** The moves as `docs` and design name them, written down a second time on purpose. */
const allowed = new Set([
  'leased submitted',
  'leased expired',
  'leased returned',
  'leased revoked',
  'expired submitted',
  'expired leased',
  'returned leased',
  'revoked submitted',
]);
const allowedRaters = new Set([
  'invited consented',
  'invited blocked',
  'invited withdrawn',
  'consented finished',
  'consented blocked',
  'consented withdrawn',
  'finished consented',
  'finished blocked',
  'finished withdrawn',
  'blocked consented',
  'blocked invited',
  'blocked withdrawn',
]);

const columnsIn = (state: AssignmentState) => ({
  state,
  place_no: state === 'leased' || state === 'submitted' ? 1 : null,
  lease_slot: state === 'leased' ? (0 as const) : null,
  lease_until: state === 'leased' ? 9_000_000 : null,
  submitted_at: state === 'submitted' ? 5 : null,
});

test('every pair of states of an assignment: the moves of the table happen and leave an event, all others are refused', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 1 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const item = await database.db.selectFrom('item').selectAll().executeTakeFirstOrThrow();
  for (const from of assignmentStates) {
    for (const to of assignmentStates) {
      const moved = await inTransaction(database.db, async (trx) => {
        await trx.deleteFrom('assignment_event').execute();
        await trx.deleteFrom('assignment').execute();
        const before = await trx
          .insertInto('assignment')
          .values({
            public_id: `${from}-${to}`,
            study_id: study.id,
            rater_id: rater?.id ?? 0,
            item_id: item.id,
            role: 'validation',
            overlap: 1,
            choice_order: '[0,1]',
            created_at: 1,
            shown_at: 1,
            excluded_at: null,
            ...columnsIn(from),
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        const { state: _state, ...values } = columnsIn(to);
        try {
          const after = await moveAssignment(trx, before, to, { at: 7, cause: 'test', values });
          return {
            state: after.state,
            events: await trx
              .selectFrom('assignment_event')
              .select(['from_state', 'to_state', 'cause', 'at'])
              .execute(),
          };
        } catch (error) {
          if (!(error instanceof ForbiddenMove)) throw error;
          return 'refused';
        }
      });
      if (from === to) expect(moved).toEqual({ state: from, events: [] });
      else if (allowed.has(`${from} ${to}`))
        expect(moved).toEqual({
          state: to,
          events: [{ from_state: from, to_state: to, cause: 'test', at: 7 }],
        });
      else expect(moved, `${from} to ${to}`).toBe('refused');
    }
  }
});

test('a move of what has moved meanwhile is tried again, as a whole', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 1 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const item = await database.db.selectFrom('item').selectAll().executeTakeFirstOrThrow();
  const stale = await database.db
    .insertInto('assignment')
    .values({
      public_id: 'a',
      study_id: study.id,
      rater_id: rater?.id ?? 0,
      item_id: item.id,
      role: 'validation',
      overlap: 1,
      choice_order: '[0,1]',
      created_at: 1,
      shown_at: 1,
      excluded_at: null,
      ...columnsIn('leased'),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await inTransaction(database.db, (trx) =>
    moveAssignment(trx, stale, 'expired', { at: 2, cause: 'lease', values: { place_no: null } }),
  );
  let tries = 0;
  const moved = inTransaction(database.db, (trx) => {
    tries += 1;
    return moveAssignment(trx, stale, 'returned', {
      at: 3,
      cause: 'unclear',
      values: { place_no: null },
    });
  });
  await expect(moved).rejects.toThrow(TryAgain);
  expect(tries).toBe(attempts);
});

test('every pair of states of a rater', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(1) }] });
  const [rater] = await buildRaters(database, study, 1);
  if (rater === undefined) throw new Error('no rater');
  for (const from of raterStates) {
    for (const to of raterStates) {
      const before = await database.db
        .updateTable('rater')
        .set({ state: from })
        .where('id', '=', rater.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await database.db.deleteFrom('rater_event').execute();
      const move = inTransaction(database.db, (trx) =>
        moveRater(trx, before, to, { at: 9, accountId: null, action: 'test' }),
      );
      if (from === to) expect((await move).state).toBe(from);
      else if (allowedRaters.has(`${from} ${to}`)) expect((await move).state).toBe(to);
      else await expect(move, `${from} to ${to}`).rejects.toThrow(Problem);
      const events = await database.db
        .selectFrom('rater_event')
        .select(['from_state', 'to_state'])
        .execute();
      expect(events).toEqual(
        from !== to && allowedRaters.has(`${from} ${to}`)
          ? [{ from_state: from, to_state: to }]
          : [],
      );
    }
  }
});
