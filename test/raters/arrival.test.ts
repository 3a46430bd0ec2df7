import { expect, onTestFinished, test } from 'vitest';
import { type Arrival, personalLink, registerArrival } from '#raters/arrival.js';
import { inviteRater } from '#raters/rater.js';
import { inviteSimulatedRaters } from '#simulation/simulatedRaters.js';
import { inTransaction } from '#storage/transaction.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { agree, formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

/** Rates until nothing is left, and gives the page that says so. */
async function rateAll(rater: RaterVisitor): Promise<string> {
  for (;;) {
    const page = await rater.page('/rate');
    const form = formOn(page);
    if (form === undefined) return page;
    const answers = Object.entries(form.values).map(([field, values]) => [field, values[0] ?? '']);
    expect((await rater.send(form, Object.fromEntries(answers))).status).toBe(303);
  }
}

test('how somebody came is kept, and the page that says “you are done” leads back there', async () => {
  const panel: Arrival = {
    ...personalLink,
    name: 'panel',
    onward: async ({ rater, reason }) =>
      reason === 'all-done'
        ? { words: 'Back to the panel', href: `https://panel.example/done?who=${rater.pseudonym}` }
        : null,
  };
  onTestFinished(registerArrival(panel));
  expect(() => registerArrival(panel)).toThrow('panel');
  const site = await openSite();
  const { db, database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 3, sampleSize: 2 },
  });
  const invitation = { studyId: study.id, origin: 'rater' as const, now: Date.now() };
  const invite = (arrival?: Arrival): Promise<{ token: string }> =>
    inTransaction(db, (trx) =>
      inviteRater(trx, {
        ...invitation,
        ...(arrival === undefined ? {} : { arrival: arrival.name }),
      }),
    );
  const open = new RaterVisitor(site.address);
  await open.join(study);
  const ends: string[] = [await rateAll(open)];
  for (const { token } of [await invite(), await invite(panel)]) {
    const rater = new RaterVisitor(site.address);
    await rater.request(`/r/${token}`);
    await agree(rater);
    if (ends.length === 2) expect(await rater.page('/rate')).not.toContain('panel.example');
    ends.push(await rateAll(rater));
  }
  for (const end of ends) expect(end).toContain('There is nothing left for you to judge.');
  expect(ends.map((end) => end.includes('panel'))).toEqual([false, false, true]);
  expect(ends[2]).toContain(
    '<a class="button primary" href="https://panel.example/done?who=r-03">Back to the panel</a>',
  );
  await inviteSimulatedRaters(db, { studyId: study.id, count: 1, now: Date.now() });
  expect(
    await db.selectFrom('rater').select(['pseudonym', 'arrival']).orderBy('id').execute(),
  ).toEqual([
    { pseudonym: 'r-01', arrival: 'open-link' },
    { pseudonym: 'r-02', arrival: 'personal-link' },
    { pseudonym: 'r-03', arrival: 'panel' },
    { pseudonym: 'r-04', arrival: 'simulated' },
  ]);
});

test('raters whose way of coming nobody knows any more come by their personal link and are done', async () => {
  const site = await openSite();
  const { db, database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 1, sampleSize: 1 },
  });
  const { token } = await inTransaction(db, (trx) =>
    inviteRater(trx, { studyId: study.id, origin: 'rater', now: Date.now(), arrival: 'a panel' }),
  );
  const rater = new RaterVisitor(site.address);
  await rater.request(`/r/${token}`);
  await agree(rater);
  expect(await rateAll(rater)).toContain('There is nothing left for you to judge.');
});
