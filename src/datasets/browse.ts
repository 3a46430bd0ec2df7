import { z } from 'zod';
import { notFound } from '#web/problem.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { requireDataset, sourceWords } from './dataset.js';
import { findingTitle } from './findingWords.js';
import { candidateHref, generatedFrom } from './generated.js';
import { findExampleAt, sampleOf, samplesFrom } from './samples.js';

const perPage = 20;
const mostShown = 20_000;

const Line = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 40);
const Query = z.object({ line: Line.catch(0) });

/** Characters that a page would swallow. */
const swallowed =
  // oxlint-disable-next-line no-control-regex -- control characters are what is shown
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;
const codeOf = (character: string): string =>
  `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/**
 * A text with its swallowed characters as codes: `U+0000` and the like. The download has the bytes
 * themselves.
 */
export const visible = (text: string): string => text.replace(swallowed, codeOf);

/** GET /datasets/:dataset/examples?line=: twenty examples from a line on. */
export const browseExamples: Handler = async (request, response, application) => {
  const { db } = application;
  const dataset = await requireDataset(db, String(request.params['dataset']));
  const { line } = parse(Query, request.query);
  const samples = await samplesFrom(db, dataset.id, line, perPage + 1);
  const before = await db
    .selectFrom('example')
    .select('line_number')
    .where('dataset_id', '=', dataset.id)
    .where('line_number', '<', line)
    .orderBy('line_number', 'desc')
    .limit(perPage)
    .execute();
  renderPage(request, response, application, {
    view: 'datasets/examples',
    shell: {
      layout: 'staff',
      title: `Examples of ${dataset.name}`,
      section: 'datasets',
      styles: ['css/datasets.css'],
    },
    page: {
      href: `/datasets/${dataset.public_id}`,
      name: dataset.name,
      version: dataset.version,
      source: dataset.source,
      sourceWord: sourceWords[dataset.source],
      examples: dataset.example_count,
      line: line === 0 ? 1 : line,
      samples: samples.slice(0, perPage),
      previous: before.at(-1)?.line_number ?? null,
      next: samples[perPage]?.line ?? null,
    },
  });
};

/** GET /datasets/:dataset/examples/:line: one example with its findings and its row as it came. */
export const showExample: Handler = async (request, response, application) => {
  const dataset = await requireDataset(application.db, String(request.params['dataset']));
  const found = await findExampleAt(
    application.db,
    dataset.id,
    parse(Line, request.params['line']),
  );
  if (found === undefined) throw notFound('example');
  const { example, findings } = found;
  const raw = Buffer.from(example.raw);
  const from = generatedFrom(dataset.provenance);
  renderPage(request, response, application, {
    view: 'datasets/example',
    shell: {
      layout: 'staff',
      title: `Line ${example.line_number} of ${dataset.name}`,
      section: 'datasets',
      styles: ['css/datasets.css'],
    },
    page: {
      href: `/datasets/${dataset.public_id}`,
      name: dataset.name,
      version: dataset.version,
      source: dataset.source,
      sourceWord: sourceWords[dataset.source],
      line: example.line_number,
      sample: sampleOf(example),
      candidate:
        from === null
          ? null
          : candidateHref(from, { dataset: dataset.public_id, line: example.line_number }),
      findings: findings.map(({ finding, detail }) => ({
        name: finding,
        sentence: findingTitle(finding),
        detail,
      })),
      raw: visible(raw.subarray(0, mostShown).toString('utf8')),
      rawBytes: raw.length,
      rawCut: raw.length > mostShown,
    },
  });
};

/** GET /datasets/:dataset/examples/:line/raw: the row's bytes, as a file. */
export const downloadRow: Handler = async (request, response, application) => {
  const dataset = await requireDataset(application.db, String(request.params['dataset']));
  const found = await findExampleAt(
    application.db,
    dataset.id,
    parse(Line, request.params['line']),
  );
  if (found === undefined) throw notFound('example');
  response
    .set('cache-control', 'private, no-store')
    .attachment(`line-${found.example.line_number}.txt`)
    .type('application/octet-stream')
    .send(Buffer.from(found.example.raw));
};
