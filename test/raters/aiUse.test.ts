import { expect, test } from 'vitest';
import { withdrawRater } from '#assignment/revocation.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { consentForm, formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

test('raters promise what the study says about AI, and are asked once they are done', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const { db } = database;
  const aiRule = 'I judge by myself & ask no language model.';
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 3, sampleSize: 2, aiRule },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.request(`/join/${study.join_token}`);
  expect(await rater.page('/consent')).toContain('I judge by myself &amp; ask no language model.');
  const agree = await consentForm(rater);
  const refused = await agree({ agree: 'yes' });
  expect([refused.status, (await refused.text()).includes('Tick both boxes')]).toEqual([422, true]);
  expect((await agree({ agree: 'yes', pledge: 'yes' })).status).toBe(200);
  expect(await rater.page('/rate')).not.toContain('One question at the end');
  for (let form = formOn(await rater.page('/rate')); form !== undefined;) {
    await rater.send(form, { answer_label: '0', answer_relevance: '3' });
    form = formOn(await rater.page('/rate'));
  }
  const end = await rater.page('/rate');
  expect(end).toContain('One question at the end');
  const hidden = Object.fromEntries(
    [...end.matchAll(/<input\s+type="hidden"\s+name="(csrf|rater)"\s+value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  const say = (used: string) =>
    rater.request('/rate/ai', { method: 'POST', body: new URLSearchParams({ ...hidden, used }) });
  expect((await say('always')).status).toBe(422);
  expect((await say('some')).status).toBe(303);
  expect(await rater.page('/rate')).not.toContain('One question at the end');
  // Said once; a second answer changes nothing.
  await say('none');
  expect(await db.selectFrom('rater_ai_use').select('said').execute()).toEqual([{ said: 'some' }]);

  const visitor = await site.visitor('researcher');
  const report = await visitor.request(`/studies/${study.public_id}/report.json`);
  const line = ReportModel.parse(await report.json()).asked?.find((one) => one.line === 'ai');
  expect(line).toMatchObject({ open: false });
  expect(line?.known.join(' ')).toContain(
    '1 rater answered: 0 no, 1 for some judgments, 0 for most',
  );
  const { id } = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
  await withdrawRater(db, { raterId: id, now: Date.now(), accountId: null, reason: 'as a test' });
  expect(await db.selectFrom('rater_ai_use').selectAll().execute()).toEqual([]);
});
