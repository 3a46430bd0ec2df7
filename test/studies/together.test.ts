import { expect, test } from 'vitest';
import {
  confirmedDescription,
  describeBehaviour,
  descriptionHistory,
  ensureBehaviour,
} from '#datasets/behaviour.js';
import { inTransaction } from '#storage/transaction.js';
import { changeOpened } from '#studies/draft.js';
import { openStudy } from '#studies/opening.js';
import { textHistory } from '#studies/study.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';

const together = 16;
const each = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: together }, (_, index) => work(index)));
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

test('a text that many save at the same moment has a version for each of them', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(2) }] });
  await each((index) =>
    inTransaction(db, (trx) =>
      changeOpened(
        trx,
        study,
        { texts: { guidelines: `Text ${index}` } },
        { now: 2_000_000, accountId: null },
      ),
    ),
  );
  const versions = (await textHistory(db, study.id))
    .filter(({ kind }) => kind === 'guidelines')
    .map(({ version }) => version);
  expect(versions).toEqual(upTo(together + 1));
});

test('a description that many confirm at the same moment has a version for each of them', async () => {
  const { db } = await testDatabase();
  const behaviours = await each(() => ensureBehaviour(db, 'kind', 1));
  const behaviourId = behaviours[0]?.id ?? 0;
  expect(new Set(behaviours.map(({ id }) => id))).toEqual(new Set([behaviourId]));
  const written = await each((index) =>
    inTransaction(db, (trx) =>
      describeBehaviour(trx, {
        behaviourId,
        text: { short: `Text ${index}`, long: '' },
        confirm: true,
        now: 2,
        accountId: null,
      }),
    ),
  );
  expect(
    written.map(({ description }) => description.version).toSorted((left, right) => left - right),
  ).toEqual(upTo(together));
  expect(await descriptionHistory(db, behaviourId)).toHaveLength(together);
  expect((await confirmedDescription(db, behaviourId))?.version).toBe(together);
});

test('a draft that many open at the same moment is opened once', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { sampleSize: 4 },
    open: false,
  });
  const opened = await each(() => openStudy(db, { study, now: 2_000_000, staff: null }));
  expect(new Set(opened.map(({ state }) => state))).toEqual(new Set(['open']));
  expect(await db.selectFrom('item').select('position').orderBy('position').execute()).toEqual(
    [0, 1, 2, 3].map((position) => ({ position })),
  );
  expect(
    await db.selectFrom('study_event').select('to_state').where('action', '=', 'move').execute(),
  ).toEqual([{ to_state: 'open' }]);
});
