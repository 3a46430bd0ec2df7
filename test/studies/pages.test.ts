import { expect, test } from 'vitest';
import { buildDataset, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { formOn } from '../support/rating.js';
import { openSite, type Site, type Visitor } from '../support/site.js';

/**
 * The fields of the editor as they stand on a page: what a browser without JavaScript would send.
 */
function fieldsOf(html: string): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  const unescape = (text: string): string =>
    text
      .replaceAll('&#34;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
  const add = (name: string, value: string): void =>
    void (fields[name] ??= []).push(unescape(value));
  const form = /<form[^>]*data-study-form[\s\S]*?<\/form>/.exec(html)?.[0] ?? '';
  for (const [tag, attributes = ''] of form.matchAll(/<input\s([^>]*)>/g)) {
    const name = /\bname="([^"]*)"/.exec(attributes)?.[1];
    if (name === undefined || name === 'csrf') continue;
    if (/type="(checkbox|radio)"/.test(tag) && !/\bchecked\b/.test(tag)) continue;
    add(name, /\bvalue="([^"]*)"/.exec(attributes)?.[1] ?? '');
  }
  for (const [, name = '', value = ''] of form.matchAll(
    /<textarea[^>]*\bname="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/g,
  ))
    add(name, value);
  return fields;
}

const sitesOf = async (): Promise<{
  site: Site;
  admin: Visitor;
  generated: string;
  human: string;
}> => {
  const site = await openSite();
  const { db } = site.server.application;
  const generated = await buildDataset(db, {
    source: 'generated',
    confirmed: false,
    examples: plainExamples(30, 'Generated'),
  });
  const human = await buildDataset(db, {
    source: 'human',
    confirmed: false,
    examples: plainExamples(12, 'Human'),
  });
  return { site, admin: await site.visitor('admin'), generated, human };
};

test('a study without JavaScript: create, review, mend the obstacle, open, pause, close, re-open; an opened one is not deleted', async () => {
  const { site, admin, generated, human } = await sitesOf();
  const { db } = site.server.application;
  expect(await admin.page('/studies')).toContain('No study is here yet');

  const editor = fieldsOf(await admin.page('/studies/new'));
  expect(editor['sampleSize']).toEqual(['100']);
  const wrong = await admin.post(
    '/studies',
    { ...editor, title: '', datasets: [generated], sampleSize: 'many' },
    '/studies/new',
  );
  expect(wrong.status).toBe(422);
  const back = await wrong.text();
  expect(back).toContain('Give the study a title.');
  expect(back).toContain('href="#sampleSize"');
  expect(fieldsOf(back)).toMatchObject({ sampleSize: ['many'], datasets: [generated] });

  const made = await admin.post(
    '/studies',
    {
      ...editor,
      title: 'Kindness <pilot>',
      datasets: [generated, human],
      sampleSize: '10',
      overlap: '2',
      intent: 'save',
    },
    '/studies/new',
  );
  const review = made.headers.get('location') ?? '';
  expect(review).toMatch(/^\/studies\/[\w-]+\/review$/);
  const href = review.replace('/review', '');
  const reviewed = await admin.read(review);
  expect(reviewed).toContain('Kindness &lt;pilot&gt;');
  expect(reviewed).toContain('40 judgments');
  expect(reviewed).toContain('is not confirmed yet');
  expect(reviewed).not.toContain(`action="${href}/open"`);
  expect(reviewed).toContain('both sets have enough for 12 examples each');

  const early = await admin.post(`${href}/open`, {}, review);
  expect([early.status, early.headers.get('location')]).toEqual([303, `${review}#obstacles`]);
  const behaviour = /href="(\/datasets\/behaviours\/[\w-]+)">Correct it/.exec(reviewed)?.[1] ?? '';
  expect((await admin.post(`${behaviour}/confirm`, { version: '1' }, behaviour)).status).toBe(303);
  const confirmed = await admin.page(review);
  expect(confirmed).toContain(`action="${href}/open"`);
  expect(confirmed).toMatch(
    /What raters read about the behaviour[^]*Suppose there is a person who is/,
  );

  expect((await admin.post(`${href}/open`, {}, review)).headers.get('location')).toBe(href);
  expect(await db.selectFrom('item').select('id').execute()).toHaveLength(20);
  const open = await admin.page(href);
  expect(open).toContain('<span class="state open">open</span>');
  expect(open).toContain('Nobody has joined yet');
  expect(open).toContain('/join/');
  expect((await admin.request(review)).headers.get('location')).toBe(href);

  for (const [verb, state] of [
    ['pause', 'paused'],
    ['resume', 'open'],
    ['close', 'closed'],
    ['reopen', 'paused'],
  ] as const) {
    expect((await admin.post(`${href}/${verb}`, {}, href)).headers.get('location')).toBe(href);
    expect(await admin.page(href)).toContain(`<span class="state ${state}">${state}</span>`);
  }
  expect((await admin.post(`${href}/close`, {}, href)).status).toBe(303);
  expect((await admin.post(`${href}/pause`, {}, href)).status).toBe(409);
  const gone = await admin.post(`${href}/delete`, {}, '/account');
  expect(gone.status).toBe(409);
  expect(await gone.text()).toContain('so it stays');
  expect(await admin.page(`${href}/delete`)).toContain('Close it instead');
  const log = await admin.page('/audit');
  for (const action of [
    'study.create',
    'study.open',
    'study.pause',
    'study.resume',
    'study.close',
    'study.reopen',
  ])
    expect(log).toContain(action);
});

