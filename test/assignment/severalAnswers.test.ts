import { expect, test } from 'vitest';
import { ordinaryHabits, react } from '#simulation/habits.js';
import { readPage } from '#simulation/page.js';
import { simulate } from '#simulation/simulate.js';
import { truthTable } from '#simulation/truth.js';
import { Form } from '#studies/form.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

const form = Form.parse({
  preset: 'own',
  questions: [
    {
      id: 'faults',
      type: 'several',
      wording: 'What is wrong?',
      options: ['Typos', 'Bias', 'Too long'],
      none: 'None of these',
    },
    { id: 'label', type: 'label', wording: 'Which fits?' },
  ],
});

async function severalStudy() {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(3) }],
    form,
    settings: { overlap: 1 },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  return { site, study, rater, db: database.db };
}

test('a rater without JavaScript ticks several answers, is told what does not go together, and changes them', async () => {
  const { site, study, rater, db } = await severalStudy();
  const shown = await rater.page('/rate');
  const item = formOn(shown);
  if (item === undefined) throw new Error(shown);
  expect(item.values['answer_faults']).toEqual(['0', '1', '2', '3']);
  const refused = await rater.send(item, { answer_label: '0', answer_faults: ['0', '3'] });
  expect(refused.status).toBe(422);
  const again = await refused.text();
  expect(again).toContain('“None of these” cannot be combined with other answers.');
  expect(again).toContain('This is not saved yet. Please look at:');
  const scripted = await rater.send(
    item,
    { answer_label: '0', answer_faults: ['0', '3'] },
    { 'x-fragment': '1', accept: 'application/json' },
  );
  expect([scripted.status, await scripted.json()]).toEqual([
    422,
    {
      error: expect.objectContaining({
        code: 'invalid_input',
        title: 'An answer is missing or cannot be accepted.',
      }),
    },
  ]);
  expect(again.replace(/\s+/g, ' ')).toMatch(/value="3"[^>]* checked/);
  expect((await rater.send(item, { answer_label: '0' })).status).toBe(422);
  expect((await rater.send(item, { answer_label: '0', answer_faults: ['0', '2'] })).status).toBe(
    303,
  );
  const stored = () => db.selectFrom('judgment').select(['answers', 'revision']).execute();
  expect(await stored()).toEqual([{ answers: '{"faults":["Typos","Too long"]}', revision: 1 }]);

  const sent = `/rate/${item.fields['assignment'] ?? ''}`;
  const opened = await rater.page(sent);
  const ticked = [
    ...opened.matchAll(/type="checkbox" name="answer_faults"\s+value="(\d)"[^>]* checked/g),
  ];
  expect(ticked.map(([, value]) => value)).toEqual(['0', '2']);
  const change = formOn(opened);
  if (change === undefined) throw new Error(opened);
  await rater.send(change, { answer_label: '0', answer_faults: '3' });
  expect((await stored()).at(-1)).toEqual({ answers: '{"faults":["None of these"]}', revision: 2 });

  const admin = await site.visitor('admin');
  const href = `/studies/${study.public_id}`;
  const [dataset] = /\/report\/datasets\/[\w-]+/.exec(await admin.page(`${href}/report`)) ?? [''];
  const report = (await admin.page(`${href}${dataset}`)).replace(/\s+/g, ' ');
  expect(report).toContain(
    '<caption>What is wrong? 1 judgment; each may name any number of options.',
  );
  const { public_id: id } = await db
    .selectFrom('rater')
    .select('public_id')
    .executeTakeFirstOrThrow();
  expect(await admin.page(`${href}/raters/${id}`)).toContain('None of these');
});

onceTest('no name of a question can make an id of the page stand there twice', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const named = (id: string, type: string): object => ({ id, type, wording: `${id}?` });
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    form: Form.parse({
      preset: 'own',
      questions: [
        { ...named('faults', 'several'), options: ['Typos', 'Bias'] },
        named('faults_several', 'yes-no'),
        named('faults_fault', 'yes-no'),
        named('why', 'text'),
        named('why_control', 'yes-no'),
      ],
    }),
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const item = formOn(await rater.page('/rate'));
  if (item === undefined) throw new Error('no item');
  const refused = await (await rater.send(item, {})).text();
  const ids = [...refused.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(ids).toContain('answer_faults_several');
});

onceTest('the list of keys names ticks only where the form has tick boxes', async () => {
  const { rater } = await severalStudy();
  expect(await rater.page('/rate')).toContain('tick or untick, never sends');
  const site = await openSite();
  const plain = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(1) }],
    now: Date.now(),
  });
  const other = new RaterVisitor(site.address);
  await other.join(plain);
  const shown = await other.page('/rate');
  expect(shown).toContain('the last one sends');
  expect(shown).not.toContain('tick or untick, never sends');
});

onceTest('simulated raters tick what the page offers, and the exclusive answer alone', async () => {
  const { site, study, rater, db } = await severalStudy();
  const page = readPage(await rater.page('/rate'));
  if (page.kind !== 'item') throw new Error(page.kind);
  const question = page.questions.find(({ field }) => field === 'answer_faults');
  expect(question).toMatchObject({ kind: 'choose-several', required: true });
  const ticked = Array.from(
    { length: 40 },
    (_, seed) =>
      react(page, { table: truthTable([]), habits: ordinaryHabits, seed }).fields['answer_faults'],
  );
  expect(new Set(ticked.map((values) => values?.length)).size).toBeGreaterThan(1);
  for (const values of ticked) {
    expect(values?.length).toBeGreaterThan(0);
    if (values?.includes('3') === true) expect(values).toEqual(['3']);
  }
  expect(ticked).toContainEqual(['3']);

  await simulate({
    address: site.address,
    raters: [
      {
        link: `/join/${study.join_token}`,
        habits: { ...ordinaryHabits, skips: 0, flags: 0, comments: 0 },
      },
    ],
    table: truthTable([]),
    seed: 'several',
    atOnce: 1,
    most: 2,
  });
  const stored = await db.selectFrom('judgment').select('answers').execute();
  expect(stored).toHaveLength(2);
  for (const { answers } of stored)
    expect(JSON.parse(answers)).toEqual({
      faults: expect.arrayContaining([
        expect.stringMatching(/^(Typos|Bias|Too long|None of these)$/),
      ]),
    });
});

onceTest('the preview takes several answers and refuses what a rater’s page refuses', async () => {
  const { site, study } = await severalStudy();
  const admin = await site.visitor('admin');
  const href = `/studies/${study.public_id}/preview`;
  const item = formOn(await admin.page(href));
  if (item === undefined) throw new Error('no item');
  const send = (answers: Record<string, string | string[]>) =>
    admin.post(
      href,
      { assignment: item.fields['assignment'] ?? '', answer_label: '0', ...answers },
      href,
    );
  const refused = await send({ answer_faults: ['1', '3'] });
  expect(refused.status).toBe(422);
  const again = (await refused.text()).replace(/\s+/g, ' ');
  expect(again.match(/type="checkbox" name="answer_faults" value="\d"[^>]* checked/g)).toHaveLength(
    2,
  );
  expect((await send({ answer_faults: ['0', '1'] })).status).toBe(303);
});
