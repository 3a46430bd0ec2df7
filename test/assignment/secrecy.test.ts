import { expect, test } from 'vitest';
import type { StudySettings } from '#studies/settings.js';
import { openStudy } from '#studies/opening.js';
import {
  buildKnownAnswers,
  buildRaters,
  buildStudy,
  type BuiltExample,
} from '../support/builders.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

/** Words that stand nowhere but in what a rater must not know. */
const secret = {
  name: 'zebra-dataset',
  behaviour: 'walrus-behaviour',
  generator: 'generated',
  human: 'human',
};

const examples = (count: number, start: number): BuiltExample[] =>
  Array.from({ length: count }, (_, index) => ({
    text: `Text ${start + index}`,
    choices: [`Choice one of ${start + index}`, `Choice two of ${start + index}`],
    label: 0,
    confidence: 0.87654321,
  }));

async function secretSite(settings: Partial<StudySettings> = {}) {
  const site = await openSite();
  const { database } = site.server.application;
  const { db } = database;
  const draft = await buildStudy(database, {
    datasets: [
      {
        name: `${secret.name}-a`,
        behaviour: secret.behaviour,
        source: 'generated',
        examples: examples(9, 100),
      },
      {
        name: `${secret.name}-b`,
        behaviour: secret.behaviour,
        source: 'human',
        examples: examples(9, 200),
      },
    ],
    settings: {
      overlap: 2,
      sampleSize: 6,
      blockItems: 2,
      goldItems: 1,
      checksOver: 8,
      raterTitle: 'Reading study',
      ...settings,
    },
    open: false,
  });
  await buildKnownAnswers(db, draft, {
    purpose: 'gold',
    examples: [3, 14],
    explanation: 'oyster explanation',
  });
  const study = await openStudy(db, { study: draft, now: Date.now(), staff: null });
  await db
    .updateTable('behaviour_description')
    .set({ short: 'Somebody who waits', long: 'Suppose somebody waits.' })
    .execute();
  await db
    .updateTable('dataset')
    .set({
      file_name: 'lm_generated_evals/walrus.jsonl',
      provenance: JSON.stringify({
        generator: 'gpt-walrus',
        prompt: 'p',
        discriminator: 'pm-walrus',
      }),
    })
    .execute();
  await db
    .updateTable('example')
    .set((eb) => ({ line_number: eb('id', '+', 7_770_000) }))
    .execute();
  return { site, study, db };
}

/** A rater who keeps every byte that the server sends. */
class Listener extends RaterVisitor {
  readonly heard: string[] = [];
  override async request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await super.request(path, init);
    const headers = [...response.headers]
      .filter(
        ([name]) =>
          !['date', 'x-request-id', 'set-cookie', 'etag', 'content-length'].includes(name),
      )
      .map((pair) => pair.join(': '));
    this.heard.push(
      `${path}\n${response.status}\n${headers.join('\n')}\n${await response.clone().text()}`,
    );
    return response;
  }
}

test('a rater who walks a whole study of a pair hears nothing of source, dataset, label, confidence, ids or others', async () => {
  const { site, study, db } = await secretSite();
  const other = new RaterVisitor(site.address);
  await other.join(study);
  const theirs = formOn(await other.page('/rate'));
  if (theirs === undefined) throw new Error('no item');
  await other.send(theirs, {
    answer_label: '1',
    answer_relevance: '2',
    comment: 'otter words of another rater',
  });

  const rater = new Listener(site.address);
  await rater.join(study);
  await rater.page('/guidelines');
  const script = { 'x-fragment': '1', accept: 'application/json' };
  let form = formOn(await rater.page('/rate'));
  const ids: string[] = [];
  for (let turn = 0; form !== undefined; turn += 1) {
    const assignment = form.fields['assignment'] ?? '';
    ids.push(assignment);
    const csrf = { 'x-csrf-token': form.fields['csrf'] ?? '' };
    await rater.request('/rate/ahead', { method: 'POST', headers: { ...script, ...csrf } });
    await rater.request(`/rate/${assignment}/activity`, {
      method: 'POST',
      headers: { ...script, ...csrf },
    });
    await rater.page(`/rate/${assignment}/flag`);
    await rater.page(`/rate/${assignment}/skip`);
    await rater.send(form, { answer_relevance: '9' });
    await rater.send(form, { answer_label: '77' }, script);
    if (turn % 2 === 0) {
      await rater.send(form, {
        answer_label: '0',
        answer_relevance: '3',
        answer_ambiguous: 'yes',
        comment: 'my own words',
      });
    } else {
      await rater.send(form, { answer_label: '1', answer_relevance: '5' }, script);
    }
    await rater.page(`/rate/${assignment}`);
    await rater.request(`/rate/${assignment}`, { headers: script });
    form = formOn(await rater.page('/rate'));
  }
  // The sample of both, the block, and one known answer.
  expect(ids).toHaveLength(12 + 2 + 1);
  for (const path of [
    `/rate/${theirs.fields['assignment']}`,
    `/rate/${theirs.fields['assignment']}/flag`,
    '/rate/1',
    '/rate/nothing-here/skip',
    '/nowhere',
  ])
    await rater.request(path);
  await rater.post('/rate/leave', {}, `/rate/${ids[0]}`);

  const heard = rater.heard.join('\n\n').replaceAll('my own words', '');
  const rows = await db.selectFrom('dataset').select('public_id').execute();
  const people = await db.selectFrom('rater').select(['public_id', 'pseudonym']).execute();
  const words = [
    secret.name,
    'walrus',
    'jsonl',
    'lm_generated',
    'generated',
    'human',
    'dataset',
    'label_confidence',
    '0.87',
    '.8765',
    '876543',
    'answer_matching',
    'matching',
    '(A)',
    '(B)',
    'otter words',
    '77700',
    'confidence',
    'few-shot',
    'gold',
    'calibration',
    'oyster',
    'validation',
    'place_no',
    'item_id',
    'public_id',
    study.public_id,
    ...rows.map((row) => row.public_id),
    ...people.flatMap((person) => [person.public_id, `"${person.pseudonym}"`]),
  ];
  for (const word of words)
    expect(
      heard.toLowerCase().includes(word.toLowerCase()),
      `“${word}” in ${heard.split('\n').find((line) => line.toLowerCase().includes(word.toLowerCase())) ?? ''}`,
    ).toBe(false);
  // The one fragment of another rater's page that a foreign id opens is "not there".
  expect(
    rater.heard
      .filter((page) => page.startsWith(`/rate/${theirs.fields['assignment']}`))
      .every((page) => page.split('\n')[1] === '404'),
  ).toBe(true);
});

