import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agree, consentForm, formOn, RaterVisitor } from '../support/rating.js';
import {
  arrive,
  backTo,
  codeOf,
  pathFor,
  prolificId,
  rateAll,
  recruitingSite,
  somebody,
  submissionsOf,
} from './support.js';

test('who has agreed and declines in another window stays a rater, with the code of that', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const person = prolificId();
  const first = await arrive(site, recruitment, somebody({ person }));
  const second = await arrive(site, recruitment, somebody({ person }));
  await agree(first.rater);
  const declined = await second.rater.post('/consent/decline', {}, '/consent');
  expect([declined.status, declined.headers.get('location')]).toEqual([303, '/rate']);
  const kinds = await db.selectFrom('consent_event').select('kind').execute();
  expect(kinds).toEqual([{ kind: 'given' }]);
  expect(await rateAll(second.rater)).toContain(backTo(recruitment, 'done'));
  expect(await first.rater.page('/rate')).toContain(backTo(recruitment, 'done'));
  const { fingerprint } = await db
    .selectFrom('rater')
    .select('fingerprint')
    .executeTakeFirstOrThrow();
  expect((await submissionsOf(site)).map((one) => one.fingerprint)).toEqual([
    fingerprint,
    fingerprint,
  ]);
});

test('who has declined becomes no rater in a page that was open before', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const person = prolificId();
  const here = somebody({ person });
  const { rater } = await arrive(site, recruitment, here);
  // The same visit in another browser, and a visit of another session.
  const older = await Promise.all(
    [here, somebody({ person })].map(async (arriving) =>
      consentForm((await arrive(site, recruitment, arriving)).rater),
    ),
  );
  await rater.post('/consent/decline', {}, '/consent');
  for (const send of older) {
    const page = await (await send()).text();
    expect(page).toContain('You are not taking part');
    expect(page).toContain(backTo(recruitment, 'no-consent'));
  }
  expect(await db.selectFrom('rater').selectAll().execute()).toEqual([]);
  for (const one of await submissionsOf(site))
    expect(one).toMatchObject({
      external_person: null,
      fingerprint: null,
      outcome: 'no-consent',
      code: codeOf(recruitment, 'no-consent'),
    });
  const events = await db.selectFrom('platform_event').select('payload').execute();
  expect(events.every(({ payload }) => payload === '{}')).toBe(true);
});

test('a study that is paused keeps everybody who comes for later', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const reading = await arrive(site, recruitment, somebody());
  await db.updateTable('study').set({ state: 'paused' }).execute();
  const person = somebody();
  const { rater, leads } = await arrive(site, recruitment, person);
  expect(leads).toBe('/arrival');
  for (const page of [await rater.page('/arrival'), await reading.rater.page('/consent')]) {
    expect(page).toContain('The study is paused');
    expect(page).not.toContain('complete?cc=');
  }
  expect((await submissionsOf(site)).map(({ code }) => code)).toEqual([null, null]);
  await db.updateTable('study').set({ state: 'open' }).execute();
  expect((await arrive(site, recruitment, person)).leads).toBe('/consent');
});

test('without a limit, who skips more than they answer is not done', async () => {
  const { site, recruitment } = await recruitingSite({ examples: 4 });
  for (const [skips, outcome] of [
    [3, 'nothing-left'],
    [2, 'done'],
  ] as const) {
    const { rater } = await arrive(site, recruitment, somebody());
    await agree(rater);
    for (let skipped = 0; skipped < skips; skipped += 1) {
      const [, path = ''] = /href="(\/rate\/[\w-]+\/skip)"/.exec(await rater.page('/rate')) ?? [];
      expect((await (await rater.aside(path))({ reason: 'unclear' })).status).toBe(303);
    }
    expect(await rateAll(rater)).toContain(backTo(recruitment, outcome));
  }
});

test('who knows only the id of a person goes on with their work, and sees and ends nothing of it', async () => {
  const { site, recruitment } = await recruitingSite({ examples: 4 });
  const { db } = site.server.application;
  const person = somebody();
  const own = await arrive(site, recruitment, person);
  await agree(own.rater);
  await rateAll(own.rater, 2);
  const answered = (
    await db.selectFrom('assignment').select('public_id').where('state', '=', 'submitted').execute()
  ).map(({ public_id: id }) => id);
  /** Whether a page leads to an answer that was sent. */
  const leadsBack = (html: string): boolean => answered.some((id) => html.includes(id));
  expect(leadsBack(await own.rater.page('/rate'))).toBe(true);
  const stranger = (await arrive(site, recruitment, somebody({ person: person.person }))).rater;
  const page = await stranger.page('/rate');
  expect(formOn(page)).toBeDefined();
  expect(leadsBack(page)).toBe(false);
  expect((await stranger.request(`/rate/${answered[0]}`)).headers.get('location')).toBe('/rate');
  const leaving = await stranger.page('/leave');
  expect(leaving).toContain('open your personal link');
  expect(leaving).not.toContain('/leave/stop');
  expect((await stranger.request('/leave/withdraw')).headers.get('location')).toBe('/leave');
  const form = formOn(page);
  for (const path of ['/leave/stop', '/leave/withdraw']) {
    const body = new URLSearchParams(form?.fields);
    expect((await stranger.request(path, { method: 'POST', body })).status).toBe(409);
  }
  const change = {
    ...form,
    fields: { ...form?.fields, assignment: answered[0] ?? '', key: 'changes it' },
  };
  const answers = { label_choice: '0', relevance: '3' };
  const changed = await stranger.send({ values: {}, choices: [], text: '', ...change }, answers);
  expect(changed.status).toBe(409);
  // The session in which they agreed shows more than that, and so does what the platform says of it.
  const again = (await arrive(site, recruitment, person)).rater;
  expect(leadsBack(await again.page('/rate'))).toBe(true);
  await db
    .insertInto('platform_event')
    .values({
      platform_study_id: recruitment.row.id,
      platform_submission_id: (await submissionsOf(site))[1]?.id ?? 0,
      delivery_id: null,
      source: 'webhook',
      state: 'ACTIVE',
      received_at: 1,
      occurred_at: 1,
      payload: '{}',
    })
    .execute();
  expect(leadsBack(await stranger.page('/rate'))).toBe(true);
});

