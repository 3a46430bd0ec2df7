import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { itemColumns } from '#reports/files/items.js';
import { judgmentColumns, judgmentTable } from '#reports/files/judgments.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { crowdFields } from '#reports/publication/datasetFile.js';
import { publications } from '#reports/publication/publications.js';
import { defused } from '#web/csvCell.js';
import { Form } from '#studies/form.js';
import type { Study } from '#studies/study.js';
import { projectFolder } from '#web/folders.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { csvRecords } from '../support/csv.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { judgeAll } from './judging.js';
import { plantedData } from './planted.js';
import { builtData } from './publication/models.js';
import { unansweredColumns } from '#reports/files/unanswered.js';
import { unzip } from './unzip.js';

const hostile = '=HYPERLINK("http://evil.example","x"),<script>alert(1)</script>\n@SUM(A1)';

async function judgedStudy(): Promise<{ site: Site; study: Study; visitor: Visitor }> {
  const site = await openSite();
  const { database } = site.server.application;
  const examples = [
    ...plainExamples(20, 'Made'),
    { text: `${hostile} 21`, choices: ['<b>bold</b>', '+cmd|calc', '"quoted", both'], label: 2 },
  ];
  const study = await buildStudy(database, {
    datasets: [
      { name: 'pair', source: 'generated', examples },
      { name: 'pair', source: 'human', examples: plainExamples(21, 'Written') },
    ],
    settings: { overlap: 3 },
  });
  await judgeAll(database, await buildRaters(database, study, 4), ({ label, rater, text }) => {
    const number = Number(/\d+/.exec(text)?.[0]);
    return {
      label: (number + rater) % 7 === 0 ? 0 : label,
      relevance: 1 + ((number + rater) % 5),
      unclear: number === 3,
      comment: rater === 1 && number === 4 ? hostile : '',
    };
  });
  return { site, study, visitor: await site.visitor('researcher') };
}

const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());

test('three numbers of the report come out of the downloaded CSV again', async () => {
  const { study, visitor } = await judgedStudy();
  const report = ReportModel.parse(
    await (await visitor.request(`/studies/${study.public_id}/report.json`)).json(),
  );
  const response = await visitor.request(`/studies/${study.public_id}/tables?format=csv`);
  expect(response.headers.get('content-disposition')).toMatch(/a-study-tables-csv\.zip/);
  const files = unzip(await bytesOf(response));
  expect([...files.keys()].toSorted()).toEqual([
    'items.csv',
    'judgments.csv',
    'manifest.json',
    'report.json',
    'unanswered.csv',
  ]);
  const rows = csvRecords(files.get('judgments.csv'));
  expect(rows).toHaveLength(42 * 3);
  for (const dataset of report.datasets) {
    const own = rows.filter(
      (row) => row['dataset'] === dataset.id && row['standing'] === 'counted',
    );
    const items = new Map<string, Record<string, string>[]>();
    for (const row of own)
      items.set(row['item'] ?? '', [...(items.get(row['item'] ?? '') ?? []), row]);
    const upheld = [...items.values()].filter(
      (votes) => votes.filter((vote) => vote['chose_label'] === 'true').length * 2 > votes.length,
    ).length;
    expect(dataset.label?.upheldCount).toBe(upheld);
    const means = [...items.values()].map(
      (votes) => votes.reduce((sum, vote) => sum + Number(vote['relevance']), 0) / votes.length,
    );
    expect(dataset.relevance?.mean.value).toBeCloseTo(
      means.reduce((sum, mean) => sum + mean, 0) / means.length,
      12,
    );
    const yesNo = [...items.values()].filter(
      (votes) =>
        !votes.some(
          (vote) => vote['item']?.endsWith('-21') === true && dataset.source === 'generated',
        ),
    );
    const agreeing = yesNo.map((votes) =>
      votes.filter((vote) => vote['label_key'] === votes[0]?.['label_key']).length === 3
        ? 1
        : 1 / 3,
    );
    expect(dataset.labelAgreement[0]?.agreement.observed.value).toBeCloseTo(
      agreeing.reduce((sum, share) => sum + share, 0) / agreeing.length,
      12,
    );
  }
});

