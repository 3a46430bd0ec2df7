import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { commands as reportCommands } from '#reports/commands.js';
import { commands as textsCommands } from '#texts/commands.js';
import { freezeReport } from '#reports/thread/reporting.js';
import { verifyReport } from '#reports/frozen/content.js';
import { datasetsOfStudy } from '#texts/corpus.js';
import { embeddingsServer } from '#texts/embeddings.js';
import { readStudyData } from '#reports/input/read.js';
import { gunzipSync } from 'node:zlib';
import { readConfig } from '#config.js';
import { buildStudy } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { testDatabase } from '../support/database.js';
import { openSite } from '../support/site.js';
import { corpusOf, questions } from './support.js';

const Asked = z.object({ model: z.string(), input: z.array(z.string()) });
type Asked = z.output<typeof Asked>;

/** Letters of a text as a vector of 26: a model that anybody can compute. */
const vectorOf = (text: string): number[] =>
  Array.from(
    { length: 26 },
    (_, letter) => text.toLowerCase().split(String.fromCharCode(97 + letter)).length - 1,
  );

interface Endpoint {
  readonly url: string;
  readonly asked: { readonly headers: IncomingHttpHeaders; readonly body: Asked }[];
}

/**
 * A small server that speaks the protocol; `answer` replaces its own where a test wants another
 * answer.
 */
