import { expect, test } from 'vitest';
import { isDecided, isSkippedBy, requireReview } from '#generation/review.js';
import { engine, testDatabase } from '../support/database.js';
import { buildGeneration } from '../support/generation.js';

/** The lines of a plan of SQLite that look into a table by an index. */
const searchesOf = (plan: readonly unknown[], table: string): string[] =>
  plan.flatMap((row) => {
    const detail = typeof row === 'object' && row !== null && 'detail' in row ? row.detail : null;
    return typeof detail === 'string' && detail.startsWith(`SEARCH ${table} `) ? [detail] : [];
  });

test.runIf(engine() === 'sqlite')(
  'what a reviewer decided or skipped is looked up by stage and candidate, not by person',
  async () => {
    const database = await testDatabase();
    const { db } = database;
    const built = await buildGeneration(database, {
      state: 'review',
      stages: [{ state: 'done', made: [{}, {}, {}] }, { state: 'done' }, { state: 'review' }],
    });
    const review = await requireReview(db, built.generation);
    const { sql, ...query } = review.flow.rows
      .where((eb) =>
        eb.and([eb.not(isDecided(eb, review.stage)), eb.not(isSkippedBy(eb, review.stage, 1))]),
      )
      .select('candidate.id')
      .compile();
    const { rows } = await db.executeQuery({ ...query, sql: `explain query plan ${sql}` });
    const byBoth = 'USING INDEX candidate_review_candidate (stage_id=? AND candidate_id=?';
    for (const table of ['decided', 'skip']) {
      const searches = searchesOf(rows, table);
      expect(searches).toHaveLength(1);
      expect(searches[0]).toContain(byBoth);
    }
  },
);