test('ids are random, the order of choices is the rater’s own, values are places, and both sources look alike', async () => {
  const { site, study, db } = await secretSite({ overlap: 8 });
  const orders = new Map<string, Set<string>>();
  const shapes = new Set<string>();
  const ids: string[] = [];
  let firsts = 0;
  let shown = 0;
  for (let walk = 0; walk < 6; walk += 1) {
    const rater = new RaterVisitor(site.address);
    await rater.join(study);
    for (let turn = 0; turn < 12; turn += 1) {
      const page = await rater.page('/rate');
      const form = formOn(page);
      if (form === undefined) throw new Error('no item');
      ids.push(form.fields['assignment'] ?? '');
      expect(form.values['answer_label']).toEqual(['0', '1']);
      orders.set(form.text, (orders.get(form.text) ?? new Set()).add(form.choices.join('|')));
      shown += 1;
      if (form.choices[0]?.startsWith('Choice one')) firsts += 1;
      const element = /<form id="item"[\s\S]*?<\/form>/.exec(page)?.[0] ?? '';
      shapes.add(
        element
          .replaceAll(/value="[^"]{9,}"|data-assignment="[^"]+"/g, '')
          .replaceAll(/Text \d+/g, 'Text')
          .replaceAll(/Choice (one|two) of \d+/g, 'Choice'),
      );
      await rater.send(form, { answer_label: '0', answer_relevance: '3' });
    }
  }
  expect(shapes.size).toBe(1);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[\w-]{16,}$/.test(id))).toBe(true);
  expect(ids.toSorted()).not.toEqual(ids);
  // The matching answer stands first in the file: on the screen it does so about half of the time.
  expect(firsts / shown).toBeGreaterThan(0.25);
  expect(firsts / shown).toBeLessThan(0.75);
  expect([...orders.values()].some((variants) => variants.size === 2)).toBe(true);
  // What was sent as place 0 is stored as the choice that stood there.
  const stored = await db.selectFrom('judgment').select(['label_choice', 'choice_order']).execute();
  for (const row of stored)
    expect((JSON.parse(row.choice_order) as number[])[0]).toBe(row.label_choice);
});

test('choices of a fixed order are never shuffled, and none where the study says so', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const fixed = await buildStudy(database, {
    datasets: [
      {
        examples: Array.from({ length: 6 }, (_, index) => ({
          text: `F ${index}`,
          choices: ['Yes', 'No'],
          fixedOrder: true,
        })),
      },
    ],
    settings: { overlap: 4, sampleSize: 6 },
    now: Date.now(),
  });
  const plain = await buildStudy(database, {
    datasets: [{ behaviour: 'shy', examples: examples(6, 300) }],
    settings: { overlap: 4, sampleSize: 6, shuffleChoices: false },
    now: Date.now(),
  });
  for (const study of [fixed, plain]) {
    await buildRaters(database, study, 1);
    const rater = new RaterVisitor(site.address);
    await rater.join(study);
    for (let turn = 0; turn < 6; turn += 1) {
      const form = formOn(await rater.page('/rate'));
      if (form === undefined) throw new Error('no item');
      expect(form.choices[0]).toMatch(/^(Yes|Choice one)/);
      await rater.send(form, { answer_label: '0', answer_relevance: '3' });
    }
  }
});
