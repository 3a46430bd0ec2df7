import { sql } from 'kysely';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { RowStore } from './rows.js';

/** Cells of bytes as one parameter, sent as it is: an array of them would go in hexadecimal. */
function packed(cells: readonly Uint8Array[]): {
  bytes: Buffer;
  starts: number[];
  lengths: number[];
} {
  let next = 1;
  const starts = cells.map(({ length }) => {
    const start = next;
    next += length;
    return start;
  });
  return { bytes: Buffer.concat(cells), starts, lengths: cells.map(({ length }) => length) };
}

/** Rows as one array a column, unnested by the server: one statement a step. */
export function postgresRowStore(db: Db): RowStore {
  return {
    async write(datasetId, examples, rejections) {
      const findings = examples.flatMap((row) =>
        row.findings.map(({ finding, detail }) => ({ line: row.line, finding, detail })),
      );
      await inTransaction(db, async (trx) => {
        if (examples.length > 0) {
          const hashes = packed(examples.map(({ hash }) => hash));
          const raws = packed(examples.map(({ raw }) => raw));
          await sql`
            insert into example (dataset_id, line_number, content_hash, text, choices, label_choice, label_confidence, fixed_order, doubtful, raw)
            select ${datasetId}::bigint, line, substring(${hashes.bytes}::bytea from hash_at for hash_length), text, choices, label_choice, label_confidence, fixed_order, doubtful, substring(${raws.bytes}::bytea from raw_at for raw_length)
            from unnest(
              ${examples.map((row) => row.line)}::bigint[], ${hashes.starts}::int[], ${hashes.lengths}::int[], ${examples.map((row) => row.text)}::text[],
              ${examples.map((row) => row.choices)}::text[], ${examples.map((row) => row.labelChoice)}::bigint[], ${examples.map((row) => row.labelConfidence)}::double precision[],
              ${examples.map((row) => (row.fixedOrder ? 1 : 0))}::bigint[], ${examples.map((row) => (row.doubtful ? 1 : 0))}::bigint[], ${raws.starts}::int[], ${raws.lengths}::int[]
            ) as given (line, hash_at, hash_length, text, choices, label_choice, label_confidence, fixed_order, doubtful, raw_at, raw_length)`.execute(
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
          const raws = packed(rejections.map(({ raw }) => raw));
          await sql`
            insert into rejected_row (dataset_id, line_number, code, message, raw)
            select ${datasetId}::bigint, line, code, message, substring(${raws.bytes}::bytea from raw_at for raw_length)
            from unnest(
              ${rejections.map((row) => row.line)}::bigint[], ${rejections.map((row) => row.code)}::text[], ${rejections.map((row) => row.message)}::text[], ${raws.starts}::int[], ${raws.lengths}::int[]
            ) as given (line, code, message, raw_at, raw_length)`.execute(trx);
        }
      });
    },
    async close() {
      // The connections belong to the caller's pool.
    },
  };
}
