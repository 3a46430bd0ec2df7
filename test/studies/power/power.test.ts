import { expect, test } from 'vitest';
import { PowerAnswer } from '#studies/power/schema.js';
import { buildRaters, buildStudy, plainExamples } from '../../support/builders.js';
import { openSite, type Site, type Visitor } from '../../support/site.js';
import { judgeAll } from '../../reports/judging.js';

const pairOf = (name: string, size: number) => [
  { name, behaviour: name, examples: plainExamples(size) },
  { name, behaviour: name, source: 'human' as const, examples: plainExamples(size, 'Human') },
];

/**
 * A closed round of judgments to learn from: every rater errs on one example in eight, another one
 * each.
 */
async function judgedStudy(site: Site): Promise<string> {
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: pairOf('bold', 16),
    settings: { overlap: 3, sampleSize: 16 },
    now: Date.now(),
  });
  const raters = await buildRaters(database, study, 5, Date.now());
  await judgeAll(database, raters, ({ text, label, rater }) => {
    const number = Number(text.replace(/\D/g, ''));
    return {
      label: number % 8 === 1 || (number % 8 === 5 && rater % 2 === 0) ? 1 - (label ?? 0) : label,
      relevance: 2 + ((number + rater) % 3),
    };
  });
  return study.public_id;
}

const mains = (html: string): string =>
  html
    .replace(/[\s\S]*<main/, '<main')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#34;', '"')
    .replace(/\s+/g, ' ');
const valueOf = (html: string, name: string): string | undefined =>
  new RegExp(`<input id="${name}"[^>]* value="([^"]*)"`).exec(html)?.[1];

async function draftOfPair(site: Site): Promise<{ id: string; path: string; visitor: Visitor }> {
  const study = await buildStudy(site.server.application.database, {
    datasets: pairOf('kind', 60),
    settings: { sampleSize: 40 },
    open: false,
  });
  return {
    id: study.public_id,
    path: `/studies/${study.public_id}/power`,
    visitor: await site.visitor('researcher'),
  };
}

async function ask(
  site: Site,
  id: string,
  query: Record<string, string>,
): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(
    new URL(`/api/v1/studies/${id}/power?${new URLSearchParams(query).toString()}`, site.address),
    { headers: { authorization: `Bearer ${site.token}` } },
  );
  return { status: answer.status, json: await answer.json() };
}

test('the page answers for the draft as it is, and says the same as the API', async () => {
  const site = await openSite();
  const { id, path, visitor } = await draftOfPair(site);
  const html = await visitor.page(`${path}?runs=100`);
  const { status, json } = await ask(site, id, { runs: '100' });
  expect(status).toBe(200);
  const answer = PowerAnswer.parse(json);
  expect(answer).toMatchObject({
    pair: true,
    datasets: 2,
    examples: 40,
    available: 60,
    overlap: 3,
    raters: 10,
    power: 0.8,
    runs: 100,
    seed: '1',
    assumed: { labels: { from: 'defaults', because: null }, relevance: { from: 'defaults' } },
  });
  expect(answer.goals.map(({ name }) => name)).toEqual([
    'not-worse',
    'difference',
    'half-width',
    'threshold',
    'relevance-not-worse',
    'relevance-difference',
    'relevance-half-width',
  ]);
  const [first] = answer.goals;
  const found = first?.smallest.find(({ overlap }) => overlap === 3);
  expect(found?.examples).toBeGreaterThan(150);
  expect(found?.examples).toBeLessThan(400);
  expect(found?.judgments).toBe(6 * (found?.examples ?? 0));
  expect(mains(html)).toContain(
    `About ${found?.examples} examples of each kind with 3 judgments each show with 80 % probability that the generated set is not worse by more than 5 points of label agreement, if both sets are alike; with the 40 you have now it is ${((found?.now.value ?? 0) * 100).toFixed(0)} %. Only 60 can be sampled of each.`,
  );
  const rows = answer.rows.filter(({ overlap }) => overlap === 3);
  expect(rows.map(({ examples }) => examples)).toEqual(
    [...new Set([40, 50, 100, 200, 300, 500, 1000, found?.examples ?? 0])].toSorted(
      (one, other) => one - other,
    ),
  );
  expect(rows.find(({ examples }) => examples === 40)?.judgments).toBe(240);
  for (const outcome of answer.outcomes)
    expect(
      Object.values(outcome.verdicts ?? {}).reduce((sum, chance) => sum + (chance.value ?? 0), 0),
    ).toBeCloseTo(1, 9);
  expect(answer.outcomes.map(({ measure, difference }) => [measure, difference])).toEqual([
    ['labels', 0],
    ['labels', -0.05],
    ['relevance', 0],
    ['relevance', -0.3],
  ]);
  expect(html).toContain(`href="/studies/${id}/review"`);
  expect(await visitor.page(`/studies/${id}/review`)).toContain(`href="${path}"`);
  expect(await (await site.visitor('admin')).page(`/studies/${id}/edit`)).toContain(
    `href="${path}"`,
  );
});

