import { expect, test } from 'vitest';
import { withdrawRater } from '#assignment/revocation.js';
import { progressOf } from '#oversight/progress.js';
import { openStudy } from '#studies/opening.js';
import type { StudySettings } from '#studies/settings.js';
import { buildKnownAnswers, buildStudy, plainExamples } from '../support/builders.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

async function studyWithTraining(settings: Partial<StudySettings>) {
  const site = await openSite();
  const { database } = site.server.application;
  const draft = await buildStudy(database, {
    datasets: [{ examples: plainExamples(12) }],
    settings: { overlap: 2, sampleSize: 4, ...settings },
    open: false,
  });
  await buildKnownAnswers(database.db, draft, {
    purpose: 'training',
    examples: [0, 1, 2],
    explanation: 'Read it <b>closely</b>.',
  });
  const study = await openStudy(database.db, { study: draft, now: Date.now(), staff: null });
  return { site, database, study };
}

/** Answers the training example on the page, right or wrong; gives what is said to it. */
async function answer(rater: RaterVisitor, how: 'right' | 'wrong'): Promise<string> {
  const page = await rater.page('/training');
  const number = Number(/Statement (\d+)/.exec(page)?.[1]);
  const hidden = Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  // Labels alternate: Yes for the first, No for the second.
  const right = (number - 1) % 2;
  const choice = String(how === 'right' ? right : 1 - right);
  const sent = await rater.request('/training', {
    method: 'POST',
    body: new URLSearchParams({ ...hidden, choice }),
  });
  return (await rater.page(sent.headers.get('location') ?? '')).replaceAll(/\s+/g, ' ');
}

test('the training comes first, tells the answers, and lets on who gets enough of it right', async () => {
  const { site, database, study } = await studyWithTraining({
    trainingShare: 0.6,
    trainingAttempts: 2,
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const away = await rater.request('/rate');
  expect([away.status, away.headers.get('location')]).toEqual([303, '/training']);
  const first = (await rater.page('/training')).replaceAll(/\s+/g, ' ');
  expect(first).toContain('Example 1 of 3.');
  expect(first).toContain('2 of 3 have to be right before you go on.');
  expect(first).not.toContain('closely');
  // Nothing of an answer that was not given yet, and no way round.
  expect(await rater.page('/training?answered=2')).not.toContain('closely');
  const wrong = await answer(rater, 'wrong');
  expect(wrong).toContain('Another answer fits better.');
  expect(wrong).toContain('Read it &lt;b&gt;closely&lt;/b&gt;.');
  await answer(rater, 'wrong');
  expect((await rater.request('/rate')).headers.get('location')).toBe('/training');
  await answer(rater, 'right');
  const again = (await rater.page('/training')).replaceAll(/\s+/g, ' ');
  expect(again).toContain('1 of 3 were right. Here they are once more.');
  expect(again).toContain('This is attempt 2 of 2.');
  await answer(rater, 'right');
  await answer(rater, 'wrong');
  expect(await answer(rater, 'right')).toContain('href="/rate"');
  let form = formOn(await rater.page('/rate'));
  let judged = 0;
  for (; form !== undefined; judged += 1) {
    await rater.send(form, { answer_label: '0', answer_relevance: '3' });
    form = formOn(await rater.page('/rate'));
  }
  expect(judged).toBe(4);
  expect(await progressOf(database.db, study, Date.now())).toMatchObject({
    items: 4,
    judgments: 4,
    surplus: 0,
  });
  const admin = await site.visitor('admin');
  const { public_id: id, id: raterId } = await database.db
    .selectFrom('rater')
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(await admin.read(`/studies/${study.public_id}/raters/${id}`)).toContain(
    'Went through the training: 2 of 3 right in attempt 2',
  );
  await withdrawRater(database.db, { raterId, now: Date.now(), accountId: null, reason: 'wish' });
  expect(await database.db.selectFrom('training_answer').selectAll().execute()).toEqual([]);
});

test('who does not get enough of it right gets nothing more, and is told so politely', async () => {
  const { site, study } = await studyWithTraining({ trainingShare: 1, trainingAttempts: 1 });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  await answer(rater, 'right');
  // An answer left out is asked for again; one sent twice counts once.
  const page = await rater.page('/training');
  const hidden = Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  const empty = await rater.request('/training', {
    method: 'POST',
    body: new URLSearchParams(hidden),
  });
  expect([empty.status, (await empty.text()).includes('Choose an answer first.')]).toEqual([
    422,
    true,
  ]);
  for (const _twice of [1, 2])
    await rater.request('/training', {
      method: 'POST',
      body: new URLSearchParams({ ...hidden, choice: '0' }),
    });
  expect((await rater.page('/training')).replaceAll(/\s+/g, ' ')).toContain('Example 3 of 3.');
  await answer(rater, 'right');
  const end = await rater.request('/rate');
  expect(end.status).toBe(200);
  expect(await end.text()).toContain('There are no further examples for you in this study.');
  // Nothing can be sent or fetched either.
  const ahead = await rater.request('/rate/ahead', {
    method: 'POST',
    headers: { 'x-fragment': '1', 'x-csrf-token': hidden['csrf'] ?? '' },
  });
  expect(await ahead.json()).toEqual({ ahead: null });
});

test('nobody trains for nothing: a pause, the end, and a study that is full are said', async () => {
  const { site, database, study } = await studyWithTraining({ trainingShare: 1 });
  const { db } = database;
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  await answer(rater, 'right');
  const page = await rater.page('/training');
  expect(page).toContain('href="/guidelines"');
  const hidden = Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  const send = () =>
    rater.request('/training', {
      method: 'POST',
      body: new URLSearchParams({ ...hidden, choice: '0' }),
    });
  const set = (state: 'open' | 'paused' | 'closed', free: number) =>
    Promise.all([
      db
        .updateTable('study')
        .set({ state, closed_at: state === 'closed' ? Date.now() : null })
        .execute(),
      db.updateTable('item').set({ free_places: free }).where('role', '=', 'validation').execute(),
    ]);
  for (const [state, free, words] of [
    ['paused', 1, 'The study is paused'],
    ['closed', 1, 'The study is closed'],
    ['open', 0, 'There is nothing left for you to judge'],
  ] as const) {
    await set(state, free);
    expect((await rater.request('/training')).headers.get('location')).toBe('/rate');
    expect(await rater.page('/rate')).toContain(words);
    // A form that was open before is no dead end.
    expect((await send()).status).toBe(303);
    expect(await db.selectFrom('training_answer').selectAll().execute()).toHaveLength(1);
  }
  await set('open', 1);
  expect((await rater.request('/rate')).headers.get('location')).toBe('/training');
  await send();
  expect(await db.selectFrom('training_answer').selectAll().execute()).toHaveLength(2);
});
