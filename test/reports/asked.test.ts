import { expect, test } from 'vitest';
import { PayRule, storeRule } from '#payments/rule.js';
import { lineNames } from '#reports/asked/lines.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';
import { judgeAll } from './judging.js';

async function judged(site: Site) {
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(8) }],
    settings: { overlap: 2, sampleSize: 4, blockItems: 2 },
  });
  const raters = await buildRaters(database, study, 3);
  await judgeAll(database, raters.slice(0, 2), ({ label }) => ({ label }));
  const path = `/studies/${study.public_id}`;
  return { study, raters, path, database };
}

/** The lines as the report’s JSON has them, by name. */
async function linesIn(visitor: Awaited<ReturnType<Site['visitor']>>, path: string) {
  const answer = await visitor.request(`${path}/report.json`);
  const { asked } = ReportModel.parse(await answer.json());
  return new Map(asked?.map(({ line, ...one }) => [line, one]));
}

test('what a reviewer asks is filled from the study, and the rest by hand', async () => {
  const site = await openSite();
  const { study, path, database } = await judged(site);
  const visitor = await site.visitor('researcher');

  const before = await linesIn(visitor, path);
  expect([...before.keys()]).toEqual(lineNames);
  expect(before.get('recruitment')).toEqual({
    known: ['3 people agreed to take part: 3 by an open link.'],
    written: '',
    open: true,
  });
  expect(before.get('training')?.open).toBe(false);
  expect(before.get('checks')?.known.join(' ')).toContain('the same 2 examples, unmarked');
  expect(before.get('exclusions')?.known).toEqual(['No rater was excluded.']);
  expect(before.get('pay')).toEqual({ known: [], written: '', open: true });
  expect(before.get('deviations')?.known).toEqual([
    'No plan was registered before the study opened.',
  ]);

  await storeRule(database.db, {
    study,
    rule: PayRule.parse({
      currency: 'GBP',
      per: 'judgment',
      amount: 25,
      batch: 1,
      least: 0,
      floor: 900,
      fee: 0,
    }),
    now: 1,
    staff: null,
  });
  const paid = (await linesIn(visitor, path)).get('pay');
  expect(paid?.open).toBe(false);
  expect(paid?.known[0]).toBe(
    'Raters were paid 0.25 GBP for each judgment; at the median pace an hour gave at least 9.00 GBP.',
  );

  const page = await visitor.read(`${path}/asked`);
  expect(page).toContain('What a reviewer asks');
  expect(page).toContain('3 people agreed to take part');
  const saved = await visitor.post(
    `${path}/asked`,
    { 'answer.language': 'English; all <first> speakers.', 'read.language': '0' },
    `${path}/asked`,
  );
  expect(saved.status).toBe(303);
  const after = (await linesIn(visitor, path)).get('language');
  expect(after).toEqual({ known: [], written: 'English; all <first> speakers.', open: false });
  expect(await visitor.read(`${path}/report`)).toContain('English; all &lt;first&gt; speakers.');
  expect(await (await site.visitor('admin')).read('/audit')).toContain('study.answer-reviewers');
});

onceTest('who writes on a line that somebody changed meanwhile loses nothing', async () => {
  const site = await openSite();
  const { path } = await judged(site);
  const visitor = await site.visitor('researcher');
  const send = (answer: string, read: string) =>
    visitor.post(
      `${path}/asked`,
      { 'answer.ethics': answer, 'read.ethics': read, 'answer.ai': 'Not allowed.', 'read.ai': '0' },
      `${path}/asked`,
    );
  expect((await send('Board A', '0')).status).toBe(303);
  const refused = await send('Board B', '0');
  expect(refused.status).toBe(409);
  const shown = await refused.text();
  expect(shown).toContain('It now says:');
  expect(shown).toContain('Board A');
  expect(shown).toContain('Board B</textarea>');
  expect((await linesIn(visitor, path)).get('ethics')?.written).toBe('Board A');
  // What stands already is no change, whatever version its author had read.
  expect((await send('Board A', '0')).status).toBe(303);
  expect((await send('Board B', '1')).status).toBe(303);
  expect((await linesIn(visitor, path)).get('ethics')?.written).toBe('Board B');
  const tooLong = await send('x'.repeat(4_001), '2');
  expect(tooLong.status).toBe(422);
});

onceTest('texts for papers and repositories say what is filled and what is open', async () => {
  const site = await openSite();
  const { path } = await judged(site);
  const visitor = await site.visitor('researcher');
  await visitor.post(
    `${path}/asked`,
    { 'answer.demographics': 'From six countries, 18 to 71.', 'read.demographics': '0' },
    `${path}/asked`,
  );
  const text = async (name: string): Promise<string> =>
    (await visitor.request(`${path}/${name}`)).text();
  const heds = await text('publications/heds');
  expect(heds).toContain('From six countries, 18 to 71.');
  expect(heds).toContain('3 people agreed to take part: 3 by an open link.');
  const asked = await text('publications/asked');
  expect(asked).toContain('## Who they were\n\nFrom six countries, 18 to 71.\n');
  expect(asked).toContain('*Open:* Whether raters could use a language model');
  const [, dataset] = /datasets\/([\w-]+)/.exec(await visitor.read(`${path}/report`)) ?? [];
  const card = await text(`datasets/${dataset}/publications/card`);
  expect(card).toContain('- Who they were: From six countries, 18 to 71.\n');
  expect(card).toMatch(/- Pay: \*fill in\*\n/);
  const metadata = JSON.parse(await text(`datasets/${dataset}/publications/croissant`));
  expect(metadata['rai:annotatorDemographics']).toBe(
    '3 people agreed to take part: 3 by an open link. From six countries, 18 to 71.',
  );
});