test('what models make of single labels stands in the items, and alike in the crowd field', async () => {
  const { site, study, visitor } = await judgedStudy();
  const files = unzip(
    await bytesOf(await visitor.request(`/studies/${study.public_id}/tables?format=csv`)),
  );
  const items = csvRecords(files.get('items.csv'));
  const { public_id: dataset } = await site.server.application.db
    .selectFrom('dataset')
    .select('public_id')
    .where('source', '=', 'generated')
    .executeTakeFirstOrThrow();
  const lines = (
    await (await visitor.request(`/studies/${study.public_id}/datasets/${dataset}`)).text()
  )
    .trimEnd()
    .split('\n');
  const crowds = new Map(
    lines.map((line) => {
      const { crowd } = JSON.parse(line);
      return [crowd.item, crowd] as const;
    }),
  );
  expect(crowds.size).toBe(21);
  for (const row of items) {
    const votes: Record<string, number> = JSON.parse(row['votes'] ?? '');
    const shares: Record<string, number> = JSON.parse(row['vote_shares'] ?? '');
    const soft: Record<string, number> = JSON.parse(row['soft_label'] ?? '');
    const posterior: Record<string, number> = JSON.parse(row['posterior'] ?? '');
    for (const [key, count] of Object.entries(votes)) {
      expect(shares[key]).toBeCloseTo(count / 3, 12);
      expect(soft[key]).toBeGreaterThan(0);
      expect(soft[key]).toBeLessThan(1);
    }
    expect(Object.values(soft).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(Object.values(posterior).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(posterior[row['consensus_key'] ?? '']).toBe(Math.max(...Object.values(posterior)));
    expect(Number(row['entropy'])).toBeCloseTo(
      Object.values(shares).reduce(
        (sum, share) => sum - (share > 0 ? share * Math.log2(share) : 0),
        0,
      ),
      12,
    );
    expect(Number(row['difficulty'])).toBeCloseTo(
      1 - Object.values(votes).reduce((sum, count) => sum + count * (count - 1), 0) / 6,
      12,
    );
    expect(Number(row['label_wrong'])).toBeLessThan(1);
    const crowd = crowds.get(row['item']);
    if (crowd === undefined) continue;
    expect(crowd).toMatchObject({
      consensus: row['consensus_key'],
      posterior,
      vote_shares: shares,
      soft_label: soft,
      label_wrong: Number(row['label_wrong']),
    });
  }
});

test('downloads.md lists the columns of both tables and the fields of crowd', () => {
  const document = readFileSync(join(projectFolder, 'docs/researchers/downloads.md'), 'utf8');
  const listed = (heading: string): string[][] => {
    const section = document.split(`${heading}\n`)[1]?.split(/\n#/)[0] ?? '';
    return section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim().replaceAll('`', '')),
      );
  };
  const data = plantedData({ examples: 4 });
  for (const [heading, columns] of [
    ['### judgments', judgmentColumns(data)],
    ['### unanswered', unansweredColumns(data)],
    ['### items', itemColumns(data)],
    ['## The `crowd` field', crowdFields],
  ] as const)
    expect({ heading, rows: listed(heading) }).toEqual({
      heading,
      rows: columns.map(({ name, type, sentence }) => [name, type, sentence]),
    });
});

test('the manifest names settings, seed, version and the checksum of each file', async () => {
  const { study, visitor } = await judgedStudy();
  for (const format of ['csv', 'parquet']) {
    const files = unzip(
      await bytesOf(await visitor.request(`/studies/${study.public_id}/tables?format=${format}`)),
    );
    const manifest = JSON.parse(files.get('manifest.json')?.toString('utf8') ?? '{}');
    expect(manifest).toMatchObject({
      format: 'assay-tables-1',
      seed: study.seed,
      settings: { overlap: 3 },
      software: { name: 'Assay' },
    });
    for (const file of manifest.files)
      expect(
        createHash('sha256')
          .update(files.get(file.name) ?? '')
          .digest('hex'),
      ).toBe(file.sha256);
    expect(manifest.files).toHaveLength(4);
  }
});

test('CSV cells cannot run as formulas, Parquet holds the texts as they are', async () => {
  const { study, visitor } = await judgedStudy();
  const csv = unzip(
    await bytesOf(await visitor.request(`/studies/${study.public_id}/tables?format=csv`)),
  );
  const items = csvRecords(csv.get('items.csv'));
  expect(items.find((row) => row['line'] === '21' && row['source'] === 'generated')?.['text']).toBe(
    `'${hostile} 21`,
  );
  for (const row of [...items, ...csvRecords(csv.get('judgments.csv'))])
    for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+@\t\r\n]/);
  const parquet = unzip(
    await bytesOf(await visitor.request(`/studies/${study.public_id}/tables?format=parquet`)),
  );
  const bytes = parquet.get('items.parquet') ?? Buffer.alloc(0);
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  });
  expect(rows).toHaveLength(42);
  expect(rows.find((row) => row['line'] === 21n && row['source'] === 'generated')?.['text']).toBe(
    `${hostile} 21`,
  );
});

