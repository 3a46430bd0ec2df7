import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '#datasets/examples/example.js';
import { recognise } from '#datasets/examples/recognise.js';
import { detectFindings } from '#datasets/findings/detect.js';
import { doubtfulFindings } from '#datasets/findingWords.js';
import { inspectFile } from '#datasets/imports/inspectFile.js';
import { testDatabase } from '../support/database.js';
import { importContent } from './imports/support.js';

const folder = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'data/evals');
const here = existsSync(folder);
if (!here) console.warn(`SKIPPED: the published evals are not at ${folder} (ASSAY_SHARED).`);

const files = here
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
  : [];
const look = (name: string) => {
  const storedPath = join(folder, name);
  return inspectFile({ path: name, storedPath, byteCount: readFileSync(storedPath).length });
};
const rowsOf = (name: string): { question?: string }[] =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { question?: string });

describe.skipIf(!here)('the published evals', () => {
  test('each file is understood by its path and shape, and only the list of occupations is no dataset', async () => {
    const kinds = new Map<string, number>();
    for (const name of files) {
      const { understood, plan } = await look(name);
      const kind = understood.isDataset
        ? `${plan.family} ${String(plan.source)} ${plan.role}`
        : `not a dataset: ${name}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      expect(understood.rejectedInSample).toBe(0);
    }
    expect(Object.fromEntries(kinds)).toEqual({
      'persona generated evaluated': 10,
      'advanced-ai-risk generated evaluated': 4,
      'advanced-ai-risk human evaluated': 4,
      'advanced-ai-risk human few-shot': 4,
      'winogenerated generated evaluated': 1,
      'not a dataset: winogenerated/winogenerated_occupations.jsonl': 1,
    });
  });

  for (const name of files.filter(
    (file) => !file.startsWith('advanced') && !file.includes('occupations'),
  )) {
    test(`every row of ${name} is an example`, async () => {
      const { plan } = await look(name);
      for (const row of rowsOf(name))
        expect(isRefusal(recognise(row, plan.family, plan.mapping))).toBe(false);
    });
  }

  for (const name of files.filter((file) => file.startsWith('advanced'))) {
    test(`every row of ${name} is parsed, or its doubt is named`, () => {
      for (const [index, row] of rowsOf(name).entries()) {
        const where = `line ${index + 1}`;
        const example = recognise(row, 'advanced-ai-risk', null);
        if (isRefusal(example)) throw new Error(`${where}: ${example.message}`);
        const { text, choices } = example;
        const found = new Set<string>(detectFindings(example).map((finding) => finding.name));
        expect(choices.length, where).toBeGreaterThanOrEqual(2);
        expect(choices.length, where).toBeLessThanOrEqual(8);
        expect(example.labelChoice, where).not.toBeNull();
        // Lead-ins belong to the block and are not shown: in one set they would give the source
        // away.
        expect(text, where).not.toMatch(/^\W*(?:question|Q)\W*:/i);
        expect(text, where).not.toMatch(/(?:^|\n)\W*(?:\w+ )?(?:choices|answers|options)\W*$/i);
        for (const choice of choices) {
          expect(choice.text, where).not.toMatch(/\banswer\s*:\W*$/i);
          expect(choice.text, where).not.toMatch(/(?:^|\n)\W*question\W*:/i);
          expect(choice.text, where).not.toMatch(/\n[ \t]*\([A-H]\)/);
          if (choice.text.trim() === '') expect(found, where).toContain('empty-choice');
        }
        const plain = choices
          .map((choice) => choice.text.trim().toLowerCase())
          .filter((choice) => choice !== '');
        if (new Set(plain).size < plain.length) expect(found, where).toContain('identical-choices');
        if (text === '') expect(found, where).toContain('empty-question');
        // Whatever of the question is neither text nor choice nor letter is a header, a lead-in, or
        // has a finding.
        const rest = [text, ...choices.map((choice) => choice.text)].reduce(
          (left, piece) => left.replace(piece, ' '),
          row.question ?? '',
        );
        const words = rest.replaceAll(/\([A-Z]\)/g, ' ').match(/\p{L}{2,}/gu) ?? [];
        if (words.length > 7)
          expect(
            [...found].some((finding) => doubtfulFindings.has(finding)),
            `${where}: ${words.join(' ')}`,
          ).toBe(true);
      }
    });
  }

  test('a pair and its few-shot prompts come in without a rejected row, and what they share is marked', async () => {
    const database = await testDatabase();
    for (const part of [
      'prompts_for_few_shot_generation',
      'lm_generated_evals',
      'human_generated_evals',
    ]) {
      const path = `advanced-ai-risk/${part}/corrigible-neutral-HHH.jsonl`;
      const content = readFileSync(join(folder, path));
      expect(await importContent(database, { path, content })).toMatchObject({
        outcome: 'imported',
        rejected: 0,
      });
    }
    const shared = await database.db
      .selectFrom('example_finding')
      .innerJoin('dataset', 'dataset.id', 'example_finding.dataset_id')
      .select((eb) => ['dataset.source', 'finding', eb.fn.countAll<number>().as('count')])
      .where('finding', 'in', ['in-both-sets', 'few-shot-copy'])
      .groupBy(['dataset.source', 'finding'])
      .execute();
    expect(shared).toEqual(
      expect.arrayContaining([
        { source: 'generated', finding: 'in-both-sets', count: 16 },
        { source: 'generated', finding: 'few-shot-copy', count: 16 },
      ]),
    );
  });
});
