import { expect, test } from 'vitest';
import { needsOf } from '#oversight/needs.js';
import { median, progressOf } from '#oversight/progress.js';
import { flagItem, returnItem } from '#assignment/return.js';
import { blockRater, excludeRater, restoreRater, withdrawRater } from '#assignment/revocation.js';
import { serverProgress } from '#oversight/serverProgress.js';
import { submitJudgment } from '#assignment/submit.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import type { Database } from '#storage/database.js';
import type { Rater } from '#raters/rater.js';
import { getStudy, type Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest, testDatabase } from '../support/database.js';

const start = 10_000_000;
const minute = 60_000;

interface Given {
  readonly upheld?: boolean;
  readonly ambiguous?: boolean;
  readonly relevance?: number;
  readonly comment?: string;
  readonly tookMs?: number;
  readonly at?: number;
}

/** A rater answers what is on the screen; upheld answers choose the dataset's own label. */
async function answer(database: Database, rater: Rater, given: Given): Promise<number> {
  const now = given.at ?? start;
  const item = await currentItem({ database, raterId: rater.id, now });
  if (isNothing(item)) throw new Error(`nothing to answer: ${item.reason}`);
  const { label_choice: label } = await database.db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select('label_choice')
    .where('item.id', '=', item.item_id)
    .executeTakeFirstOrThrow();
  const chosen = (given.upheld ?? true) ? label : 1 - (label ?? 0);
  await submitJudgment(
    { database, raterId: rater.id, now },
    {
      assignment: item.public_id,
      key: `${rater.id} ${item.id} ${now}`,
      answers: {
        labelChoice: chosen,
        ambiguous: given.ambiguous ?? false,
        relevance: given.relevance ?? 4,
        others: {},
      },
      comment: given.comment ?? null,
      activeMs: given.tookMs ?? 5000,
    },
    { fetchAhead: false },
  );
  return item.item_id;
}

const now = start + 30 * minute;
const progress = async (database: Database, study: Study) =>
  progressOf(database.db, await getStudy(database.db, study.id), now);

test('figures against a count by hand', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ source: 'generated', examples: plainExamples(3) }],
    settings: { overlap: 2, sampleSize: 3 },
    now: start,
  });
  const [first, second] = await buildRaters(database, study, 2, start);
  if (first === undefined || second === undefined) throw new Error('two raters');
  // The first rater upholds all three and calls one unclear; the second upholds one of the two that
  // they judge.
  await answer(database, first, { relevance: 5, ambiguous: true, tookMs: 1000, at: start });
  await answer(database, first, { relevance: 4, tookMs: 3000, at: start + minute });
  await answer(database, first, { relevance: 3, tookMs: 9000, at: start + 2 * minute });
  await answer(database, second, {
    relevance: 1,
    upheld: false,
    tookMs: 2000,
    at: start + 3 * minute,
  });
  await answer(database, second, {
    relevance: 2,
    tookMs: 4000,
    comment: 'Odd.',
    at: start + 4 * minute,
  });
  const counted = await progress(database, study);
  expect(counted).toMatchObject({
    state: 'open',
    items: 3,
    wanted: 6,
    judgments: 5,
    complete: 2,
    surplus: 0,
    comments: 1,
    flags: 0,
    skippedByAll: 0,
    atWork: 0,
  });
  // 5 judgments in the 30 minutes since the first one: 10 an hour, so the sixth is there in 6
  // minutes.
  expect(counted.perHour).toBeCloseTo(10, 9);
  expect(counted.doneAt).toBeCloseTo(now + 6 * minute, 3);
  // Of the two complete items one has a vote against it: 1 of 2 is no strict majority.
  expect(counted.datasets[0]).toMatchObject({
    items: 3,
    wanted: 6,
    judgments: 5,
    complete: 2,
    labelled: 2,
    upheld: 1,
    meanRelevance: 3,
    unclear: 0.2,
    unclearToAll: 0,
  });
  // Wilson for 1 of 2 at 95 %, from the closed form.
  expect(counted.datasets[0]?.upheldInterval?.lower).toBeCloseTo(0.0945, 4);
  expect(counted.datasets[0]?.upheldInterval?.upper).toBeCloseTo(0.9055, 4);
  expect(
    counted.raters.map(({ pseudonym, judgments, counted: places, medianMs }) => [
      pseudonym,
      judgments,
      places,
      medianMs,
    ]),
  ).toEqual([
    ['r-01', 3, 3, 3000],
    ['r-02', 2, 2, 3000],
  ]);
});

