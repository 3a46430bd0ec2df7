import { expect, onTestFinished, test } from 'vitest';
import { excludeRater } from '#assignment/revocation.js';
import { findingsBeforeArrivals, registerStudyCheck } from '#platforms/check.js';
import { participantsOf, participations } from '#platforms/participation.js';
import { inviteSimulatedRaters } from '#simulation/simulatedRaters.js';
import { inSnapshot, inTransaction } from '#storage/transaction.js';
import { getStudy, writeText } from '#studies/study.js';
import { buildInvitation } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree, RaterVisitor } from '../support/rating.js';
import { arrive, prolificId, rateAll, recruitingSite, somebody } from './support.js';

test('everybody who came stands in one class, and the numbers sum', async () => {
  const { site, study, recruitment } = await recruitingSite({ examples: 3, overlap: 2 });
  const { db, database } = site.server.application;
  const come = async (most?: number): Promise<RaterVisitor> => {
    const { rater } = await arrive(site, recruitment, somebody());
    await agree(rater);
    await rateAll(rater, most);
    return rater;
  };
  await come();
  await come(1);
  await (await come(1)).post('/leave/withdraw', {}, '/leave/withdraw');
  await come(1);
  const excluded = db.selectFrom('rater').select('id').where('pseudonym', '=', 'r-04');
  const { id } = await excluded.executeTakeFirstOrThrow();
  await excludeRater(db, { raterId: id, now: Date.now(), accountId: null, reason: '=careless' });
  // The answers of this one come when others have taken the places.
  await come(1);
  await db
    .updateTable('assignment')
    .set({ place_no: null })
    .where('rater_id', 'in', db.selectFrom('rater').select('id').where('pseudonym', '=', 'r-05'))
    .execute();
  await arrive(site, recruitment, somebody());
  const declining = await arrive(site, recruitment, somebody());
  await declining.rater.post('/consent/decline', {}, '/consent');
  const visitor = new RaterVisitor(site.address);
  await visitor.request(`/join/${study.join_token}`);
  await visitor.post('/consent/decline', {}, '/consent');
  await buildInvitation(database, study, Date.now());
  const { token } = await buildInvitation(database, study, Date.now());
  const invited = new RaterVisitor(site.address);
  await invited.request(`/r/${token}`);
  await invited.post('/consent/decline', {}, '/consent');
  await inviteSimulatedRaters(db, { studyId: study.id, count: 2, now: Date.now() });

  const admin = await site.visitor('admin');
  const page = await admin.read(`/studies/${study.public_id}/participation`);
  const row = (name: string): number[] =>
    [
      ...(
        new RegExp(`<tr><th scope="row">(?:<a href="#[^"]*">)?${name}<.*?</tr>`).exec(page)?.[0] ??
        ''
      ).matchAll(/class="number">([\d,]+)</g),
    ].map((match) => Number(match[1]));
  const rows = Object.keys(participations).map((name) => row(name.replaceAll('-', ' ')));
  expect(
    Object.fromEntries(Object.keys(participations).map((name, at) => [name, rows[at]])),
  ).toEqual({
    'not-begun': [1, 0, 0],
    'left-before-consent': [4, 0, 0],
    partial: [1, 1, 1],
    whole: [1, 3, 3],
    unqualified: [0, 0, 0],
    surplus: [1, 1, 0],
    excluded: [1, 1, 0],
    withdrawn: [1, 1, 0],
    simulated: [2, 0, 0],
  });
  const sums = [0, 1, 2].map((at) => rows.reduce((sum, numbers) => sum + (numbers[at] ?? 0), 0));
  expect(row('All')).toEqual(sums);
  const lines = (await admin.page(`/studies/${study.public_id}/participation.csv`))
    .trim()
    .split('\r\n');
  expect(lines[0]).toBe(
    'rater,class,arrival,visits,answers_sent,answers_counted,visit_ended,at,exclusion_reason',
  );
  expect(lines).toHaveLength(1 + (sums[0] ?? 0));
  expect(
    lines.some(
      (line) => line.startsWith('r-04,excluded,prolific,1,1,0,') && line.endsWith("'=careless"),
    ),
  ).toBe(true);
});

