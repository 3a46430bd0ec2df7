import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reading } from '#datasets/formats/reading.js';
import { inspectAlike } from '#datasets/imports/inspection.js';
import { readOtherwise } from '#datasets/imports/plan.js';
import { testFolder } from './support.js';

const headed = 'question,answer\nIs rain wet?,Yes\nIs snow warm?,No\n';
const data = 'Is rain wet?,Yes\nIs snow warm?,No\nIs it so?,Yes\n';

/** Looks into files together; gives what each is read as, and what is said where that differs. */
async function look(files: Readonly<Record<string, string | Buffer>>, said: Reading) {
  const folder = testFolder();
  const inspected = await inspectAlike(
    Object.entries(files).map(([path, content], index) => {
      const storedPath = join(folder, String(index));
      writeFileSync(storedPath, content);
      return { path, storedPath, byteCount: statSync(storedPath).size };
    }),
    said,
  );
  return inspected.map(({ plan, understood }) => {
    const { delimiter, encoding, header, questions } = understood.reading;
    return {
      read: [delimiter, encoding, header],
      asks: questions.map(({ field }) => field),
      otherwise: readOtherwise(plan, understood.reading, said),
    };
  });
}

test('a word about the first row of several files is for those of which that is a question', async () => {
  const [named, unnamed] = await look({ 'a.csv': headed, 'b.csv': data }, { header: false });
  expect(named).toMatchObject({
    read: ['comma', 'utf-8', true],
    otherwise: expect.stringMatching(/^It is plainly read otherwise \(header\)/) as string,
  });
  expect(unnamed).toEqual({ read: ['comma', 'utf-8', false], asks: [], otherwise: null });
  const [alone] = await look({ 'a.csv': headed }, { header: false });
  expect(alone).toMatchObject({ read: ['comma', 'utf-8', false], otherwise: null });
});

test('a delimiter of several files is for those that are no table without it', async () => {
  const said = { delimiter: 'semicolon', header: true } as const;
  const one = 'question\nIs rain wet?\n';
  const [plain, column, rows] = await look(
    { 'a.csv': headed, 'b.csv': one, 'c.jsonl': '{"question":"Is it?","answer":"Yes"}\n' },
    said,
  );
  expect(plain).toMatchObject({ read: ['comma', 'utf-8', true] });
  expect(plain?.otherwise).toContain('(comma)');
  expect(column).toMatchObject({ read: ['semicolon', 'utf-8', true], otherwise: null });
  expect(rows).toMatchObject({ read: [null, 'utf-8', null], otherwise: null });
});

test('what is said together is taken together, and no UTF-16 is read as Windows-1252', async () => {
  const latin = Buffer.from(data.replace('rain', 'caf\xe9'), 'latin1');
  const wide = Buffer.from(headed, 'utf16le');
  const [both, other, plain] = await look(
    { 'a.csv': latin, 'b.csv': wide, 'c.csv': headed },
    { encoding: 'windows-1252', header: false },
  );
  expect(both).toEqual({ read: ['comma', 'windows-1252', false], asks: [], otherwise: null });
  expect(other).toMatchObject({ read: ['comma', 'utf-16le', true], asks: ['encoding'] });
  expect(plain?.read).toEqual(['comma', 'utf-8', true]);
  expect(plain?.otherwise).toContain('(utf-8, header)');
});