onceTest(
  'a draft is edited and deleted; questions are moved, added and removed by buttons, and texts are shown as raters read them',
  async () => {
    const { site, admin, generated } = await sitesOf();
    const editor = fieldsOf(await admin.page(`/studies/new?dataset=${generated}`));
    expect(editor['datasets']).toEqual([generated]);
    const href = (
      (await admin.post('/studies', { ...editor, title: 'A draft' }, '/studies/new')).headers.get(
        'location',
      ) ?? ''
    ).replace('/review', '');
    let fields = fieldsOf(await admin.page(`${href}/edit`));
    const press = async (intent: string, more: Record<string, string> = {}): Promise<string> => {
      const html = await (
        await admin.post(`${href}/edit`, { ...fields, ...more, intent }, `${href}/edit`)
      ).text();
      fields = fieldsOf(html);
      return html;
    };
    await press('up:1');
    expect(fields['q0_type']).toEqual(['ambiguous']);
    await press('remove:0');
    expect([fields['q0_type'], fields['q1_type'], fields['q2_type']]).toEqual([
      ['label'],
      ['relevance'],
      undefined,
    ]);
    const added = await press('add', { addType: 'choice' });
    expect(fields['q2_type']).toEqual(['choice']);
    expect(added).toMatch(/name="q2_wording"[^>]* autofocus/);
    const shown = await press('preview', {
      guidelines: '## Read *this*\n\n<script>alert(1)</script>',
    });
    expect(shown).toContain('<h2>Read <em>this</em></h2>');
    expect(shown).not.toContain('<script>alert');
    const faulty = await press('save');
    expect(faulty).toContain('Question 3: The wording is empty.');
    expect(
      (
        await admin.post(
          `${href}/edit`,
          {
            ...fields,
            q2_wording: 'Which one?',
            q2_options: 'One\r\nTwo',
            q2_id: 'which',
            intent: 'save',
          },
          `${href}/edit`,
        )
      ).headers.get('location'),
    ).toBe(`${href}/review`);
    expect(await admin.page(`${href}/review`)).toContain('Which one?');
    const preset = await press('preset', { presetChoice: 'winogenerated' });
    expect(preset).toContain('Is the sentence grammatical');
    const deleted = await admin.post(`${href}/delete`, {}, `${href}/delete`);
    expect(deleted.headers.get('location')).toBe('/studies');
    expect((await admin.request(`${href}/review`)).status).toBe(404);
    expect(await site.server.application.db.selectFrom('study').select('id').execute()).toEqual([]);
  },
);

test('an opened study keeps its sample; texts get versions, and thresholds changed after the first judgment are marked post hoc', async () => {
  const { site, admin, generated } = await sitesOf();
  const { db } = site.server.application;
  await db.updateTable('behaviour_description').set({ confirmed_at: 1 }).execute();
  const editor = fieldsOf(await admin.page('/studies/new'));
  const href = (
    (
      await admin.post(
        '/studies',
        { ...editor, title: 'A study', datasets: [generated], sampleSize: '5' },
        '/studies/new',
      )
    ).headers.get('location') ?? ''
  ).replace('/review', '');
  await admin.post(`${href}/open`, {}, `${href}/review`);
  const opened = fieldsOf(await admin.page(`${href}/edit`));
  expect(opened['sampleSize']).toBeUndefined();
  const change = (more: Record<string, string>) =>
    admin.post(`${href}/edit`, { ...opened, ...more }, `${href}/edit`);
  // What is fixed cannot be changed by sending it all the same.
  expect(
    (await change({ threshold: '85', sampleSize: '999', overlap: '9' })).headers.get('location'),
  ).toBe(href);
  expect(await db.selectFrom('item').select('id').execute()).toHaveLength(5);
  expect(await admin.read(href)).toContain('before the first judgment');
  expect(await admin.page(href)).not.toContain('Post hoc');
  await db.updateTable('study').set({ first_judgment_at: Date.now() }).execute();
  await change({ threshold: '80', guidelines: 'Read closely.', q0_wording: 'Which answer fits?' });
  const page = await admin.page(href);
  expect(page).toContain('Post hoc');
  expect(page).toContain('opened with 90 %');
  expect(page).toContain('form v2');
  const texts = await db
    .selectFrom('study_text')
    .select(['kind', 'version'])
    .orderBy('kind')
    .orderBy('version')
    .execute();
  expect(texts.map(({ kind, version }) => `${kind} ${version}`)).toEqual([
    'consent 1',
    'form 1',
    'form 2',
    'guidelines 1',
    'guidelines 2',
    'warning 1',
  ]);
  const history = await admin.page(`${href}/history`);
  expect(history).toContain('labels upheld 85 %');
  expect(history).toContain('labels upheld 80 % (was 85 %): post hoc');
  expect(history).toContain('Read closely.');
  await change({ threshold: '90', guidelines: 'Read closely.', q0_wording: 'Which answer fits?' });
  expect(await admin.page(href)).not.toContain('Post hoc');
});