test('one person in several sessions is one, and checks alone make nobody surplus', async () => {
  const { site, study, recruitment } = await recruitingSite({
    examples: 6,
    settings: { sampleSize: 2, blockItems: 2, checksOver: 4 },
  });
  const { db } = site.server.application;
  const person = prolificId();
  await arrive(site, recruitment, somebody({ person }));
  await arrive(site, recruitment, somebody({ person }));
  const counts = async (): Promise<[string, number][]> =>
    (await inSnapshot(db, async (trx) => participantsOf(trx, await getStudy(trx, study.id)))).map(
      ({ participation, visits }) => [participation, visits],
    );
  expect(await counts()).toEqual([['left-before-consent', 2]]);
  const { rater } = await arrive(site, recruitment, somebody({ person }));
  await agree(rater);
  await rateAll(rater);
  expect(await counts()).toEqual([['whole', 3]]);
  // As if they had got to the block alone.
  const ofSample = db.selectFrom('assignment').select('id').where('role', '=', 'validation');
  for (const table of ['judgment', 'assignment_event'] as const)
    await db.deleteFrom(table).where('assignment_id', 'in', ofSample).execute();
  await db.deleteFrom('assignment').where('role', '=', 'validation').execute();
  expect(await counts()).toEqual([['whole', 3]]);
  await db.updateTable('rater').set({ training: 'failed' }).execute();
  expect(await counts()).toEqual([['unqualified', 3]]);
});

onceTest(
  'what would go wrong is listed before anybody comes, and a feature can add to it',
  async () => {
    const { site, study, recruitment } = await recruitingSite({
      environment: { ASSAY_SECRET_KEY: '' },
      recruitment: {
        externalId: null,
        settings: {
          timeOutMinutes: 20,
          endings: { done: { code: null, address: 'https://x.example/' } },
        },
      },
      settings: { contact: '' },
    });
    const { application } = site.server;
    const { db } = application;
    const consent = async (content: string): Promise<unknown> =>
      inTransaction(db, (trx) =>
        writeText(trx, { studyId: study.id, kind: 'consent', content, now: 1, accountId: null }),
      );
    await consent('Be nice.');
    const messages = async (): Promise<string> =>
      (await findingsBeforeArrivals(application, await getStudy(db, study.id)))
        .map(({ message }) => message)
        .join('\n');
    const found = await messages();
    for (const words of [
      'that answers are stored',
      'that times are recorded',
      'that people can stop',
      'how answers are withdrawn',
      'the id of people at their platform is stored',
      'ASSAY_SECRET_KEY is not set',
      'No contact is entered',
      'any number of examples',
      '“done” (All their examples are judged): the return address does not hold the code',
      '“withdrew” (They stopped before the end, or had their answers removed): there is no return',
      'the id of the study there is not entered',
      'stays reserved for 30 minutes',
      'does not begin with https://',
    ])
      expect(found).toContain(words);
    const admin = await site.visitor('admin');
    for (const path of ['', '/recruitment']) {
      const page = await admin.page(`/studies/${study.public_id}${path}`);
      expect(page).toContain('No contact is entered');
    }
    await db.updateTable('platform_study').set({ retired_at: 1 }).execute();
    await consent('Your answers are stored; withdraw or stop at any time. Times are kept.');
    expect(await messages()).toBe('');
    onTestFinished(
      registerStudyCheck(() => Promise.resolve([{ message: 'Nobody is paid.', href: '/' }])),
    );
    expect(await messages()).toBe('Nobody is paid.');
    expect(recruitment.platform.name).toBe('prolific');
  },
);