async function endpoint(
  answer?: (asked: Asked) => { status: number; body: string },
): Promise<Endpoint> {
  const asked: Endpoint['asked'] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Asked.parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
      asked.push({ headers: request.headers, body });
      const given = answer?.(body) ?? {
        status: 200,
        body: JSON.stringify({
          object: 'list',
          data: body.input
            .map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }))
            .toReversed(),
        }),
      };
      response.writeHead(given.status, { 'content-type': 'application/json' }).end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`, asked };
}

const corpus = corpusOf('made', questions(70, { seed: 'made' }));

test('asks in batches, once for each text, with the key, and puts vectors in the order of the texts', async () => {
  const { url, asked } = await endpoint();
  const source = embeddingsServer({ url, model: 'letters', key: 'a-secret' });
  const vectors = await source.vectorsOf([corpus]);
  expect(vectors).toEqual(corpus.texts.map(({ text }) => vectorOf(text)));
  expect(asked.map(({ body }) => body.input.length)).toEqual([64, 6]);
  expect(asked[0]).toMatchObject({
    headers: { authorization: 'Bearer a-secret' },
    body: { model: 'letters' },
  });
  await source.vectorsOf([corpus]);
  expect(asked).toHaveLength(2);
});

test.each([
  [
    'a wrong key',
    () => ({ status: 401, body: '{}' }),
    /^EMBEDDINGS_KEY: .* answered 401; it wants another key\.$/,
  ],
  [
    'no such model',
    () => ({ status: 404, body: '{}' }),
    /^EMBEDDINGS_URL: .* no model letters \(EMBEDDINGS_MODEL\)\.$/,
  ],
  [
    'a server that fails',
    () => ({ status: 500, body: 'oh' }),
    /^EMBEDDINGS_URL: .* answered 500\.$/,
  ],
  [
    'something else',
    () => ({ status: 200, body: '{"data":"none"}' }),
    /^EMBEDDINGS_URL: .* something else than embeddings\.$/,
  ],
  [
    'too few vectors',
    () => ({ status: 200, body: '{"data":[{"index":0,"embedding":[1]}]}' }),
    /^EMBEDDINGS_URL: .* gave 1 vectors for 64 texts/,
  ],
  [
    'vectors of unequal length',
    ({ input }: Asked) => ({
      status: 200,
      body: JSON.stringify({
        data: input.map((_, index) => ({ index, embedding: index === 3 ? [1, 2] : [1] })),
      }),
    }),
    /^EMBEDDINGS_URL: .* unequal length\.$/,
  ],
])(
  '%s is said with the variable to look at, and never with the key',
  async (_what, answer, sentence) => {
    const { url } = await endpoint(answer);
    const failed = await embeddingsServer({ url, model: 'letters', key: 'a-secret' })
      .vectorsOf([corpus])
      .then(
        () => '',
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );
    expect(failed).toMatch(sentence);
    expect(failed).not.toContain('a-secret');
  },
);

test('an address where nobody listens is said, and a cancel is not a fault', async () => {
  await expect(
    embeddingsServer({
      url: 'http://127.0.0.1:9/v1/embeddings',
      model: 'letters',
      key: null,
    }).vectorsOf([corpus]),
  ).rejects.toThrow(/^EMBEDDINGS_URL: .* cannot be reached\.$/);
  const { url } = await endpoint();
  await expect(
    embeddingsServer({ url, model: 'letters', key: null }).vectorsOf([corpus], AbortSignal.abort()),
  ).rejects.toThrow(/abort/i);
});

const pair = [
  { source: 'generated', examples: questions(16, { seed: 'made' }) },
  { source: 'human', examples: questions(14, { seed: 'written', opening: 'Concerning' }) },
] as const;

test('the job uses the model that is set, the report names it, and its key is stored nowhere', async () => {
  const { url, asked } = await endpoint();
  const site = await openSite({
    EMBEDDINGS_URL: url,
    EMBEDDINGS_MODEL: 'letters',
    EMBEDDINGS_KEY: 'a-secret-key',
  });
  const { database, db } = site.server.application;
  const study = await buildStudy(database, { datasets: pair });
  const researcher = await site.visitor('researcher');
  await researcher.page(`/studies/${study.public_id}/report`);
  await site.idle();
  expect(asked.length).toBeGreaterThan(0);
  const [generated] = await datasetsOfStudy(db, study.id);
  const page = await researcher.page(
    `/studies/${study.public_id}/report/pairs/${generated?.publicId ?? ''}`,
  );
  expect(page).toContain('Vectors: letters.');
  expect(page).not.toContain('a-secret-key');
  expect(await db.selectFrom('text_measure').select('embedding').distinct().execute()).toEqual([
    { embedding: 'letters' },
  ]);
  expect(JSON.stringify(await db.selectFrom('job').selectAll().execute())).not.toContain(
    'a-secret-key',
  );
});

test('a job that failed says why on the page, and is tried again', async () => {
  const site = await openSite({ EMBEDDINGS_URL: 'http://127.0.0.1:9/v1/embeddings' });
  const study = await buildStudy(site.server.application.database, { datasets: pair });
  const researcher = await site.visitor('researcher');
  const path = `/studies/${study.public_id}/report`;
  await researcher.page(path);
  await site.idle();
  expect(await researcher.page(path)).toContain(
    'The last attempt failed: EMBEDDINGS_URL: http://127.0.0.1:9/v1/embeddings cannot be reached.',
  );
  const refused = await researcher.post(`${path}/freeze`, {}, path);
  expect(refused.status).toBe(502);
  expect(await refused.text()).toContain('EMBEDDINGS_URL');
  await site.idle();
  expect(await researcher.page(path)).toContain('Freeze it as provisional, without its texts');
  const frozen = await researcher.post(`${path}/freeze`, { provisional: 'yes' }, path);
  expect(frozen.status).toBe(303);
  const link = frozen.headers.get('location') ?? '';
  for (const address of [link, `${link}/report.html`])
    expect(await researcher.page(address)).toMatch(
      /Provisional:.*the check by the texts .* still to come/s,
    );
});

test('vectors from a file stand beside latent semantic analysis; a frozen report says that it cannot compute them again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-vectors-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const database = await testDatabase();
  const run = commandRunner(database, [...reportCommands, ...textsCommands], {
    ASSAY_DATA: folder,
  });
  const study = await buildStudy(database, { datasets: pair });
  await run('texts measure', [study.public_id]);
  const texts = join(folder, 'texts.jsonl');
  expect(await run('texts export', [study.public_id], { out: texts })).toMatchObject({
    answer: { texts: 30 },
  });
  const rows = readFileSync(texts, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) =>
      z.object({ dataset: z.string(), line: z.int(), text: z.string() }).parse(JSON.parse(line)),
    );
  const vectors = join(folder, 'vectors.jsonl');
  const write = (lines: readonly unknown[]): void =>
    writeFileSync(vectors, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  write(rows.map(({ dataset, line, text }) => ({ dataset, line, vector: vectorOf(text) })));
  await run('texts measure', [study.public_id], { vectors, name: 'letters by hand' });
  const { texts: measured } = await readStudyData(database.db, study.public_id);
  expect(measured.pairs[0]?.measure.spread).toMatchObject({
    embedding: 'letters by hand',
    dimensions: 26,
    explained: null,
  });
  expect(await database.db.selectFrom('text_measure').select('id').execute()).toHaveLength(6);

  const application = {
    config: readConfig({ ASSAY_DATA: folder, NODE_ENV: 'test' }),
    database,
    db: database.db,
    now: () => 6_000_000,
  };
  const frozen = await freezeReport(application, { study, staff: null });
  const { content } = await database.db
    .selectFrom('frozen_report')
    .select('content')
    .where('id', '=', frozen.id)
    .executeTakeFirstOrThrow();
  const file = join(folder, 'frozen.json');
  writeFileSync(file, gunzipSync(content));
  expect(verifyReport(JSON.parse(readFileSync(file, 'utf8')))).toMatchObject({
    holds: true,
    otherModels: ['letters by hand'],
  });
  expect((await run('report verify', [file])).said).toContain(
    'rest on the vectors of “letters by hand”, which are not in the file, and are taken as written.',
  );

  write(
    rows.slice(1).map(({ dataset, line, text }) => ({ dataset, line, vector: vectorOf(text) })),
  );
  await expect(run('texts measure', [study.public_id], { vectors })).rejects.toMatchObject({
    code: 'no_vector',
    title: expect.stringContaining(`line ${rows[0]?.line ?? 0} of dataset`),
  });
  write([
    { dataset: 'x', line: 1, vector: [1, 2] },
    { dataset: 'x', line: 2, vector: [1] },
  ]);
  await expect(run('texts measure', [study.public_id], { vectors })).rejects.toMatchObject({
    code: 'bad_vectors',
    title: expect.stringContaining('Line 2'),
  });
  write([{ dataset: 'x', line: 1 }]);
  await expect(run('texts measure', [study.public_id], { vectors })).rejects.toMatchObject({
    code: 'bad_vectors',
  });
  await expect(
    run('texts measure', [study.public_id], { vectors: join(folder, 'none') }),
  ).rejects.toMatchObject({ code: 'not_found' });
});