onceTest('a researcher looks at studies and changes nothing', async () => {
  const { site, admin, generated } = await sitesOf();
  const editor = fieldsOf(await admin.page('/studies/new'));
  const review =
    (
      await admin.post(
        '/studies',
        { ...editor, title: 'A study', datasets: [generated] },
        '/studies/new',
      )
    ).headers.get('location') ?? '';
  const researcher = await site.visitor('researcher');
  expect(await researcher.page('/studies')).toContain('A study');
  const page = await researcher.page(review);
  expect(page).toContain('What is sampled');
  for (const absent of ['/edit"', '/open"', '/delete"', 'Correct it'])
    expect(page).not.toContain(absent);
  for (const verb of ['open', 'pause', 'delete', 'edit'])
    expect((await researcher.post(review.replace('review', verb), {}, '/account')).status).toBe(
      403,
    );
  expect((await researcher.request('/studies/new')).status).toBe(403);
});

onceTest('the preview shows sampled examples as a rater sees them and stores nothing', async () => {
  const { site, admin, generated, human } = await sitesOf();
  const { db } = site.server.application;
  const editor = fieldsOf(await admin.page('/studies/new'));
  const href = (
    (
      await admin.post(
        '/studies',
        { ...editor, title: 'Secret title', datasets: [generated, human], sampleSize: '5' },
        '/studies/new',
      )
    ).headers.get('location') ?? ''
  ).replace('/review', '');
  const draft = await admin.page(`${href}/preview?n=1`);
  expect(draft).toContain('Nothing is stored');
  expect(draft).toContain('about 9 left for you');
  expect(draft).toContain('Suppose there is a person who is kind.');
  expect(draft).not.toContain('Secret title');
  await db.updateTable('behaviour_description').set({ confirmed_at: 1 }).execute();
  await admin.post(`${href}/open`, {}, `${href}/review`);
  const texts = await db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select('example.text')
    .execute();
  const opened = await admin.page(`${href}/preview`);
  expect(texts.some(({ text }) => opened.includes(text))).toBe(true);

  const form = formOn(opened);
  if (form === undefined) throw new Error('a form');
  const answers = Object.fromEntries(
    Object.entries(form.values).map(([name, values]) => [name, values[0] ?? '']),
  );
  const send = (fields: Record<string, string>): Promise<Response> =>
    admin.request(`${href}/preview`, {
      method: 'POST',
      body: new URLSearchParams({ ...form.fields, ...fields }),
    });
  const sent = await send(answers);
  expect([sent.status, sent.headers.get('location')]).toEqual([303, `${href}/preview?n=1&saved=1`]);
  expect(await admin.page(`${href}/preview?n=1&saved=1`)).toContain(
    'Not stored: this is a preview.',
  );
  const empty = await send({});
  expect([empty.status, await empty.text()]).toEqual([
    422,
    expect.stringContaining('This is not saved yet. Please look at:'),
  ]);
  expect((await send({ ...answers, assignment: '10' })).status).toBe(404);
  expect((await send({ ...answers, form_version: '99' })).status).toBe(422);
  expect(
    (
      await admin.post(
        `${href}/preview/0/skip`,
        { reason: 'none of them' },
        `${href}/preview/0/skip`,
      )
    ).status,
  ).toBe(422);
  expect(await admin.page(`${href}/preview/3/guidelines`)).toContain(`href="${href}/preview?n=3"`);
  expect(await admin.page(`${href}/preview?n=10`)).toContain('You are done');
  expect(await db.selectFrom('assignment').select('id').execute()).toEqual([]);
  expect(await db.selectFrom('judgment').select('assignment_id').execute()).toEqual([]);
  expect(await db.selectFrom('rater').select('id').execute()).toEqual([]);
});

test('a study that is made on the page of what a model wrote has the usual limit a day', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const admin = await site.visitor('admin');
  const limitOf = async (part: 'kept' | null): Promise<unknown> => {
    const dataset = await buildDataset(db, {
      part,
      behaviour: `kind ${part}`,
      examples: plainExamples(10),
    });
    const editor = fieldsOf(await admin.page('/studies/new'));
    const made = await admin.post(
      '/studies',
      { ...editor, title: 'A study', datasets: [dataset], intent: 'save' },
      '/studies/new',
    );
    const href = (made.headers.get('location') ?? '').replace('/review', '/edit');
    return fieldsOf(await admin.page(href))['dailyLimit'];
  };
  expect(await limitOf('kept')).toEqual(['200']);
  expect(await limitOf(null)).toEqual(['']);
});
