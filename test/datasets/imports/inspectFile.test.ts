import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectFile } from '#datasets/imports/inspectFile.js';
import { FilePlan, isGuess, Understood } from '#datasets/imports/plan.js';
import { lines, personaRow, testFolder } from './support.js';

const look = (content: string) => {
  const storedPath = join(testFolder(), '0');
  writeFileSync(storedPath, content);
  return inspectFile({ path: 'mine.jsonl', storedPath, byteCount: statSync(storedPath).size });
};
const choices = ['red', 'green', 'blue'];
const numbered = (answers: readonly number[]): string =>
  lines(
    ...answers.map((answer, index) =>
      JSON.stringify({ question: `What is ${index}?`, choices, answer }),
    ),
  );
const middle = Array.from({ length: 400 }, (_, index) => 1 + (index % 2));

test('labels that the first rows leave open are told by any later row of the file', async () => {
  const told = await look(numbered([...middle, 0, ...middle]));
  expect([told.understood.rowsSampled, told.understood.guess]).toEqual([801, null]);
  expect(told.plan).toMatchObject({
    confirmed: true,
    mapping: { labelAs: 'position', countFrom: 0 },
  });
  const open = await look(numbered(middle));
  expect(open.understood.guess).toContain('count-from=1, or label-as=position count-from=0');
  expect([open.plan.confirmed, isGuess(open.plan)]).toEqual([false, true]);
});

test('a file is counted to its end as it would be imported', async () => {
  const rows = Array.from({ length: 900 }, (_, index) => personaRow(`I read book ${index}.`));
  const content = lines(...rows, personaRow('Hello [name], I am here.'), 'not JSON');
  const { understood } = await look(content);
  expect(understood).toMatchObject({
    complete: true,
    rowsSampled: 902,
    rejectedInSample: 1,
    findingInSample: 1,
    doubtfulInSample: 1,
  });
});

test('a row that no reading fits makes a guess, and is named', async () => {
  const { understood, plan } = await look(numbered([...middle.slice(0, 50), 3, 7]));
  expect(understood.guess).toContain('51 of 52 name a choice; 7 does not');
  expect(isGuess(plan)).toBe(true);
});

test('plans of earlier versions are read: a mapping that nobody confirmed is a guess', async () => {
  const { understood, plan } = await look(lines(personaRow('I read.')));
  expect(isGuess(plan)).toBe(false);
  const { guess: _guess, ...before } = understood;
  expect(Understood.parse(before)).toEqual(understood);
  const { confirmed: _confirmed, ...released } = plan;
  expect(isGuess(FilePlan.parse(released))).toBe(false);
  const mapping = {
    text: 'question',
    choices: { kind: 'list', column: 'options' },
    label: 'answer',
    countFrom: 0,
    confidence: null,
  };
  const earlier = FilePlan.parse({ ...released, family: 'generic', mapping });
  expect(isGuess(earlier)).toBe(true);
  expect(earlier.mapping).toMatchObject({ labelAs: 'any', choices: { form: 'any' } });
});

test('a refusal names the columns with lists or objects that were not read', async () => {
  for (const row of [
    { data: { q: 'Which?' }, label: 'A' },
    { question: 'Which?', answer: 'B', data: ['x', 'y', ['z']] },
    { prompt: 'Say it.', chosen: 'a', rejected: 'b', data: [{ a: 1 }] },
  ])
    expect((await look(lines(JSON.stringify(row), JSON.stringify(row)))).understood).toMatchObject({
      isDataset: false,
      reason: expect.stringMatching(
        /Not read, though it holds lists or objects: “data”\.$/,
      ) as string,
    });
});
