import { expect, test } from 'vitest';
import { inTransaction } from '#storage/transaction.js';
import type { Form } from '#studies/form.js';
import { writeForm } from '#studies/study.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree, consentForm, formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

onceTest('a rater without JavaScript goes from the open link to the last example', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(2) },
      { source: 'human', examples: plainExamples(2, 'Human') },
    ],
    settings: { overlap: 1, raterTitle: 'Reading study', contact: 'help@lab.example' },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);

  const joined = await rater.request(`/join/${study.join_token}`);
  expect([joined.status, joined.headers.get('location')]).toEqual([303, '/consent']);
  expect(await rater.page('/consent')).toContain('I have read this and agree');
  const unticked = await (await consentForm(rater))({});
  expect(unticked.status).toBe(422);
  const welcome = await agree(rater);
  const link = /id="personal-link">([^<]+)</.exec(await welcome.text())?.[1] ?? '';
  expect(link).toMatch(/\/r\/[\w-]{20,}$/);
  expect(await rater.page('/guidelines')).toContain('Start rating');

  const texts: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const page = await rater.page('/rate');
    expect(page).toContain(`<span id="done">${turn}</span>`);
    const form = formOn(page);
    if (form === undefined) throw new Error(page);
    texts.push(form.text);
    const unanswered = await rater.send(form, { answer_relevance: '4' });
    expect(unanswered.status).toBe(422);
    const again = await unanswered.text();
    expect(again).toMatch(/value="4"[^>]* checked/);
    expect(again).toContain('This question is still open.');
    const sent = await rater.send(form, {
      answer_label: '0',
      answer_relevance: '4',
      answer_ambiguous: 'yes',
    });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/rate?saved=1']);
  }
  expect(new Set(texts).size).toBe(4);
  const done = await rater.page('/rate');
  expect(done).toContain('You are done');
  expect(done).toContain('help@lab.example');
  expect(done).toContain('4 examples done');

  const judgments = await database.db
    .selectFrom('judgment')
    .select(['label_choice', 'ambiguous', 'relevance', 'revision'])
    .execute();
  expect(judgments).toHaveLength(4);
  expect(
    judgments.every((row) => row.ambiguous === 1 && row.relevance === 4 && row.revision === 1),
  ).toBe(true);

  const elsewhere = new RaterVisitor(site.address);
  const back = await elsewhere.request(new URL(link).pathname);
  expect([back.status, back.headers.get('location')]).toEqual([303, '/rate']);
  expect(await elsewhere.page('/rate')).toContain('You are done');
});

test('a page that was made before the questions were edited means what stood on it, when it is refused, stored and opened again', async () => {
  const site = await openSite();
  const { db, database } = site.server.application;
  const form = (options: string[]): Form => ({
    preset: 'own',
    questions: [
      { id: 'quality', type: 'choice', wording: 'How is it?', hint: '', options, required: true },
      { id: 'label', type: 'label', wording: 'Which fits?', hint: '' },
    ],
  });
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    form: form(['Good', 'Bad']),
    settings: { overlap: 1 },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const old = formOn(await rater.page('/rate'));
  if (old === undefined) throw new Error('no item');
  await inTransaction(db, (trx) =>
    writeForm(trx, {
      studyId: study.id,
      form: form(['Bad', 'Good', 'Neither']),
      now: Date.now(),
      accountId: null,
    }),
  );
  expect(
    (
      await rater.send(
        { ...old, fields: { ...old.fields, form_version: '99' } },
        { answer_quality: '0', answer_label: '0' },
      )
    ).status,
  ).toBe(422);

  const unanswered = await (await rater.send(old, { answer_quality: '0' })).text();
  expect(unanswered).toContain('<span class="words" dir="auto">Good</span>');
  expect(unanswered).not.toContain('Neither');
  const again = formOn(unanswered);
  if (again === undefined) throw new Error(unanswered);
  expect(again.fields).toMatchObject({
    form_version: old.fields['form_version'],
    key: old.fields['key'],
  });
  expect((await rater.send(again, { answer_quality: '0', answer_label: '0' })).status).toBe(303);
  expect(await db.selectFrom('judgment').select(['answers', 'form_version']).execute()).toEqual([
    { answers: '{"quality":"Good"}', form_version: Number(old.fields['form_version']) },
  ]);
  expect(await rater.page('/rate')).toContain('Neither');

  const sent = `/rate/${old.fields['assignment'] ?? ''}`;
  const opened = await rater.page(sent);
  expect(opened).not.toContain('Neither');
  expect(opened).toMatch(/name="answer_quality" value="0"[^>]* checked/);
  // Once the study is closed there is nothing to open any more.
  await db.updateTable('study').set({ state: 'closed', closed_at: Date.now() }).execute();
  expect((await rater.request(sent)).headers.get('location')).toBe('/rate');
  expect(
    (await rater.request(sent, { headers: { 'x-fragment': '1', accept: 'application/json' } }))
      .status,
  ).toBe(409);
  expect(await rater.page('/rate')).not.toContain(sent);
});