test('an edit counts once, with its newest answer', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 1 },
    now: start,
  });
  const [rater] = await buildRaters(database, study, 1, start);
  if (rater === undefined) throw new Error('a rater');
  await answer(database, rater, {
    upheld: false,
    relevance: 1,
    comment: 'First.',
    ambiguous: true,
  });
  const { public_id: assignment } = await database.db
    .selectFrom('assignment')
    .select('public_id')
    .executeTakeFirstOrThrow();
  await submitJudgment(
    { database, raterId: rater.id, now: start + 1000 },
    {
      assignment,
      key: 'again',
      answers: { labelChoice: 0, ambiguous: false, relevance: 5, others: {} },
      comment: null,
      activeMs: 10,
    },
    { fetchAhead: false },
  );
  const { datasets, comments } = await progress(database, study);
  expect([
    datasets[0]?.judgments,
    datasets[0]?.upheld,
    datasets[0]?.meanRelevance,
    datasets[0]?.unclear,
    comments,
  ]).toEqual([1, 1, 5, 0, 0]);
});

test('excluded, withdrawn and blocked raters: what counts, what is surplus, what comes back', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 3 },
    now: start,
  });
  const [first, second, third] = await buildRaters(database, study, 3, start);
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('three raters');
  await answer(database, first, {});
  await answer(database, first, {});
  await answer(database, second, {});
  const act = (rater: Rater) => ({
    raterId: rater.id,
    now: start + minute,
    accountId: null,
    reason: 'test',
  });
  await excludeRater(db, act(first));
  expect(await progress(database, study)).toMatchObject({ judgments: 1, surplus: 2, complete: 0 });
  await answer(database, third, {});
  await restoreRater(db, act(first));
  expect(await progress(database, study)).toMatchObject({ judgments: 4, surplus: 0 });
  await blockRater(db, act(second));
  expect(await progress(database, study)).toMatchObject({ judgments: 4 });
  await withdrawRater(db, act(third));
  const after = await progress(database, study);
  expect(after).toMatchObject({ judgments: 3, surplus: 1 });
  expect(after.raters.map((rater) => rater.state)).toEqual(['consented', 'blocked', 'withdrawn']);
});

test('needs: nobody joined, everybody done, skipped by all, unclear to all, flags, a rater who is far quicker, labels reversed', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(24) }],
    settings: { overlap: 2, sampleSize: 24 },
    now: start,
  });
  const sentences = async (): Promise<string[]> =>
    needsOf({ id: 'x', state: 'open' }, await progress(database, study)).map(
      (need) => need.sentence,
    );
  expect(await sentences()).toEqual([
    'Nobody has joined yet. Pass the link on, or make personal ones.',
  ]);
  const raters = await buildRaters(database, study, 3, start);
  const [slow, middle, quick] = raters;
  if (slow === undefined || middle === undefined || quick === undefined)
    throw new Error('three raters');
  const { id: itemId } = await database.db
    .selectFrom('item')
    .select('id')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  const flagged = new Set<number>();
  for (const rater of raters) {
    for (let turn = 0; turn < 24; turn += 1) {
      const item = await currentItem({ database, raterId: rater.id, now: start });
      if (isNothing(item)) break;
      if (item.item_id === itemId)
        await returnItem(
          { database, raterId: rater.id, now: start },
          {
            assignment: item.public_id,
            key: `skip ${item.public_id}`,
            reason: 'unclear',
            comment: null,
          },
        );
      else {
        if (rater === slow && flagged.size < 2)
          await flagItem(
            { database, raterId: rater.id, now: start },
            {
              assignment: item.public_id,
              key: `flag ${item.public_id}`,
              kind: 'broken',
              comment: null,
            },
          );
        flagged.add(item.item_id);
        await answer(database, rater, {
          upheld: false,
          tookMs: rater === quick ? 900 : 12_000,
          ambiguous: item.item_id === itemId + 1,
        });
      }
    }
  }
  const counted = await progress(database, study);
  expect(counted).toMatchObject({ judgments: 46, complete: 23, skippedByAll: 1, flags: 2 });
  const said = await sentences();
  expect(said[0]).toBe(
    'The labels of kind (generated) look reversed: raters overruled 23 of the 23 on which they had a majority.',
  );
  expect(said).toContain('1 example was skipped by everybody who met it.');
  expect(said).toContain(
    '1 example was unclear to every rater: the guidelines may not say which answer fits.',
  );
  expect(said).toContain('Raters flagged 2 examples.');
});

