import { expect, test } from 'vitest';
import { choiceNamed } from '#quality/knownAnswers.js';
import { openStudy } from '#studies/opening.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite } from '../support/site.js';

onceTest('an answer is named by its text, its key or its letter', () => {
  const letters = [
    { key: '(A)', text: 'To lead' },
    { key: '(B)', text: 'b' },
    { key: '(C)', text: 'To follow' },
  ];
  expect(
    ['to lead ', '(c)', 'C', 'A', 'b', 'd', ''].map((said) => choiceNamed(said, letters)),
  ).toEqual([0, 2, 2, 0, 1, -1, -1]);
});

test('known answers are entered, corrected and kept once the study is open', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { name: 'alpha', source: 'generated', examples: plainExamples(8, 'A') },
      { name: 'beta', source: 'human', examples: plainExamples(8, 'B') },
    ],
    settings: { sampleSize: 4, goldItems: 2 },
    open: false,
  });
  const admin = await site.visitor('admin');
  const page = `/studies/${study.public_id}/known-answers`;
  expect(await admin.read(`/studies/${study.public_id}/review`)).toContain(
    'Each rater is to get 2 examples with a known answer, and there are 0.',
  );
  const enter = (answers: string) => admin.post(page, { answers }, page);

  const wrong = await enter(
    'dataset,line,answer,explanation\ngamma,1,Yes,\n,1,Yes,\nalpha,99,Yes,\nalpha,1,Perhaps,\nbeta,2,No,\nbeta,2,No,\n',
  );
  expect(wrong.status).toBe(422);
  const said = (await wrong.text()).replaceAll(/\s+/g, ' ');
  for (const sentence of [
    'Line 2: the study has no dataset “gamma”; it has “alpha”, “beta”.',
    'Line 3: which dataset?',
    'Line 4: “alpha” has no example in line “99” of its file.',
    'Line 5: “Perhaps” is no answer of this example; it has “Yes”, “No”.',
    'Line 7: this example stands in the list already.',
  ])
    expect(said).toContain(sentence);
  expect(said).toContain('gamma,1,Yes,');
  expect((await enter('line;reply\n1;Yes')).status).toBe(422);
  expect((await enter('dataset,line,answer')).status).toBe(422);
  const known = () =>
    database.db.selectFrom('known_answer').select(['choice', 'explanation']).execute();
  expect(await known()).toEqual([]);

  const list = 'dataset\tline\tanswer\texplanation\nalpha\t3\tyes\tSaid, "so"\nbeta\t2\tNo\t\n';
  expect((await enter(list)).status).toBe(303);
  expect(await known()).toEqual([
    { choice: 0, explanation: 'Said, "so"' },
    { choice: 1, explanation: '' },
  ]);
  // What the page shows can be saved as it is.
  const shown = /<textarea[^>]*>([^<]*)</.exec(await admin.page(page))?.[1] ?? '';
  expect((await enter(shown.replaceAll('&#34;', '"'))).status).toBe(303);
  expect(await known()).toHaveLength(2);

  await openStudy(database.db, { study, now: Date.now(), staff: null });
  expect((await admin.post(page, { answers: '' }, '/account')).status).toBe(409);
  expect(await known()).toHaveLength(2);
  expect(await admin.read(page)).toContain('2 known answers');
});
