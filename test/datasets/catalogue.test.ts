import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentedColumns } from '#datasets/examples/columns.js';
import { labelReadings } from '#datasets/examples/mapping.js';
import { refusals } from '#datasets/examples/refusals.js';
import { datasetFindings, findings } from '#datasets/findings/findings.js';
import { fileFailures, rejections } from '#datasets/formats/rejections.js';

const page = readFileSync('docs/admins/datasets.md', 'utf8');

/** The rows of the tables whose first column has this head. */
function rowsOf(head: string): string[][] {
  return page
    .split('\n\n')
    .filter((block) => block.startsWith(`| ${head} |`))
    .flatMap((block) => block.trim().split('\n').slice(2))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

test('docs/admins/datasets.md names every reason of rejection and of failure, and no other, in the words of the product', () => {
  expect(rowsOf('reason')).toEqual(
    Object.entries({ ...rejections, ...refusals, ...fileFailures }).map(([name, sentence]) => [
      name,
      sentence,
    ]),
  );
});

test('docs/admins/datasets.md names every finding, and no other, in the words of the product', () => {
  expect(rowsOf('finding')).toEqual([
    ...findings.map(({ name, title, sentence, excludes }) => [
      name,
      `${title}. ${sentence}`,
      excludes ? 'yes' : 'no',
    ]),
    ...datasetFindings.map(({ name, title, sentence }) => [name, `${title}. ${sentence}`]),
  ]);
});

test('docs/admins/datasets.md names the columns that are read without a question, and the ways of reading a label', () => {
  expect(rowsOf('part').map(([, names]) => names?.split(', '))).toEqual(
    Object.values(documentedColumns),
  );
  const written = rowsOf('written').map(([first]) => first ?? '');
  for (const as of Object.keys(labelReadings).filter((name) => name !== 'any'))
    expect(written).toContainEqual(expect.stringContaining(`label-as=${as}`));
});

test('no two findings share a name or a title, and each sentence ends', () => {
  const all = [...findings, ...datasetFindings];
  expect(new Set(all.map((kind) => kind.name)).size).toBe(all.length);
  expect(new Set(all.map((kind) => kind.title)).size).toBe(all.length);
  for (const { sentence } of all) expect(sentence).toMatch(/^\p{Lu}.*\.$/u);
});