onceTest('a rater is called quick only beside others, from ten judgments on', async () => {
  const rater = (pseudonym: string, judgments: number, medianMs: number) => ({
    id: pseudonym,
    pseudonym,
    state: 'consented' as const,
    simulated: false,
    excluded: false,
    stopped: false,
    training: 'none' as const,
    judgments,
    counted: judgments,
    checks: 0,
    skipped: 0,
    medianMs,
    lastSeenAt: null,
    atWork: false,
  });
  const said = (...raters: ReturnType<typeof rater>[]): string[] =>
    needsOf(
      { id: 'x', state: 'open' },
      {
        state: 'open',
        items: 1,
        wanted: 9,
        judgments: 1,
        complete: 0,
        surplus: 0,
        perHour: null,
        doneAt: null,
        datasets: [],
        raters,
        atWork: 0,
        skippedByAll: 0,
        flags: 0,
        comments: 0,
      },
    ).map((need) => need.sentence);
  expect(said(rater('r-01', 20, 1400), rater('r-02', 20, 11_000))).toEqual([
    'Rater r-01 answers in 1.4 s (median of the others 11.0 s).',
  ]);
  expect(said(rater('r-01', 9, 1400), rater('r-02', 20, 11_000))).toEqual([]);
  expect(said(rater('r-01', 20, 3000), rater('r-02', 20, 11_000))).toEqual([]);
  expect(said(rater('r-01', 20, 1))).toEqual([]);
});

test('a large study is counted in a thread of its own, with the same outcome', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(501) }],
    settings: { overlap: 1, sampleSize: 501 },
    now: start,
  });
  const [rater] = await buildRaters(database, study, 1, start);
  if (rater === undefined) throw new Error('a rater');
  await answer(database, rater, { comment: 'One.' });
  const stored = await getStudy(database.db, study.id);
  expect(await serverProgress({ database, db: database.db, now: () => now }, stored)).toEqual(
    await progressOf(database.db, stored, now),
  );
});

onceTest('a median', () => {
  expect([median([]), median([3]), median([9, 1]), median([5, 1, 3])]).toEqual([null, 3, 5, 3]);
});

onceTest(
  'ties are not overruling: labels that are upheld or tied do not look reversed',
  async () => {
    const database = await testDatabase();
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(24) }],
      settings: { overlap: 2, sampleSize: 24 },
      now: start,
    });
    const [first, second] = await buildRaters(database, study, 2, start);
    if (first === undefined || second === undefined) throw new Error('two raters');
    for (let turn = 0; turn < 24; turn += 1) {
      await answer(database, first, {});
      await answer(database, second, { upheld: turn < 6 });
    }
    const counted = await progress(database, study);
    expect(counted.datasets[0]).toMatchObject({ labelled: 24, upheld: 6, overruled: 0 });
    expect(
      needsOf({ id: 'x', state: 'open' }, counted).filter((need) =>
        need.sentence.includes('labels'),
      ),
    ).toEqual([]);
  },
);

onceTest(
  'examples without a label are not waited for: fifteen overruled labels of thirty examples look reversed',
  async () => {
    const database = await testDatabase();
    const examples = plainExamples(30).map((example, index) => ({
      ...example,
      label: index < 15 ? index % 2 : null,
    }));
    const study = await buildStudy(database, {
      datasets: [{ examples }],
      settings: { overlap: 1, sampleSize: 30 },
      now: start,
    });
    const [rater] = await buildRaters(database, study, 1, start);
    if (rater === undefined) throw new Error('a rater');
    const reversed = async () =>
      needsOf({ id: 'x', state: 'open' }, await progress(database, study)).filter((need) =>
        need.sentence.includes('reversed'),
      );
    for (let turn = 0; turn < 30; turn += 1) {
      expect((await progress(database, study)).datasets[0]).toMatchObject({
        items: 30,
        withLabel: 15,
        complete: turn,
      });
      await answer(database, rater, { upheld: false });
    }
    expect((await progress(database, study)).datasets[0]).toMatchObject({
      items: 30,
      withLabel: 15,
      complete: 30,
      labelled: 15,
      upheld: 0,
      overruled: 15,
    });
    expect(await reversed()).toMatchObject([
      {
        sentence:
          'The labels of kind (generated) look reversed: raters overruled 15 of the 15 on which they had a majority.',
      },
    ]);
  },
);
