import { expect, test } from 'vitest';
import type { AtWork } from '#assignment/atWork.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import { submitJudgment } from '#assignment/submit.js';
import { withdrawRater } from '#assignment/revocation.js';
import { seenInStudy } from '#quality/signals.js';
import { createRandom } from '#statistics/random.js';
import type { Database } from '#storage/database.js';
import { openStudy } from '#studies/opening.js';
import { buildKnownAnswers, buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite } from '../support/site.js';

/** Judges everything that comes; the share of right answers is the rater's skill. */
async function judgeAll(at: AtWork, options: { skill: number; seed: string; ms: number }) {
  const random = createRandom(options.seed);
  for (;;) {
    const item = await currentItem(at);
    if (isNothing(item)) return;
    const { label_choice: label } = await at.database.db
      .selectFrom('item')
      .innerJoin('example', 'example.id', 'item.example_id')
      .select('example.label_choice')
      .where('item.id', '=', item.item_id)
      .executeTakeFirstOrThrow();
    const right = random() < options.skill;
    await submitJudgment(
      at,
      {
        assignment: item.public_id,
        key: `key-${item.public_id}`,
        answers: {
          labelChoice: right ? (label ?? 0) : 1 - (label ?? 0),
          ambiguous: false,
          relevance: 1 + Math.floor(random() * 5),
          others: {},
        },
        comment: null,
        activeMs: Math.round(options.ms * (0.5 + random())),
      },
      { fetchAhead: false },
    );
  }
}

async function crowd(database: Database) {
  const draft = await buildStudy(database, {
    datasets: [{ examples: plainExamples(40) }],
    settings: { overlap: 6, sampleSize: 17, blockItems: 12, goldItems: 5, checksOver: 34 },
    open: false,
  });
  await buildKnownAnswers(database.db, draft, {
    purpose: 'gold',
    examples: [0, 1, 2, 3, 4, 5],
    explanation: 'Because.',
  });
  const study = await openStudy(database.db, { study: draft, now: 1_000_000, staff: null });
  const raters = await buildRaters(database, study, 6);
  for (const [index, { id }] of raters.entries())
    await judgeAll(
      { database, raterId: id, now: 2_000_000 + index },
      index === 0
        ? { skill: 0.5, seed: 'guesses', ms: 9_000 }
        : { skill: 0.97, seed: `honest ${index}`, ms: 9_000 },
    );
  return { study, raters };
}

test('who guesses is to be looked at, by block and known answers, with what is behind it', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const { study, raters } = await crowd(database);
  const seen = await seenInStudy(database.db, study.id);
  expect(seen.map(({ raterId }) => raterId).toSorted((one, other) => one - other)).toEqual(
    raters.map(({ id }) => id),
  );
  const [guesses, ...honest] = raters.map(({ id }) => seen.find(({ raterId }) => raterId === id));
  expect(guesses?.reasons).not.toEqual([]);
  expect(honest.flatMap((one) => one?.reasons ?? [])).toEqual([]);
  const known = guesses?.signals.known;
  if (known?.kind !== 'measured') throw new Error('nothing is said');
  // Counted by hand: the block against the majority of the others, and the known answers.
  const rows = await database.db
    .selectFrom('assignment')
    .select(['id', 'role'])
    .where('rater_id', '=', guesses?.raterId ?? 0)
    .where('role', '<>', 'validation')
    .execute();
  expect(rows.filter(({ role }) => role === 'gold')).toHaveLength(5);
  expect(known.n).toBeLessThanOrEqual(rows.length);
  expect(known.n).toBeGreaterThan(10);
  expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([...known.assignments]));

  const admin = await site.visitor('researcher');
  const list = await admin.read(`/studies/${study.public_id}/quality`);
  expect(list).toContain('1 rater of 6 to look at.');
  const page = `/studies/${study.public_id}/quality/${raters[0]?.public_id}`;
  expect(list).toContain(`href="${page}"`);
  const rater = await admin.read(`${page}?signal=gold`);
  expect(rater).toContain('at most, under 90 %.');
  expect(rater.match(/Because\./g)).toHaveLength(5);
  expect((await admin.request(`/studies/${study.public_id}/quality/nobody`)).status).toBe(404);

  // Six raters of whom nobody copies, and what could have been found.
  const groups = await admin.read(`/studies/${study.public_id}/quality/groups`);
  expect(groups).toContain('No group of raters answers the block too much alike.');
  expect(groups).toContain('The 6 raters are worth');
  // What was erased is not read.
  await withdrawRater(database.db, {
    raterId: guesses?.raterId ?? 0,
    now: 3_000_000,
    accountId: null,
    reason: 'asked for it',
  });
  expect((await seenInStudy(database.db, study.id)).map(({ raterId }) => raterId)).not.toContain(
    guesses?.raterId,
  );
});

test('a study without a block says nothing of who judged little', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(4) }] });
  const page = `/studies/${study.public_id}/quality`;
  const admin = await site.visitor('admin');
  expect(await admin.read(page)).toContain('Nobody has judged anything yet.');
  const [newcomer] = await buildRaters(database, study, 1);
  await judgeAll(
    { database, raterId: newcomer?.id ?? 0, now: 4_000_000 },
    { skill: 1, seed: 'new', ms: 5_000 },
  );
  const [only] = await seenInStudy(database.db, study.id);
  expect(only?.judgments).toBe(4);
  expect(Object.values(only?.signals ?? {}).every(({ kind }) => kind === 'silent')).toBe(true);
  expect(await admin.read(`${page}/groups`)).toContain('the block has fewer than 5 items');
  expect(await admin.read(page)).toContain('neither a block that every rater judges nor known');
});