test('defusing can be undone', () => {
  const undone = (text: string): string => (/^'+[=+\-@\t\r\n]/.test(text) ? text.slice(1) : text);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^'{0,3}[=+\-@\t\r\n'a]/)), (text) => {
      expect(undone(defused(text))).toBe(text);
      expect(defused(text)).not.toMatch(/^[=+\-@\t\r\n]/);
    }),
  );
});

test('page and file escape hostile text, hold no script, and ask nothing of any other host', async () => {
  const { site, study, visitor } = await judgedStudy();
  const dataset = await site.server.application.db
    .selectFrom('dataset')
    .select('public_id')
    .where('source', '=', 'generated')
    .executeTakeFirstOrThrow();
  const page = await visitor.page(
    `/studies/${study.public_id}/report/datasets/${dataset.public_id}`,
  );
  const overview = await visitor.page(`/studies/${study.public_id}/report`);
  const pair = await visitor.page(`/studies/${study.public_id}/report/pairs/${dataset.public_id}`);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  const file = await (await visitor.request(`/studies/${study.public_id}/report.html`)).text();
  for (const html of [page, overview, pair, file]) {
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('<b>bold');
    expect(html).not.toMatch(/\sstyle="/);
  }
  const { document } = parseHTML(file);
  expect(document.querySelectorAll('script, link, img, iframe')).toHaveLength(0);
  for (const link of document.querySelectorAll('a[href^="#"]'))
    expect(document.getElementById(String(link.getAttribute('href')).slice(1))).not.toBeNull();
  const ids = [...document.querySelectorAll('[id]')].map((element: { id: string }) => element.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const svg of document.querySelectorAll('svg')) {
    expect(svg.querySelector('title')?.textContent).not.toBe('');
    expect(svg.querySelector('desc')?.textContent).not.toBe('');
  }
  expect(document.querySelectorAll('svg').length).toBeGreaterThanOrEqual(3);
});

test('a validated dataset keeps every byte of its rows and adds what the crowd said', async () => {
  const { site, study, visitor } = await judgedStudy();
  const { db } = site.server.application;
  const dataset = await db
    .selectFrom('dataset')
    .selectAll()
    .where('source', '=', 'generated')
    .executeTakeFirstOrThrow();
  const response = await visitor.request(
    `/studies/${study.public_id}/datasets/${dataset.public_id}`,
  );
  const lines = (await response.text()).trimEnd().split('\n');
  expect(lines).toHaveLength(21);
  const examples = await db
    .selectFrom('example')
    .selectAll()
    .where('dataset_id', '=', dataset.id)
    .orderBy('line_number')
    .execute();
  for (const [index, line] of lines.entries()) {
    const raw = Buffer.from(examples[index]?.raw ?? new Uint8Array()).toString('utf8');
    expect(line.startsWith(raw.slice(0, -1))).toBe(true);
    expect(JSON.parse(line)).toMatchObject({
      ...JSON.parse(raw),
      crowd: { judgments: 3, complete: true },
    });
  }
});

test('a report that takes long has a page that waits for it', async () => {
  const site = await openSite();
  Object.assign(site.server.application.config, { reportWaitMs: 0 });
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(5) }],
  });
  const visitor = await site.visitor('researcher');
  const path = `/studies/${study.public_id}/report`;
  const first = await visitor.request(path);
  expect([first.status, first.headers.get('refresh')]).toEqual([202, '2']);
  expect(await first.text()).toContain('The report is being computed.');
  // Whoever looks again waits for the same computation; here as long as it takes.
  Object.assign(site.server.application.config, { reportWaitMs: 600_000 });
  const second = await visitor.request(path);
  expect([second.status, second.headers.get('refresh')]).toEqual([200, null]);
  expect(await second.text()).toContain('Nothing has been judged yet.');
});

