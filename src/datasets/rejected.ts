import { isUtf8 } from 'node:buffer';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Application } from '#web/application.js';
import { csvCell } from '#web/csvCell.js';
import type { Db } from '#storage/database.js';
import { notFound } from '#web/problem.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { visible } from './browse.js';
import { requireDataset } from './dataset.js';
import { requireImport, requireImportFile } from './imports/import.js';
import { rejectionSentence } from './findingWords.js';

const perPage = 50;
const perStep = 500;
const mostShown = 4000;

interface RejectedRow {
  readonly id: number;
  readonly line_number: number;
  readonly code: string;
  readonly message: string;
  readonly raw: Uint8Array;
}

/** Rejected rows of a version in the order of the file, after an id. */
export const listRejected = (
  db: Db,
  datasetId: number,
  after: number,
  limit: number,
): Promise<RejectedRow[]> =>
  db
    .selectFrom('rejected_row')
    .select(['id', 'line_number', 'code', 'message', 'raw'])
    .where('dataset_id', '=', datasetId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();

/**
 * Where a list of rejected rows hangs: under a dataset, or under a file of an import that came to
 * nothing.
 */
interface Owner {
  readonly datasetId: number;
  readonly name: string;
  readonly href: string;
  readonly back: string;
}

async function ownerOf(request: Request, db: Db): Promise<Owner> {
  if (request.params['dataset'] !== undefined) {
    const dataset = await requireDataset(db, String(request.params['dataset']));
    return {
      datasetId: dataset.id,
      name: dataset.name,
      href: `/datasets/${dataset.public_id}/rejected`,
      back: `/datasets/${dataset.public_id}`,
    };
  }
  const entry = await requireImport(db, String(request.params['import']));
  const file = await requireImportFile(db, String(request.params['file']));
  if (file.import_id !== entry.id || file.dataset_id === null) throw notFound('file of an import');
  return {
    datasetId: file.dataset_id,
    name: file.path,
    href: `/imports/${entry.public_id}/files/${file.public_id}/rejected`,
    back: `/imports/${entry.public_id}`,
  };
}

const Query = z.object({ after: z.coerce.number().int().min(0).catch(0) });

/** GET …/rejected: the rows that could not be examples, with line, reason and the row itself. */
export const showRejected: Handler = async (request, response, application) => {
  const { db } = application;
  const owner = await ownerOf(request, db);
  const { after } = parse(Query, request.query);
  const rows = await listRejected(db, owner.datasetId, after, perPage + 1);
  const counts = await db
    .selectFrom('rejected_row')
    .select((eb) => ['code', eb.fn.countAll<number>().as('count')])
    .where('dataset_id', '=', owner.datasetId)
    .groupBy('code')
    .orderBy('count', 'desc')
    .execute();
  renderPage(request, response, application, {
    view: 'datasets/rejected',
    shell: {
      layout: 'staff',
      title: `Rejected rows of ${owner.name}`,
      section: 'datasets',
      styles: ['css/datasets.css'],
    },
    page: {
      name: owner.name,
      href: owner.href,
      back: owner.back,
      total: counts.reduce((sum, entry) => sum + entry.count, 0),
      counts: counts.map((entry) => ({
        count: entry.count,
        sentence: rejectionSentence(entry.code),
      })),
      rows: rows.slice(0, perPage).map((row) => ({
        line: row.line_number,
        code: row.code,
        message: visible(row.message),
        raw: visible(Buffer.from(row.raw).subarray(0, mostShown).toString('utf8')),
      })),
      next: rows.length > perPage ? (rows[perPage - 1]?.id ?? null) : null,
    },
  });
};

async function send(
  request: Request,
  response: Response,
  application: Application,
  format: { ending: string; type: string; head: string; line(row: RejectedRow): string },
): Promise<void> {
  const { db } = application;
  const owner = await ownerOf(request, db);
  response
    .set('cache-control', 'private, no-store')
    .attachment(`rejected-rows.${format.ending}`)
    .type(format.type);
  response.write(format.head);
  for (let after = 0; ;) {
    const rows = await listRejected(db, owner.datasetId, after, perStep);
    for (const row of rows)
      if (!response.write(format.line(row)))
        await new Promise<void>(
          (resolve) => void response.once('drain', resolve).once('close', resolve),
        );
    const last = rows.at(-1);
    if (last === undefined || response.closed) break;
    after = last.id;
  }
  response.end();
}

/** GET …/rejected.csv */
export const downloadRejectedCsv: Handler = (request, response, application) =>
  send(request, response, application, {
    ending: 'csv',
    type: 'text/csv; charset=utf-8',
    head: 'line,reason,message,row\r\n',
    line: (row) =>
      `${row.line_number},${csvCell(row.code)},${csvCell(row.message)},${csvCell(Buffer.from(row.raw).toString('utf8'))}\r\n`,
  });

/** GET …/rejected.jsonl: a row that is not UTF-8 also comes as base64. */
export const downloadRejectedJsonl: Handler = (request, response, application) =>
  send(request, response, application, {
    ending: 'jsonl',
    type: 'application/x-ndjson; charset=utf-8',
    head: '',
    line: (row) => {
      const raw = Buffer.from(row.raw);
      return `${JSON.stringify({ line: row.line_number, reason: row.code, message: row.message, row: raw.toString('utf8'), ...(isUtf8(raw) ? {} : { row_base64: raw.toString('base64') }) })}\n`;
    },
  });
