import { expect, test } from 'vitest';
import { confirmDescription, latestDescription } from '#datasets/behaviour.js';
import { askForPublication } from '#generation/publish/ask.js';
import { decide } from '#generation/publish/decide.js';
import { publish } from '#generation/publish/publish.js';
import { readPipeline } from '#generation/readPipeline.js';
import { commands } from '#rounds/commands.js';
import { Round } from '#rounds/schema.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { createDraft } from '#studies/draft.js';
import { moveStudy } from '#studies/lifeCycle.js';
import { openStudy } from '#studies/opening.js';
import { StudySettings } from '#studies/settings.js';
import type { Study } from '#studies/study.js';
import { buildRaters } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { buildGeneration } from '../support/generation.js';
import { openSite } from '../support/site.js';
import { judgeAll } from '../reports/judging.js';
import { pipelineOf } from './support.js';

const now = 3_000_000;
const kept = 80;

/** Of two prompts the second wrote labels of which raters overrule half. */
const isWrong = (slot: number): boolean => Math.floor(slot / 2) % 2 === 1 && slot % 8 > 5;

/** A generation whose first candidates are kept; the rest is below half, and two are no text. */
async function published(database: Database) {
  const made = Array.from({ length: kept + 10 }, (_, slot) => ({
    prompt: Math.floor(slot / 2) % 2,
    fields: { statement: `Statement ${slot} is ${isWrong(slot) ? 'odd' : 'fine'}.` },
    dropped: slot >= kept + 8 ? { reason: 'empty' as const, detail: null } : null,
  }));
  const { generation } = await buildGeneration(database, {
    pipeline: pipelineOf(2),
    state: 'done',
    now,
    stages: [
      { state: 'done', made },
      { state: 'done' },
      { state: 'done' },
      { state: 'done' },
      {
        state: 'done',
        kept: [...Array(kept).keys()],
        dropped: [...Array(8).keys()].map((index) => ({
          candidate: kept + index,
          reason: 'below-half' as const,
        })),
      },
    ],
  });
  const { db } = database;
  const asked = await askForPublication(db, { generation, staff: null, now });
  const approved = await decide(db, {
    publication: asked,
    approve: true,
    note: '',
    staff: null,
    approval: 'own',
    now,
  });
  await publish(database, approved.id, { now: () => now, signal: new AbortController().signal });
  return generation;
}

/** A study of the kept dataset, with what raters read confirmed. */
async function studyOf({ db }: Database, open: boolean): Promise<Study> {
  const dataset = await db
    .selectFrom('dataset')
    .select(['public_id', 'behaviour_id'])
    .where('part', '=', 'kept')
    .executeTakeFirstOrThrow();
  return inTransaction(db, async (trx) => {
    const described = await latestDescription(trx, dataset.behaviour_id);
    await confirmDescription(trx, {
      behaviourId: dataset.behaviour_id,
      version: described?.version ?? 0,
      now,
      accountId: null,
    });
    return createDraft(
      trx,
      {
        title: 'Kept candidates',
        settings: StudySettings.parse({ datasets: [dataset.public_id], sampleSize: kept }),
        texts: { warning: 'A model wrote these texts.' },
      },
      { now, accountId: null },
    );
  }).then((study) => (open ? openStudy(db, { study, now, staff: null }) : study));
}

test('a judged generation proposes its next round on a page, as a file and in the editor', async () => {
  // Where the models of the fixture would be, were they asked.
  const site = await openSite({ MODEL_HOSTS: 'localhost:9' });
  const { database, db } = site.server.application;
  const generation = await published(database);
  const study = await studyOf(database, true);
  await judgeAll(database, await buildRaters(database, study, 6), ({ text, label }) => ({
    label: text.includes('odd') ? 1 - (label ?? 0) : label,
    relevance: 4,
  }));
  await moveStudy(db, { studyId: study.id, to: 'closed', now: now + 1, accountId: null });
  const path = `/generations/${generation.public_id}`;
  const researcher = await site.visitor('researcher');
  expect(await researcher.read(path)).toContain(`href="${path}/rounds"`);
  const list = await researcher.read(`${path}/rounds`);
  expect(list).toContain(`href="${path}/rounds/${study.public_id}"`);
  expect(list).toContain('<td class="number">240</td>');

  const answer = await fetch(`${site.address}/api/v1${path}/rounds/${study.public_id}`, {
    headers: { authorization: `Bearer ${site.token}` },
  });
  const body: unknown = await answer.json();
  expect([answer.status, body]).toMatchObject([200, {}]);
  const round = Round.parse(body);
  expect(round.stages[0]?.prompts).toMatchObject([
    { written: 46, wellFormed: 44, kept: 40, judged: 40, judgments: 120, upheld: { value: 1 } },
    { written: 44, wellFormed: 44, kept: 40, judged: 40, judgments: 120, upheld: { value: 0.5 } },
  ]);
  expect(round).toMatchObject({ interim: false, simulated: false, labelsBecause: null, tests: 2 });
  expect(round.proposal.changes.map(({ field }) => field)).toEqual([
    'stages[0].prompts[1]',
    'stages[0].samples',
    'seed',
  ]);
  const page = await researcher.read(`${path}/rounds/${study.public_id}`);
  expect(page).toContain('Prompt 2 of stage 1 is left out.');
  expect(page).toContain('prompt 2 is worse');
  expect(page).not.toContain('Open it in the editor');
  const file = await researcher.request(`${path}/rounds/${study.public_id}/pipeline.yaml`);
  const source = await file.text();
  expect(readPipeline(source)).toMatchObject({
    pipeline: { stages: [{ samples: 200 }, {}, {}, {}, {}] },
  });
  expect(source).toContain('# Prompt 2 of stage 1 is left out. It is lower than prompt 1 in ');
  const run = commandRunner(database, commands);
  const printed = await run('generate round', [generation.name, study.public_id]);
  expect(printed).toMatchObject({ status: 0, said: source.trimEnd(), answer: round });

  const admin = await site.visitor('admin');
  const round_ = `${path}/rounds/${study.public_id}`;
  const sent =
    /<textarea name="changes"[^>]*>\s*([^<]*)</.exec(await admin.page(round_))?.[1] ?? '';
  expect(sent).toContain('Prompt 2 of stage 1 is left out.');
  const given = { follows: generation.public_id, changes: sent, source };
  const editor = await admin.post('/generations', { ...given, step: 'check' }, round_);
  const opened = await editor.text();
  expect(opened).toContain('The file has no faults, and its models and datasets are there.');
  expect(opened).toContain('What is changed, and why');
  const created = await admin.post('/generations', { ...given, step: 'create' }, round_);
  expect(created.status).toBe(303);
  const next = await db
    .selectFrom('generation')
    .select(['follows', 'changes'])
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(next.follows).toBe(generation.id);
  expect(next.changes).toContain('Prompt 2 of stage 1 is left out.');
  expect(await admin.read(`${path}/rounds`)).toContain('Rounds that followed');
});

test('a draft, and a study of something else, are refused with a sentence', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const generation = await published(database);
  const researcher = await site.visitor('researcher');
  const rounds = `/generations/${generation.public_id}/rounds`;
  expect(await researcher.read(rounds)).toContain('What was kept is in no study yet.');
  const draft = await studyOf(database, false);
  const refused = await researcher.request(`${rounds}/${draft.public_id}`);
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('The study was not opened yet');
  expect((await researcher.request(`${rounds}/none`)).status).toBe(404);
});