test('what is entered is used, in points on the page and in shares by the API', async () => {
  const site = await openSite();
  const { id, path, visitor } = await draftOfPair(site);
  const html = await visitor.page(
    `${path}?margin=10&power=90&overlap=2&raters=20&rate=97,5&runs=100`,
  );
  expect(mains(html)).toContain(
    'with 2 judgments each show with 90 % probability that the generated set is not worse by more than 10 points',
  );
  expect(mains(html)).toContain('97.5 % of the judgments choose the label');
  expect(
    ['margin', 'power', 'overlap', 'raters', 'rate', 'difference'].map((name) =>
      valueOf(html, name),
    ),
  ).toEqual(['10', '90', '2', '20', '97,5', '5']);
  const answer = PowerAnswer.parse(
    (
      await ask(site, id, {
        margin: '0.1',
        power: '0.9',
        overlap: '2',
        raters: '20',
        rate: '0.975',
        difference: '0.05',
        runs: '100',
      })
    ).json,
  );
  expect(answer).toMatchObject({ power: 0.9, overlap: 2, raters: 20, runs: 100 });
  expect(answer.assumed.labels?.mean).toBeCloseTo(0.975, 9);
  expect(answer.goals[0]?.wanted).toBe(0.1);
  expect(answer.rows.map(({ overlap }) => overlap)).toEqual(expect.arrayContaining([1, 2, 3, 5]));
});

test('what does not fit is said beside its field, and the form comes back filled', async () => {
  const site = await openSite();
  const { id, path, visitor } = await draftOfPair(site);
  const answer = await visitor.request(`${path}?margin=lots&raters=2.5&rate=95&pilot=nobody`);
  expect(answer.status).toBe(422);
  const html = await answer.text();
  expect(html).toContain(
    '<p class="field-error" id="margin-fault">“Margin of label agreement (points)” must be a number from 0.5 to 50.</p>',
  );
  expect(html).toContain(
    '<p class="field-error" id="raters-fault">“Raters” must be a whole number from 1 to 500.</p>',
  );
  expect(['margin', 'raters', 'rate'].map((name) => valueOf(html, name))).toEqual([
    'lots',
    '2.5',
    '95',
  ]);
  expect(html).not.toContain('How many for what');
  const stranger = await visitor.request(`${path}?pilot=nobody`);
  expect(stranger.status).toBe(422);
  expect(await stranger.text()).toContain(
    '<p class="field-error" id="pilot-fault">There is no such study.</p>',
  );
  const unjudged = await ask(site, id, { pilot: id });
  expect(unjudged).toMatchObject({
    status: 422,
    json: { error: { faults: [{ field: 'pilot', message: '“A study” has no judgments yet.' }] } },
  });
  const wrong = await ask(site, id, { margin: '5', raters: 'many', overlap: '0' });
  expect(wrong.status).toBe(422);
  expect(
    (wrong.json as { error: { faults: { field: string }[] } }).error.faults.map(
      ({ field }) => field,
    ),
  ).toEqual(['margin', 'overlap', 'raters']);
});

