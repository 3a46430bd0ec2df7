import { sql } from 'kysely';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { RowStore } from './rows.js';

/** Rows as one array a column, unnested by the server: one statement a step. */
export function postgresRowStore(db: Db): RowStore {
  return {
    async write(datasetId, examples, rejections) {
      const findings = examples.flatMap((row) =>
        row.findings.map(({ finding, detail }) => ({ line: row.line, finding, detail })),
      );
      await inTransaction(db, async (trx) => {
        if (examples.length > 0) {
          await sql`
            insert into example (dataset_id, line_number, content_hash, text, choices, label_choice, label_confidence, fixed_order, doubtful, raw)
            select ${datasetId}::bigint, * from unnest(
              ${examples.map((row) => row.line)}::bigint[], ${examples.map((row) => Buffer.from(row.hash))}::bytea[], ${examples.map((row) => row.text)}::text[],
              ${examples.map((row) => row.choices)}::text[], ${examples.map((row) => row.labelChoice)}::bigint[], ${examples.map((row) => row.labelConfidence)}::double precision[],
              ${examples.map((row) => (row.fixedOrder ? 1 : 0))}::bigint[], ${examples.map((row) => (row.doubtful ? 1 : 0))}::bigint[], ${examples.map((row) => Buffer.from(row.raw))}::bytea[])`.execute(
            trx,
          );
        }
        if (findings.length > 0) {
          await sql`
            insert into example_finding (dataset_id, finding, example_id, detail)
            select ${datasetId}::bigint, given.finding, example.id, given.detail
            from unnest(${findings.map((row) => row.line)}::bigint[], ${findings.map((row) => row.finding)}::text[], ${findings.map((row) => row.detail)}::text[]) as given (line, finding, detail)
            join example on example.dataset_id = ${datasetId}::bigint and example.line_number = given.line`.execute(
            trx,
          );
        }
        if (rejections.length > 0) {
          await sql`
            insert into rejected_row (dataset_id, line_number, code, message, raw)
            select ${datasetId}::bigint, * from unnest(
              ${rejections.map((row) => row.line)}::bigint[], ${rejections.map((row) => row.code)}::text[], ${rejections.map((row) => row.message)}::text[], ${rejections.map((row) => Buffer.from(row.raw))}::bytea[])`.execute(
            trx,
          );
        }
      });
    },
    async close() {
      // The connections belong to the caller's pool.
    },
  };
}
