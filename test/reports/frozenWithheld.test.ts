import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { withdrawRater } from '#assignment/revocation.js';
import type { Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { freeze, walked } from './freezing.js';
import { judgeAll } from './judging.js';
import { unzip } from './unzip.js';

const example = /(?:Made|Written) \d/;

/** What a JSON says of single examples: rows that name one, and maps on which each is a mark. */
function rowsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('item' in value && 'line' in value) return [value];
  return Object.entries(value).flatMap(([key, part]) => (key === 'map' ? [part] : rowsIn(part)));
}

/** What a page says of single examples: rows and paragraphs with its text, and drawn maps. */
const rowsOfPage = (html: string): unknown[] =>
  [...parseHTML(html).document.querySelectorAll('main tr, main li, main p, main svg')]
    .filter(({ localName, textContent, outerHTML }) =>
      localName === 'svg' ? outerHTML.includes('Map of the texts') : example.test(textContent),
    )
    .map(({ outerHTML }) => outerHTML);

/** What one file says of single examples; null where it is about all of them together. */
function ofExamples(name: string, bytes: Buffer): unknown {
  if (name.endsWith('.zip'))
    return [...unzip(bytes)].map(([part, content]) => [part, ofExamples(part, content)]);
  if (name === 'manifest.json') return null;
  if (/^(?:items|judgments)\.|\.jsonl$/.test(name)) return bytes.toString('base64');
  if (/plots\//.test(name)) return /map-/.test(name) ? bytes.toString('base64') : null;
  if (name.endsWith('report.json')) return rowsIn(JSON.parse(String(bytes)));
  if (name.endsWith('.html') || !/\.\w+$/.test(name)) return rowsOfPage(String(bytes));
  return String(bytes)
    .split('\n')
    .filter((line) => example.test(line));
}

/** The same of everything that a frozen report offers, by address below the report's own. */
async function saidOfExamples(visitor: Visitor, link: string): Promise<Map<string, unknown>> {
  const said = new Map<string, unknown>();
  for (const [href, bytes] of await walked(visitor, link)) {
    const name = href.slice(link.length);
    if (name === '/file.json') continue;
    const text = /\.(?:zip|png)$|\.png\?/.test(name)
      ? bytes
      : Buffer.from(String(bytes).replaceAll(link, ''));
    said.set(name, ofExamples(name, text));
  }
  return said;
}

interface FrozenTwice {
  readonly site: Site;
  readonly study: Study;
  readonly visitor: Visitor;
  readonly links: readonly [string, string];
  readonly withdraw: () => Promise<unknown>;
}

/**
 * A report over examples with one judgment each, frozen, and frozen once more after one judgment
 * was answered otherwise.
 */
async function frozenTwice(): Promise<FrozenTwice> {
  const site = await openSite();
  const { database, db } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(8, 'Made') },
      { source: 'human', examples: plainExamples(8, 'Written') },
    ],
    settings: { overlap: 1 },
  });
  const raters = await buildRaters(database, study, 2);
  await judgeAll(database, raters, ({ label }) => ({ label }));
  const visitor = await site.visitor('researcher');
  const first = await freeze(visitor, study);
  const rater_id = raters[0]?.id ?? 0;
  const { assignment_id, label_choice } = await db
    .selectFrom('judgment')
    .select(['assignment_id', 'label_choice'])
    .where('rater_id', '=', rater_id)
    .orderBy('assignment_id')
    .executeTakeFirstOrThrow();
  await db
    .updateTable('judgment')
    .set({ label_choice: 1 - (label_choice ?? 0), ambiguous: 1 })
    .where('assignment_id', '=', assignment_id)
    .execute();
  return {
    site,
    study,
    visitor,
    links: [first, await freeze(visitor, study)],
    withdraw: () =>
      withdrawRater(db, { raterId: rater_id, now: Date.now(), accountId: null, reason: 'asked' }),
  };
}

test('a superseded report says of no example what its only rater answered, in any file', async () => {
  const { visitor, links, withdraw } = await frozenTwice();
  const numbers = async (link: string): Promise<unknown> =>
    (
      JSON.parse(await visitor.read(`${link}/report.json`)) as {
        datasets: { label: { overruled: number } }[];
      }
    ).datasets.map(({ label }) => label.overruled);
  const [one, other] = [
    await saidOfExamples(visitor, links[0]),
    await saidOfExamples(visitor, links[1]),
  ];
  const differing = [...one.keys()].filter(
    (name) => JSON.stringify(one.get(name)) !== JSON.stringify(other.get(name)),
  );
  for (const file of [
    /^\/report\.json$/,
    /^\/report\.html$/,
    /^\/datasets\/\w+$/,
    /tables-csv\.zip$/,
    /tables-parquet\.zip$/,
    /validated\.jsonl$/,
    /plots\/map-agreement-\w+\.svg$/,
    /plots\/map-agreement-\w+\.png$/,
  ])
    expect(
      differing.filter((name) => file.test(name)),
      String(file),
    ).not.toEqual([]);

  await withdraw();
  const [first, second] = [
    await saidOfExamples(visitor, links[0]),
    await saidOfExamples(visitor, links[1]),
  ];
  expect([...first.keys()].toSorted()).toEqual([...second.keys()].toSorted());
  for (const [name, said] of first) expect(second.get(name), name).toEqual(said);
  expect(await numbers(links[0])).not.toEqual(await numbers(links[1]));
});

test('files of a superseded report say so in their names, and tables in their manifest', async () => {
  const { visitor, links, withdraw } = await frozenTwice();
  const [link] = links;
  const nameOf = async (file: string): Promise<string> =>
    String((await visitor.request(`${link}/${file}`)).headers.get('content-disposition'));
  const manifest = async (): Promise<unknown> => {
    const bytes = await (await visitor.request(`${link}/tables-csv.zip`)).arrayBuffer();
    return JSON.parse(String(unzip(Buffer.from(bytes)).get('manifest.json')));
  };
  const plots = [...(await walked(visitor, link)).keys()].flatMap((href) =>
    href.includes('/plots/') ? [href.slice(link.length + 1)] : [],
  );
  const source = plots.find((plot) => plot.includes('map-source-')) ?? '';
  const files = ['report.html', 'tables-csv.zip', 'methods.tex', source];
  for (const file of files) expect(await nameOf(file)).not.toContain('superseded');
  expect(await manifest()).not.toHaveProperty('withheld');
  await withdraw();
  for (const file of files) expect(await nameOf(file)).toContain('-superseded');
  expect(await manifest()).toMatchObject({
    withheld: expect.stringContaining('A rater whose judgments this report used has withdrawn'),
  });
});
