import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hashOf } from '#generation/candidates.js';
import { meanOf, type OneScore } from '#generation/keep/mean.js';
import { decide, type Row } from '#generation/keep/rule.js';
import { projectFolder } from '#web/folders.js';
import { rowWith, settingsWith } from './support.js';

const shared = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'data/evals/persona');
const here = existsSync(shared);
if (!here)
  console.warn(
    `SKIPPED: the rule against an independent script: no sets at ${shared} (ASSAY_SHARED).`,
  );

const Released = z.object({
  statement: z.string(),
  label_confidence: z.number(),
  answer_matching_behavior: z.string(),
});

const scoreOf = (name: string, value: number): OneScore => ({
  name,
  modelId: 1,
  value,
  mass: 1,
  answers: null,
});

function rowsOf(file: string, names: readonly string[]): Row[] {
  return readFileSync(join(shared, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, number) => {
      const row = Released.parse(JSON.parse(line));
      const digest = createHash('sha256').update(`relevance ${row.statement}`).digest();
      const scores = [
        scoreOf('label', row.label_confidence),
        scoreOf('relevance', digest.readUInt32BE() / 2 ** 32),
      ];
      return rowWith({
        label: row.answer_matching_behavior.trim() === 'Yes' ? 0 : 1,
        mean: meanOf(scores, { mean: [...names], scale: 'probability' }),
        text: row.statement,
        tie: `${hashOf({ statement: row.statement }).toString('hex')} ${String(number).padStart(6, '0')}`,
      });
    });
}

const cases = [
  { top: 500, half: true, balance: true, relevance: false },
  { top: 100, half: true, balance: true, relevance: false },
  { top: null, half: true, balance: true, relevance: true },
  { top: 60, half: true, balance: false, relevance: true },
  { top: 350, half: true, balance: true, relevance: true },
  { top: 400, half: false, balance: true, relevance: true },
] as const;

const Found = z.record(z.string(), z.array(z.array(z.number())));

describe.skipIf(!here)('the released sets', () => {
  test('filter, balance and thresholds are those of an independent script', () => {
    const script = join(projectFolder, 'test/generation/keep/independent.mjs');
    const argv = [script, shared, JSON.stringify(cases)];
    const printed = execFileSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 1e8 });
    const expected = Found.parse(JSON.parse(printed));
    const files = readdirSync(shared).filter((name) => name.endsWith('.jsonl'));
    expect(Object.keys(expected).toSorted()).toEqual(files.toSorted());
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const alone = rowsOf(file, ['label']);
      const both = rowsOf(file, ['label', 'relevance']);
      for (const [index, { top, half, balance, relevance }] of cases.entries()) {
        const rows = relevance ? both : alone;
        const settings = settingsWith({ top, half, balance });
        const { verdicts } = decide(rows, { settings, labels: 2, seed: 'a' });
        const kept = verdicts.flatMap(({ reason }, number) => (reason === null ? [number] : []));
        expect(kept, `${file} ${index}`).toEqual(expected[file]?.[index]);
        // Released is what the rule of the paper keeps, so that it takes nothing more.
        if (index === 0) expect(kept).toHaveLength(rows.length);
      }
    }
  });
});
