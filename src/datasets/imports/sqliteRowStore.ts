import { openSqliteFile } from '#storage/sqlite.js';
import type { NewExample, NewRejection, RowStore } from './rows.js';

/** Rows through prepared statements on a connection of its own. */
export function sqliteRowStore(path: string): RowStore {
  const file = openSqliteFile(path);
  // Rows are only appended here; a large cache would hold memory for nothing.
  file.pragma('cache_size = -8000');
  // Nobody sees these rows before the transaction that shows them, which syncs the WAL with all
  // that stands in it.
  file.pragma('synchronous = normal');
  const insertExample = file.prepare(
    'insert into example (dataset_id, line_number, content_hash, text, choices, label_choice, label_confidence, fixed_order, doubtful, raw) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertFinding = file.prepare(
    'insert into example_finding (dataset_id, finding, example_id, detail) values (?, ?, ?, ?)',
  );
  const insertRejection = file.prepare(
    'insert into rejected_row (dataset_id, line_number, code, message, raw) values (?, ?, ?, ?, ?)',
  );
  const writeAll = file.transaction(
    (datasetId: number, examples: readonly NewExample[], rejections: readonly NewRejection[]) => {
      for (const row of examples) {
        const { lastInsertRowid } = insertExample.run(
          datasetId,
          row.line,
          row.hash,
          row.text,
          row.choices,
          row.labelChoice,
          row.labelConfidence,
          row.fixedOrder ? 1 : 0,
          row.doubtful ? 1 : 0,
          row.raw,
        );
        for (const { finding, detail } of row.findings)
          insertFinding.run(datasetId, finding, lastInsertRowid, detail);
      }
      for (const row of rejections)
        insertRejection.run(datasetId, row.line, row.code, row.message, row.raw);
    },
  );
  return {
    async write(datasetId, examples, rejections) {
      writeAll.immediate(datasetId, examples, rejections);
    },
    async close() {
      file.close();
    },
  };
}
