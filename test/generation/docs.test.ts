import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { presets } from '#generation/presets/presets.js';
import { reasons } from '#generation/reasons.js';
import { fieldWords } from '#generation/fieldWords.js';
import { pipelineSchema, type SchemaNode } from '#generation/schema.js';

const page = readFileSync('docs/admins/generation.md', 'utf8');

/** The rows of the tables whose first column has this head. */
const rowsOf = (head: string): string[][] =>
  page
    .split('\n\n')
    .filter((block) => block.startsWith(`| ${head} |`))
    .flatMap((block) => block.trim().split('\n').slice(2))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );

test('docs/admins/generation.md names every reason, and no other, in the words of the product', () => {
  expect(rowsOf('reason')).toEqual(
    reasons.map(({ name, sentence, wellFormed }) => [name, sentence, wellFormed ? 'yes' : 'no']),
  );
});

test('docs/admins/generation.md names every preset, and no other', () => {
  expect(rowsOf('preset').map(([name]) => name)).toEqual(presets.map(({ name }) => name));
});

/** The names of all fields of a pipeline, and the kinds of stages and of what is read. */
function namesIn(node: SchemaNode): string[] {
  const inner = [
    ...Object.values(node.properties ?? {}),
    ...(node.items === undefined ? [] : [node.items]),
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
  ];
  return [
    ...Object.keys(node.properties ?? {}),
    ...(node.const === undefined ? [] : [node.const]),
    ...inner.flatMap(namesIn),
  ];
}

test('docs/admins/generation.md names every field of a pipeline', () => {
  const missing = [...new Set(namesIn(pipelineSchema))].filter(
    (name) => !page.includes(`\`${name}\``) && !page.includes(`\`${name}:`),
  );
  expect(missing).toEqual([]);
});

/** Fields of a pipeline whose node says nothing of them. */
const undescribed = (node: SchemaNode): string[] =>
  [
    ...Object.values(node.properties ?? {}),
    ...(node.items === undefined ? [] : [node.items]),
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
  ].reduce<string[]>(
    (names, inner) => [...names, ...undescribed(inner)],
    Object.entries(node.properties ?? {}).flatMap(([name, { description }]) =>
      description === undefined ? [name] : [],
    ),
  );

test('the schema of pipelines describes every field, and nothing else is described', () => {
  expect(undescribed(pipelineSchema)).toEqual([]);
  const names = new Set(namesIn(pipelineSchema));
  const unknown = Object.keys(fieldWords).filter(
    (key) => !key.split('.').every((part) => names.has(part)),
  );
  expect(unknown).toEqual([]);
});
