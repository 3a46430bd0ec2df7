import { openSqliteFile } from '#storage/sqlite.js';
import type { NewExample, NewRejection, RowStore } from './rows.js';

/** Examples of one statement. */
const together = 10;

/** Rows through prepared statements on a connection of its own. */
export function sqliteRowStore(path: string): RowStore {
  const file = openSqliteFile(path);
  // Rows are only appended here; a large cache would hold memory for nothing.
  file.pragma('cache_size = -8000');
  // Nobody sees these rows before the transaction that shows them, which syncs the WAL with all
  // that stands in it.
  file.pragma('synchronous = normal');
  const insertExamples = (rows: number) => {
    const values = Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join();
    return file.prepare(
      `insert into example (dataset_id, line_number, content_hash, text, choices, label_choice, label_confidence, fixed_order, doubtful, raw) values ${values}`,
    );
  };
  const [insertSome, insertOne] = [insertExamples(together), insertExamples(1)];
  const insertFinding = file.prepare(
    'insert into example_finding (dataset_id, finding, example_id, detail) values (?, ?, ?, ?)',
  );
  const insertRejection = file.prepare(
    'insert into rejected_row (dataset_id, line_number, code, message, raw) values (?, ?, ?, ?, ?)',
  );
  const writeAll = file.transaction(
    (datasetId: number, examples: readonly NewExample[], rejections: readonly NewRejection[]) => {
      for (let at = 0; at < examples.length;) {
        const whole = at + together <= examples.length;
        const some = examples.slice(at, at + (whole ? together : 1));
        const cells: unknown[] = [];
        for (const row of some)
          cells.push(
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
        const { lastInsertRowid } = (whole ? insertSome : insertOne).run(cells);
        at += some.length;
        // The rows of one statement get ids that follow one another.
        const before = Number(lastInsertRowid) - some.length;
        for (const [index, row] of some.entries())
          for (const { finding, detail } of row.findings)
            insertFinding.run(datasetId, finding, before + index + 1, detail);
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