type Act = 'arrive' | 'agree' | 'decline' | 'rate' | 'stop' | 'withdraw' | 'look';
interface Step {
  readonly window: 0 | 1;
  readonly act: Act;
  /** At the same moment as the step after it. */
  readonly together: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  window: fc.constantFrom(0, 1),
  act: fc.constantFrom('arrive', 'agree', 'decline', 'rate', 'stop', 'withdraw', 'look'),
  together: fc.boolean(),
});

/** A browser of a person, with the forms of pages that it opened some time ago. */
class Window {
  #visitor: RaterVisitor;
  #agree: (() => Promise<Response>) | undefined;
  #fields: URLSearchParams | undefined;
  constructor(
    readonly address: string,
    readonly path: string,
  ) {
    this.#visitor = new RaterVisitor(address);
  }

  async act(act: Act): Promise<void> {
    const visitor = this.#visitor;
    switch (act) {
      case 'arrive': {
        const { headers } = await visitor.request(this.path);
        if (headers.get('location') !== '/consent') return;
        this.#agree = await consentForm(visitor);
        this.#fields = new URLSearchParams({ csrf: await visitor.csrf('/consent') });
        return;
      }
      case 'agree':
        await this.#agree?.();
        return;
      case 'decline':
        if (this.#fields !== undefined)
          await visitor.request('/consent/decline', { method: 'POST', body: this.#fields });
        return;
      case 'rate':
        if ((await visitor.request('/rate')).status === 200) await rateAll(visitor, 1);
        return;
      case 'stop':
      case 'withdraw': {
        const from = act === 'stop' ? '/leave' : '/leave/withdraw';
        const page = await visitor.request(from);
        const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1];
        const mark = /name="rater"\s+value="([^"]+)"/;
        if (page.status !== 200 || csrf === undefined) return;
        const rater = mark.exec(await visitor.page(from))?.[1] ?? '';
        const body = new URLSearchParams({ csrf, rater });
        await visitor.request(`/leave/${act}`, { method: 'POST', body });
        return;
      }
      case 'look':
        await visitor.request('/rate');
        await visitor.request('/arrival');
    }
  }
}

test('whatever one person does in two windows, they are one rater, and a code stays', async () => {
  const { site, recruitment } = await recruitingSite({ overlap: 30 });
  const { db } = site.server.application;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      const person = prolificId();
      const sessions = [somebody({ person }), somebody({ person })];
      const windows = sessions.map(
        (arriving) => new Window(site.address, pathFor(recruitment, arriving)),
      );
      const own = () =>
        db
          .selectFrom('platform_submission')
          .leftJoin('rater', 'rater.id', 'platform_submission.rater_id')
          .select(['external_id', 'code', 'outcome', 'rater_id'])
          .select(['platform_submission.fingerprint', 'rater.fingerprint as of_rater'])
          .where(
            'external_id',
            'in',
            sessions.map(({ session }) => session),
          )
          .execute();
      const codes = new Map<string, string>();
      const all: Step[] = [{ window: 0, act: 'arrive', together: false }, ...steps];
      for (let at = 0; at < all.length;) {
        const now = all.slice(at, all[at]?.together === true ? at + 2 : at + 1);
        at += now.length;
        await Promise.all(
          now.map(async ({ window, act }) => {
            await windows[window]?.act(act);
          }),
        );
        for (const { external_id: session, code } of await own()) {
          if (code === null) expect(codes.has(session)).toBe(false);
          else expect(codes.get(session) ?? code).toBe(code);
          if (code !== null) codes.set(session, code);
        }
      }
      const visits = await own();
      expect(new Set(visits.flatMap(({ rater_id: id }) => id ?? [])).size).toBeLessThan(2);
      for (const visit of visits)
        if (visit.rater_id !== null) expect(visit.fingerprint).toBe(visit.of_rater);
      const anonymous = await db
        .selectFrom('rater')
        .select('id')
        .where('fingerprint', 'is', null)
        .execute();
      expect(anonymous).toEqual([]);
      // Of a visit that ended with a no nothing is kept.
      for (const visit of visits)
        if (visit.outcome === 'no-consent') expect(visit.fingerprint).toBe(null);
    }),
    { numRuns: 12 },
  );
});
