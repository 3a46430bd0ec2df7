import { expect, test } from 'vitest';
import { moveStudy } from '#studies/lifeCycle.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite } from '../support/site.js';
import { freeze } from './freezing.js';
import { judgeAll } from './judging.js';

test('lists of frozen reports say which of them are provisional', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    settings: { overlap: 1 },
  });
  await judgeAll(database, await buildRaters(database, study, 1), ({ label }) => ({ label }));
  const visitor = await site.visitor('admin');
  const before = await freeze(visitor, study);
  await moveStudy(db, { studyId: study.id, to: 'closed', now: Date.now(), accountId: null });
  const after = await freeze(visitor, study);
  const path = `/studies/${study.public_id}`;
  const stamp =
    'Provisional: further judgments are still to come. The study is open: its numbers can change until it is closed.';
  for (const page of [path, `${path}/history`]) {
    const read = await visitor.read(page);
    expect(read).toMatch(new RegExp(`href="${before}">Report frozen</a>\\. ${stamp}`));
    expect(read).not.toMatch(new RegExp(`href="${after}">Report frozen</a>\\.`));
  }
  const report = await visitor.read(`${path}/report`);
  expect(report).toMatch(
    new RegExp(`href="${before}">Frozen <time[^>]*>[^<]*</time><small>provisional</small>`),
  );
  expect(report).not.toMatch(new RegExp(`href="${after}">Frozen <time[^>]*>[^<]*</time><small>`));
  const get = async (address: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(new URL(address, site.address), {
      headers: { authorization: `Bearer ${site.token}` },
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  const { reports } = await get(`/api/v1/studies/${study.public_id}/reports`);
  expect(reports).toMatchObject([{ provisional: '' }, { provisional: stamp }]);
  expect(await get(`/api/v1${before}`)).toMatchObject({ provisional: stamp });
  expect(await get(`/api/v1${after}`)).toMatchObject({ provisional: '' });
});
