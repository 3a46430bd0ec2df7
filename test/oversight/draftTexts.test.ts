import { expect, test } from 'vitest';
import { sharedWords } from '#oversight/draftPage.js';
import { commands as reportCommands } from '#reports/commands.js';
import { changeDraft } from '#studies/draft.js';
import { presentSettings } from '#studies/study.js';
import { inTransaction } from '#storage/transaction.js';
import { buildDataset, buildStudy } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { onceTest } from '../support/database.js';
import { openSite } from '../support/site.js';
import { questions } from '../texts/support.js';

const made = { source: 'generated', examples: questions(40, { seed: 'made' }) } as const;
const written = questions(36, { seed: 'written', opening: 'Concerning' });
const turned = written.map((example) => ({ ...example, label: 1 - example.label }));

test('labels that are reversed against each other show in the draft, before anybody is recruited', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const draft = await buildStudy(database, {
    datasets: [made, { source: 'human', examples: turned }],
    open: false,
  });
  const visitor = await site.visitor('admin');
  const path = `/studies/${draft.public_id}/review`;
  const before = await visitor.read(path);
  expect(before).toContain('Not checked by the texts yet: they are not measured.');
  expect(before).toContain('The texts are being measured: 3 datasets and pairs are still to come');
  expect(before).not.toContain('To look at before it is opened');
  await site.idle();
  const review = await visitor.read(path);
  expect(review).toMatch(
    /To look at before it is opened.*kind\..*One of the two sets looks as if its labels were reversed\./s,
  );
  expect(review).toContain('Measured: 40 generated texts and 36 human-written texts.');
  expect(review).toContain('It does not show whether the labels are right');
  // It keeps nothing from opening: which set is at fault, texts cannot say.
  expect(review).toContain(`action="/studies/${draft.public_id}/open"`);

  const api = `/api/v1/studies/${draft.public_id}/texts`;
  const answer = await fetch(site.address + api, {
    headers: { authorization: `Bearer ${site.token}` },
  });
  expect(await answer.json()).toMatchObject({
    missing: 0,
    fault: null,
    pairs: [{ behaviour: 'kind', polarity: { state: 'failed' }, shared: 0 }],
  });
  const said = await commandRunner(database, reportCommands)('texts measure', [draft.public_id]);
  expect(said.said).toContain('kind, both sets: One of the two sets looks as if');

  // Another dataset is chosen: the pair is measured anew.
  const right = await buildDataset(db, {
    name: 'right',
    source: 'human',
    examples: written,
  });
  const settings = presentSettings(draft);
  await inTransaction(db, (trx) =>
    changeDraft(
      trx,
      draft,
      { settings: { ...settings, datasets: [settings.datasets[0] ?? '', right] } },
      { now: 2, accountId: null },
    ),
  );
  expect(await visitor.read(path)).toContain('2 datasets and pairs are still to come');
  await site.idle();
  const mended = await visitor.read(path);
  expect(mended).not.toContain('To look at before it is opened');
  expect(mended).toContain('A classifier of the label was trained on one set');
});

test('only texts that raters could get from both sets are listed', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const [copied, near, ...rest] = made.examples;
  if (copied === undefined || near === undefined) return expect.unreachable();
  const nearly = { ...near, text: `${near.text} Indeed.` };
  const draft = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: [{ ...copied, findings: ['in-both-sets'] }, near, ...rest] },
      {
        source: 'human',
        examples: [...written, { ...copied, findings: ['in-both-sets'] }, nearly],
      },
    ],
    open: false,
  });
  const visitor = await site.visitor('researcher');
  const path = `/studies/${draft.public_id}/review`;
  await visitor.page(path);
  await site.idle();
  expect(await visitor.read(path)).toMatch(
    /To look at before it is opened.*1 text in both sets, exactly or nearly alike, can be drawn from either\. The import finds only copies that are alike word for word\. Of 1 text found in both sets, one copy or both are left out of the sample already\./s,
  );
  const settings = presentSettings(draft);
  const leaveOut = async (excludedFindings: string[] | null, leaveOutShared: boolean) => {
    await inTransaction(site.server.application.db, (trx) =>
      changeDraft(
        trx,
        draft,
        { settings: { ...settings, excludedFindings, leaveOutShared } },
        { now: 2, accountId: null },
      ),
    );
    return visitor.read(path);
  };
  expect(await leaveOut(null, false)).toMatch(
    /2 texts in both sets, exactly or nearly alike, can be drawn from either\. The settings of this study do not leave them out\./,
  );
});

onceTest('word-for-word copies that are left out ask for no look', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const copies = made.examples.slice(0, 3).map((one) => ({ ...one, findings: ['in-both-sets'] }));
  const draft = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: [...copies, ...made.examples.slice(3)] },
      { source: 'human', examples: [...written, ...copies] },
    ],
    open: false,
  });
  const visitor = await site.visitor('researcher');
  const path = `/studies/${draft.public_id}/review`;
  await visitor.page(path);
  await site.idle();
  const review = await visitor.read(path);
  expect(review).toContain(
    'Of 3 texts found in both sets, one copy or both are left out of the sample already.',
  );
  expect(review).not.toContain('To look at before it is opened');
});

onceTest('where only a part of the texts was compared, the words on copies say so', () => {
  const shared = { groups: 2, lines: [] };
  const words = (size: number) =>
    sharedWords({ shared, sampled: { generated: size, human: 30 } }, 1, true).sentence;
  expect(words(1000)).toMatch(/At most 1,000 texts of each set were compared\.$/);
  expect(words(999)).not.toContain('compared');
});
