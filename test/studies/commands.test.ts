import { expect, test } from 'vitest';
import { commands as oversightCommands } from '#oversight/commands.js';
import { commands as studyCommands } from '#studies/commands.js';
import { buildDataset, plainExamples } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { testDatabase } from '../support/database.js';

test('studies create, plan, open, link, invite, list, progress, pause, close, reopen', async () => {
  const database = await testDatabase();
  const run = commandRunner(database, [...studyCommands, ...oversightCommands]);
  const dataset = await buildDataset(database.db, {
    examples: plainExamples(20),
    confirmed: false,
  });
  expect((await run('studies list', [])).said).toContain('No study is here yet.');
  const made = await run('studies create', ['A study', dataset], {
    n: '10',
    k: '2',
    preset: 'sycophancy',
    raterTitle: 'Reading',
    warning: 'Some texts are harsh.',
  });
  const id = String(made.answer['id']);
  expect(made.answer).toMatchObject({
    state: 'draft',
    settings: { sampleSize: 10, overlap: 2, raterTitle: 'Reading' },
    form: { preset: 'sycophancy' },
    texts: { warning: 'Some texts are harsh.' },
    plan: { judgments: 20 },
  });
  expect(made.said).toContain(
    'Before it can be opened: The description of “kind” is not confirmed yet',
  );
  expect((await run('studies plan', [id])).status).toBe(1);
  await expect(run('studies open', [id])).rejects.toMatchObject({ code: 'study_not_ready' });
  await database.db.updateTable('behaviour_description').set({ confirmed_at: 1 }).execute();
  expect(await run('studies plan', [id])).toMatchObject({
    status: 0,
    answer: { items: 10, obstacles: [] },
  });
  expect((await run('studies open', [id], {}, false)).status).toBe(1);
  await expect(run('studies invite', [id])).rejects.toMatchObject({ code: 'study_draft' });
  const opened = await run('studies open', [id]);
  expect(opened.said).toMatch(/^Open\. Raters join at http:\/\/lab\.example\/join\/[\w-]+$/);
  expect((await run('studies link', [id])).answer['link']).toBe(opened.answer['link']);
  const invited = await run('studies invite', [id], { count: '2' });
  expect(invited.said).toMatch(/^r-01 {2}http:\/\/lab\.example\/r\/[\w-]+\nr-02 {2}http/);
  await expect(run('studies invite', [id], { count: '0' })).rejects.toMatchObject({
    code: 'invalid_input',
  });
  expect((await run('studies list', [])).answer).toMatchObject({
    studies: [{ id, state: 'open', wanted: 20, judgments: 0 }],
  });
  expect((await run('studies progress', [id])).said).toContain('open: 0 of 20 judgments.');
  expect((await run('studies pause', [id])).said).toContain('The study is paused.');
  expect((await run('studies open', [id])).answer).toMatchObject({ state: 'open' });
  expect((await run('studies close', [id])).answer).toMatchObject({ state: 'closed' });
  await expect(run('studies pause', [id])).rejects.toMatchObject({ code: 'study_move' });
  expect((await run('studies reopen', [id])).answer).toMatchObject({ state: 'paused' });
  await expect(run('studies create', ['Wrong', dataset], { k: 'x' })).rejects.toMatchObject({
    code: 'invalid_input',
  });
  await expect(
    run('studies create', ['Wrong', dataset], { preset: '__proto__' }),
  ).rejects.toMatchObject({ code: 'invalid_input' });
});