test('a pilot says how raters answer; what it cannot say is assumed, with the reason', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const pilot = await judgedStudy(site);
  const draft = await buildStudy(database, {
    datasets: [{ name: 'kind', examples: plainExamples(20) }],
    open: false,
  });
  const [id, path, visitor] = [
    draft.public_id,
    `/studies/${draft.public_id}/power`,
    await site.visitor('researcher'),
  ] as const;
  const learnt = PowerAnswer.parse((await ask(site, id, { pilot, runs: '100' })).json);
  const { judgments } = await database.db
    .selectFrom('judgment')
    .select((eb) => eb.fn.countAll<number>().as('judgments'))
    .executeTakeFirstOrThrow();
  expect(judgments).toBe(96);
  expect(learnt.assumed).toMatchObject({
    labels: { from: 'pilot', because: null, pilot: { examples: 32, raters: 5, judgments: 96 } },
    relevance: { from: 'pilot' },
  });
  const { upheld } = await database.db
    .selectFrom('judgment')
    .innerJoin('assignment', 'assignment.id', 'judgment.assignment_id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select((eb) => eb.fn.countAll<number>().as('upheld'))
    .whereRef('judgment.label_choice', '=', 'example.label_choice')
    .executeTakeFirstOrThrow();
  expect(learnt.assumed.labels?.mean).toBeCloseTo(upheld / 96, 9);
  const { item, rater, leaning, residual } = learnt.assumed.labels ?? {
    item: 0,
    rater: 0,
    leaning: 0,
    residual: 0,
  };
  expect(item + rater + leaning + residual).toBeCloseTo(1, 9);
  expect(item).toBeGreaterThan(0.2);
  const told = PowerAnswer.parse((await ask(site, id, { pilot, rate: '0.95', runs: '100' })).json);
  expect(told.assumed.labels?.mean).toBeCloseTo(0.95, 9);
  // Answers of one rater alone tell nothing apart.
  await database.db
    .updateTable('assignment')
    .set({ place_no: null, excluded_at: 1 })
    .where('rater_id', '!=', (eb) =>
      eb.selectFrom('rater').select((inner) => inner.fn.min<number>('id').as('id')),
    )
    .execute();
  const alone = PowerAnswer.parse((await ask(site, id, { pilot, runs: '100' })).json);
  expect(alone.assumed).toMatchObject({
    labels: {
      from: 'defaults',
      because: 'there is only one rater',
      pilot: null,
      mean: expect.closeTo(0.95, 9) as number,
    },
    relevance: { from: 'defaults', because: 'there is only one rater' },
  });
  const page = await visitor.page(`${path}?pilot=${pilot}`);
  expect(page).toContain(`<option value="${pilot}" selected>`);
  expect(mains(page)).toContain(
    'assumed, as the pilot says nothing about it: there is only one rater',
  );
});

test('one set is asked about its labels and relevance alone, a form without either about nothing, and an opened study has no such page', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const visitor = await site.visitor('researcher');
  const single = await buildStudy(database, {
    datasets: [{ name: 'calm', behaviour: 'calm', examples: plainExamples(30) }],
    settings: { sampleSize: 30 },
    open: false,
  });
  const page = await visitor.page(`/studies/${single.public_id}/power`);
  expect(mains(page)).toMatch(
    /About 1\d\d examples with 3 judgments each show the share of labels upheld within ± 4 points; with the 30 you have now it is ± [\d.]+ points\. Only 30 can be sampled\./,
  );
  expect(
    ['margin', 'difference', 'relevance_margin', 'leaning'].map((name) => valueOf(page, name)),
  ).toEqual([undefined, undefined, undefined, undefined]);
  expect(page).not.toContain('How the comparison would come out');
  const fewAnswer = PowerAnswer.parse(
    (await ask(site, single.public_id, { raters: '3', runs: '100' })).json,
  );
  expect(fewAnswer.rows.find(({ overlap }) => overlap === 3)?.votes_half_width).toMatchObject({
    value: null,
    because: expect.stringContaining('fewer than 4 raters') as string,
  });
  expect(fewAnswer.rows.find(({ overlap }) => overlap === 5)?.upheld_half_width).toMatchObject({
    value: null,
    because: 'an item would need more raters than there are',
  });
  const other = await buildStudy(database, {
    datasets: [{ name: 'plain', behaviour: 'plain', examples: plainExamples(5) }],
    form: {
      preset: 'own',
      questions: [
        { id: 'clear', type: 'yes-no', wording: 'Is it clear?', hint: '', required: true },
      ],
    },
    open: false,
  });
  expect(mains(await visitor.page(`/studies/${other.public_id}/power`))).toContain(
    'The form asks neither which answer fits nor for relevance',
  );
  expect(await ask(site, other.public_id, {})).toMatchObject({
    status: 409,
    json: { error: { code: 'nothing_to_simulate' } },
  });
  const opened = await buildStudy(database, {
    datasets: [{ name: 'open', behaviour: 'open', examples: plainExamples(5) }],
  });
  const moved = await visitor.request(`/studies/${opened.public_id}/power`);
  expect([moved.status, moved.headers.get('location')]).toEqual([
    303,
    `/studies/${opened.public_id}`,
  ]);
  expect((await ask(site, opened.public_id, { runs: '100' })).status).toBe(200);
  expect((await visitor.request('/studies/nothing/power')).status).toBe(404);
});
