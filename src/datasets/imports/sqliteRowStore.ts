import { type Checkpoints, checkpointThread } from '#storage/checkpoints.js';
import { openSqliteFile } from '#storage/sqlite.js';
import type { NewExample, NewRejection, RowStore } from './rows.js';

/**
 * Bytes of rows. With `longestWal`, it keeps the WAL under the 1,000 pages from which a commit of a
 * rater would carry it over.
 */
const carryEvery = 400_000;
/** Pages. Where the WAL grew so long while it was carried over, writing waits for the next time. */
const longestWal = 250;

const bytesOf = (examples: readonly NewExample[], rejections: readonly NewRejection[]): number =>
  examples.reduce(
    (sum, { raw, text, choices }) => sum + raw.length + text.length + choices.length,
    0,
  ) + rejections.reduce((sum, { raw }) => sum + raw.length, 0);

/**
 * Rows through prepared statements on a connection of its own. `checkpoints` begins what carries the
 * WAL over.
 */
export function sqliteRowStore(
  path: string,
  options: { checkpoints?: typeof checkpointThread } = {},
): RowStore {
  const file = openSqliteFile(path);
  // Rows are only appended here; a large cache would hold memory for nothing.
  file.pragma('cache_size = -8000');
  // Nobody sees these rows before the transaction that shows them, which syncs the WAL with all
  // that stands in it.
  file.pragma('synchronous = normal');
  file.pragma('wal_autocheckpoint = 0');
  let checkpoints: Checkpoints | undefined;
  let walPages = Promise.resolve(0);
  let written = 0;

  /**
   * Has the WAL carried over while the next rows are read, and waits where it became too long. Where
   * that fails nothing is lost: the rows stand in the WAL, and the next time begins a new thread.
   */
  async function carryOver(): Promise<void> {
    const before = await walPages;
    const thread = (checkpoints ??= (options.checkpoints ?? checkpointThread)(path));
    walPages = thread.run().catch(async () => {
      checkpoints = undefined;
      await thread.close();
      return 0;
    });
    if (before > longestWal) await walPages;
  }

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
      written += bytesOf(examples, rejections);
      if (written < carryEvery) return;
      written = 0;
      await carryOver();
    },
    async close() {
      await walPages;
      await checkpoints?.close();
      file.close();
    },
  };
}