test('a report has no page for a dataset or a comparison that is not in it', async () => {
  const { study, visitor } = await judgedStudy();
  for (const path of ['datasets/none', 'pairs/none'])
    expect((await visitor.request(`/studies/${study.public_id}/report/${path}`)).status).toBe(404);
});

test('the API gives the same numbers with a token, and nothing without', async () => {
  const { site, study, visitor } = await judgedStudy();
  const bearer = { headers: { authorization: `Bearer ${site.token}` } };
  const ask = () => fetch(`${site.address}/api/v1/studies/${study.public_id}/report`, bearer);
  // Being asked for a report has its texts measured, which enter what is asked for afterwards.
  await ask();
  await site.idle();
  const answer = await ask();
  const { computedAt: _, ...numbers } = ReportModel.parse(await answer.json());
  const { computedAt: __, ...same } = ReportModel.parse(
    await (await visitor.request(`/studies/${study.public_id}/report.json`)).json(),
  );
  expect(numbers).toEqual(same);
  expect((await fetch(`${site.address}/api/v1/studies/${study.public_id}/report`)).status).toBe(
    401,
  );
  expect(
    (await fetch(`${site.address}/api/v1/studies/${study.public_id}/tables?format=xls`, bearer))
      .status,
  ).toBe(422);
  expect((await fetch(`${site.address}/api/v1/studies/none/report`, bearer)).status).toBe(404);
});

test('every text for publication can be downloaded, by page and by token, and an unknown one cannot', async () => {
  const { site, study, visitor } = await judgedStudy();
  const { db } = site.server.application;
  const dataset = await db
    .selectFrom('dataset')
    .select('public_id')
    .where('source', '=', 'generated')
    .executeTakeFirstOrThrow();
  const overview = await visitor.page(`/studies/${study.public_id}/report`);
  const own = await visitor.page(
    `/studies/${study.public_id}/report/datasets/${dataset.public_id}`,
  );
  for (const publication of publications) {
    const path =
      publication.scope === 'study'
        ? `/studies/${study.public_id}/publications/${publication.name}`
        : `/studies/${study.public_id}/datasets/${dataset.public_id}/publications/${publication.name}`;
    expect(publication.scope === 'study' ? overview : own).toContain(`href="${path}"`);
    const response = await visitor.request(path);
    expect(response.status).toBe(200);
    expect((await response.text()).length).toBeGreaterThan(40);
  }
  const bearer = { headers: { authorization: `Bearer ${site.token}` } };
  const card = await fetch(
    `${site.address}/api/v1/studies/${study.public_id}/datasets/${dataset.public_id}/publications/card`,
    bearer,
  );
  expect(await card.text()).toMatch(/^---\n/);
  expect(
    (await fetch(`${site.address}/api/v1/studies/${study.public_id}/publications/card`, bearer))
      .status,
  ).toBe(404);
  expect((await visitor.request(`/studies/${study.public_id}/publications/none`)).status).toBe(404);
});

test('answers to a question whose type changed are all in its column, as texts', () => {
  const data = builtData({ examples: 2, raters: 1 });
  const form = (question: Record<string, unknown>): Form =>
    Form.parse({ preset: 'own', questions: [{ id: 'tone', wording: 'Tone?', ...question }] });
  const answers = ['warm', true];
  const table = judgmentTable({
    ...data,
    forms: [
      { version: 2, form: form({ type: 'choice', options: ['warm', 'cold'] }) },
      { version: 1, form: form({ type: 'yes-no' }) },
    ],
    judgments: data.judgments.map((judgment, index) => ({
      ...judgment,
      others: { tone: answers[index] ?? '' },
    })),
  });
  const column = table.columns.findIndex(({ name }) => name === 'answer_tone');
  expect(table.columns[column]?.type).toBe('text');
  expect([table.cell(0, column), table.cell(1, column)]).toEqual(['warm', 'true']);
});
