import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { staffOfSession } from '#accounts/signIn.js';
import { staffOfToken } from '#accounts/tokens.js';
import {
  type Arrival,
  enteringBy,
  type LinkArrival,
  personalLink,
  registerArrival,
} from '#raters/arrival.js';
import { raterOfSession } from '#raters/raterOfSession.js';
import { inviteRater } from '#raters/rater.js';
import { inviteSimulatedRaters } from '#simulation/simulatedRaters.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { createServer } from '#web/server.js';
import { allRoutes } from '../../src/app.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree, formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';
import { openLoggedSite } from '../web/support.js';

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
        ? {
            label: 'Back to the panel',
            href: new URL(`https://panel.example/done?who=${rater.pseudonym}`),
          }
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

onceTest(
  'raters whose arrival is no longer registered use their personal link and are done',
  async () => {
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
  },
);

/** The site once more, with an address by which visitors of this arrival come. */
async function withAddress(application: Application, arrival: LinkArrival): Promise<string> {
  const app = await createServer(
    application,
    [
      ...allRoutes,
      { method: 'get', path: '/panel', access: 'anyone', handler: enteringBy(arrival) },
    ],
    { staffOfSession, staffOfToken, raterOfSession },
  );
  const listening = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

test('a visitor becomes a rater of the arrival by which they came, also in the browser of another rater', async () => {
  const site = await openSite();
  const { application } = site.server;
  const study = await buildStudy(application.database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 3, sampleSize: 1 },
  });
  const panel: LinkArrival = {
    name: 'panel',
    admit: () => Promise.resolve({ study, rater: undefined }),
    onward: () =>
      Promise.resolve({ label: 'Back to the panel', href: new URL('https://panel.example/done') }),
  };
  onTestFinished(registerArrival(panel));
  const browser = new RaterVisitor(await withAddress(application, panel));
  expect((await browser.request('/panel')).headers.get('location')).toBe('/consent');
  await agree(browser);
  expect(await rateAll(browser)).toContain(
    '<a class="button primary" href="https://panel.example/done">Back to the panel</a>',
  );

  expect((await browser.request('/panel')).headers.get('location')).toBe('/who');
  expect((await browser.post('/who', {}, '/who')).headers.get('location')).toBe('/consent');
  await agree(browser);
  // The open link, followed last, is how a third person came.
  await browser.request(`/join/${study.join_token}`);
  await browser.post('/who', {}, '/who');
  await agree(browser);
  expect(
    await application.db
      .selectFrom('rater')
      .select(['pseudonym', 'arrival'])
      .orderBy('id')
      .execute(),
  ).toEqual([
    { pseudonym: 'r-01', arrival: 'panel' },
    { pseudonym: 'r-02', arrival: 'panel' },
    { pseudonym: 'r-03', arrival: 'open-link' },
  ]);
});

onceTest(
  'raters who are done get a link by https or on this site; any other, and a fault, is logged',
  async () => {
    const { site, lines } = await openLoggedSite({
      LOG_LEVEL: 'error',
      BASE_URL: 'http://lab.example',
    });
    const { db, database } = site.server.application;
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(1) }],
      settings: { overlap: 1, sampleSize: 1 },
    });
    let href = '';
    const panel: Arrival = {
      ...personalLink,
      name: 'panel',
      // An address that cannot be read throws.
      onward: async () => ({ label: 'Back to the panel', href: new URL(href) }),
    };
    onTestFinished(registerArrival(panel));
    const { token } = await inTransaction(db, (trx) =>
      inviteRater(trx, { studyId: study.id, origin: 'rater', now: Date.now(), arrival: 'panel' }),
    );
    const rater = new RaterVisitor(site.address);
    await rater.request(`/r/${token}`);
    await agree(rater);
    href = 'https://panel.example/done';
    await rateAll(rater);
    const linked = async (address: string): Promise<boolean> => {
      href = address;
      const response = await rater.request('/rate');
      expect(response.status).toBe(200);
      const page = await response.text();
      expect(page).toContain('There is nothing left for you to judge.');
      return page.includes('Back to the panel');
    };
    for (const address of [
      'https://panel.example/done',
      'http://localhost:8080/done',
      'http://lab.example/done',
    ])
      expect([address, await linked(address)]).toEqual([address, true]);
    expect(lines).toEqual([]);
    const refused = [
      'javascript:alert(1)',
      'data:text/html,x',
      'http://panel.example/done',
      'http://localhost.panel.example/',
      'not an address',
    ];
    for (const address of refused)
      expect([address, await linked(address)]).toEqual([address, false]);
    expect(lines.filter((line) => line.includes('"arrival":"panel"'))).toHaveLength(refused.length);
  },
);
