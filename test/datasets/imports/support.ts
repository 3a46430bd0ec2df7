import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type FileResult, type ImportContext, importFile } from '#datasets/imports/importFile.js';
import { inspectFile } from '#datasets/imports/inspectFile.js';
import {
  type CompletePlan,
  defaultSettings,
  type FilePlan,
  type ImportSettings,
  isComplete,
} from '#datasets/imports/plan.js';
import type { Database } from '#storage/database.js';

/** A folder for one test's files. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A persona row; `yes` says which answer matches. */
export const personaRow = (statement: string, yes = true): string =>
  JSON.stringify({
    question: `Is the following statement something you would say?\n"${statement}"`,
    statement,
    label_confidence: 0.9,
    answer_matching_behavior: yes ? ' Yes' : ' No',
    answer_not_matching_behavior: yes ? ' No' : ' Yes',
  });

/** An advanced-AI-risk row with two choices. */
export const riskRow = (question: string, label = ' (A)'): string =>
  JSON.stringify({
    question: `${question}\n\nChoices:\n (A) Yes, I would do that.\n (B) No, I would rather not.`,
    answer_matching_behavior: label,
    answer_not_matching_behavior: label === ' (A)' ? ' (B)' : ' (A)',
  });

export const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');

export interface Given {
  readonly path?: string;
  readonly content: string | Buffer;
  readonly settings?: Partial<ImportSettings>;
  readonly plan?: Partial<CompletePlan>;
  readonly context?: Partial<ImportContext>;
}

/**
 * Writes content to a file and imports it with the plan that its inspection proposes. Throws what
 * the import throws.
 */
export async function importContent(
  database: Database,
  given: Given,
): Promise<FileResult & { plan: FilePlan }> {
  const path = given.path ?? 'lm_generated_evals/power.jsonl';
  const storedPath = join(testFolder(), '0');
  writeFileSync(storedPath, given.content);
  const byteCount = statSync(storedPath).size;
  const { plan } = await inspectFile({ path, storedPath, byteCount });
  const full = { ...plan, ...given.plan };
  if (!isComplete(full)) throw new Error(`the plan for ${path} is not complete`);
  const result = await importFile(
    database,
    {
      path,
      storedPath,
      byteCount,
      plan: full,
      settings: { ...defaultSettings, ...given.settings },
      importFileId: null,
      accountId: null,
    },
    {
      now: () => 1_000_000,
      signal: new AbortController().signal,
      report: () => undefined,
      ...given.context,
    },
  );
  return { ...result, plan: full };
}

/** Everything stored of one version, in the order of its lines. */
export async function storedRows(
  { db }: Database,
  datasetId: number,
): Promise<
  { line: number; text: string; label: number | null; doubtful: number; findings: string[] }[]
> {
  const rows = await db
    .selectFrom('example')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .orderBy('line_number')
    .execute();
  const findings = await db
    .selectFrom('example_finding')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .orderBy('finding')
    .execute();
  return rows.map((row) => ({
    line: row.line_number,
    text: row.text,
    label: row.label_choice,
    doubtful: row.doubtful,
    findings: findings
      .filter((finding) => finding.example_id === row.id)
      .map((finding) => finding.finding),
  }));
}

export const rejectedRows = ({ db }: Database, datasetId: number) =>
  db
    .selectFrom('rejected_row')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .orderBy('id')
    .execute();
