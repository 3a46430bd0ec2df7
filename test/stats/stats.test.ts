import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { Figure } from '#figure.js';
import { orderAnswers } from '#stats/answers.js';
import { commands } from '#stats/commands.js';
import { createRandom } from '#statistics/random.js';
import { assay, installation } from '../support/commandLine.js';
import { commandRunner, type Ran } from '../support/commands.js';
import { testDatabase } from '../support/database.js';

type Options = Readonly<Record<string, string>>;
type Rating = readonly [item: string | number, rater: string, answer: string | number];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-stats-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `stats` over a file of this content. */
async function runner(): Promise<(content: string | Buffer, options?: Options) => Promise<Ran>> {
  const file = join(newFolder(), 'ratings.csv');
  const run = commandRunner(await testDatabase(), commands);
  return (content, options) => {
    writeFileSync(file, content);
    return run('stats', [file], options);
  };
}

const csvOf = (rows: readonly Rating[]): string =>
  ['item,rater,value', ...rows.map((row) => row.join(','))].join('\n');
const figuresOf = ({ answer }: Ran): Record<string, Figure> =>
  answer['figures'] as Record<string, Figure>;
const alphaOf = (ran: Ran, level = 'nominal'): number | null | undefined =>
  figuresOf(ran)[`Krippendorff’s alpha, ${level}`]?.value;

/** Four raters over forty items with answers 0, 1 and 2, seven in ten as the truth is. */
function crowd(words: readonly string[]): Rating[] {
  const random = createRandom('a crowd');
  return Array.from({ length: 40 }, (_, item) => {
    const truth = Math.floor(random() * 3);
    return ['a', 'b', 'c', 'd'].map((rater): Rating => {
      const answer = random() < 0.7 ? truth : Math.floor(random() * 3);
      return [`item ${item}`, rater, words[answer] ?? ''];
    });
  }).flat();
}

test('agreement of any file of item, rater, value', async () => {
  const run = await runner();
  // Krippendorff 2011, example C without its missing values would be another figure: the empty
  // cells are ratings not given.
  const rows = {
    A: [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
    B: [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
    C: [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
    D: [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
  };
  const file = `\uFEFFunit,coder,code\r\n${Object.entries(rows)
    .flatMap(([rater, values]) => values.map((value, item) => `${item},${rater},${value ?? ''}`))
    .join('\r\n')}\r\n`;
  const columns = { item: 'unit', rater: 'coder', value: 'code' };
  const alpha = async (level: string): Promise<number | null | undefined> =>
    alphaOf(await run(file, { ...columns, level }), level);
  expect(await alpha('nominal')).toBeCloseTo(0.743, 3);
  expect(await alpha('ordinal')).toBeCloseTo(0.815, 3);
  expect(await alpha('interval')).toBeCloseTo(0.849, 3);
  expect(await alpha('ratio')).toBeCloseTo(0.797, 3);
  await expect(run(file)).rejects.toMatchObject({
    code: 'no_column',
    title: expect.stringContaining('it has unit, coder, code.'),
  });
  await expect(run(file, { ...columns, categories: '1,2,3' })).rejects.toMatchObject({
    code: 'unknown_category',
    title: expect.stringMatching(/2 answers .+: “4” \(line 8\), “5” \(line 23\)/),
  });
});

test('text at ordinal level needs its order, and is computed in it', async () => {
  const run = await runner();
  const words = csvOf(crowd(['mild', 'some', 'a lot']));
  await expect(run(words, { level: 'ordinal' })).rejects.toMatchObject({
    code: 'no_order',
    advice: expect.stringContaining("--categories 'a lot,mild,some'"),
  });
  const numbers = await run(csvOf(crowd(['1', '2', '3'])), { level: 'ordinal' });
  const ordered = await run(words, { level: 'ordinal', categories: 'mild, some, a lot' });
  expect(figuresOf(ordered)).toEqual(figuresOf(numbers));
  expect(ordered.said).toContain(
    'level ordinal; 3 categories, in the order of --categories: mild, some, a lot',
  );
  expect(ordered.answer).toMatchObject({ level: 'ordinal', order: 'declared' });
  expect(numbers.answer).toMatchObject({ order: 'by-value', categories: ['1', '2', '3'] });
  // One answer that is no number makes it a question of order, too.
  await expect(
    run(csvOf([...crowd(['1', '2', '3']), ['x', 'a', 'very']]), { level: 'ordinal' }),
  ).rejects.toMatchObject({ advice: expect.stringContaining("'1,2,3,very'") });
});

test.each(['NA', 'n/a', 'N/A', '#N/A', '<NA>', 'NaN', 'nan', 'NULL', 'None', '', '  '])(
  'an answer “%s” is missing, counted and said, and turns no number into text',
  async (marker) => {
    const run = await runner();
    const rows = crowd(['1', '2', '3']);
    const ran = await run(csvOf([...rows, ['item 1', 'e', marker]]), { level: 'interval' });
    expect(figuresOf(ran)).toEqual(figuresOf(await run(csvOf(rows), { level: 'interval' })));
    expect(ran.answer).toMatchObject({
      ratings: 160,
      categories: ['1', '2', '3'],
      missing: { answers: { [marker.trim()]: 1 }, items: 0, raters: 0 },
    });
    expect(ran.said).toMatch(
      /missing: 1 answer \(1 (?:empty|“\S+”)\), left out; taken for missing answers: empty cells, NA, N\/A, #N\/A, <NA>, NaN, null, None\n/,
    );
  },
);

test('a marker that is named as a category is an answer, and --missing names others', async () => {
  const run = await runner();
  const rows: Rating[] = [...crowd(['NA', 'None', '-99']), ['x', 'a', '']];
  const named = await run(csvOf(rows), { categories: 'NA,None,-99' });
  expect(named.answer).toMatchObject({ ratings: 160, missing: { answers: { '': 1 } } });
  expect(named.said).toContain('empty cells, N/A, #N/A');
  const other = await run(csvOf(rows), { missing: '-99.0' });
  expect(other.answer).toMatchObject({
    categories: ['NA', 'None'],
    missing: { markers: ['-99.0'] },
  });
  expect((await run(csvOf(rows), { missing: '' })).answer).toMatchObject({ ratings: 160 });
  // A word that is an ordinary answer stays one.
  expect((await run(csvOf(crowd(['none', 'some', 'na-na'])))).answer).toMatchObject({
    categories: ['na-na', 'none', 'some'],
  });
});

test('1, 1.0, 01 and 1e0 are one answer; identifiers that no number holds are not', async () => {
  const run = await runner();
  const spelt = csvOf([
    [1, 'a', '1'],
    [1, 'b', '1.0'],
    [1, 'c', ' 01 '],
    [2, 'a', '2'],
    [2, 'b', '+2.'],
    [3, 'a', '1e0'],
    [3, 'b', '-0'],
  ]);
  const ran = await run(spelt);
  expect(ran.answer).toMatchObject({ categories: ['0', '1', '2'], ratings: 7 });
  expect(figuresOf(ran)['percent agreement (mean over items)']?.value).toBeCloseTo(2 / 3, 12);
  expect((await run(spelt, { categories: '0,1.00,2' })).answer['categories']).toEqual([
    '0',
    '1',
    '2',
  ]);
  expect(
    (
      await run(
        csvOf([
          [1, 'a', '90071992547409931'],
          [1, 'b', '90071992547409932'],
        ]),
      )
    ).answer['categories'],
  ).toHaveLength(2);
});

test('rows without an item or a rater are left out and counted', async () => {
  const run = await runner();
  const rows = crowd(['1', '2', '3']);
  const lacking: Rating[] = [
    ['', 'a', '1'],
    ['  ', '', '1'],
    ['item 1', '', '1'],
    ['item 2', '', '3'],
  ];
  const ran = await run(csvOf([...lacking, ...rows]));
  expect(figuresOf(ran)).toEqual(figuresOf(await run(csvOf(rows))));
  expect(ran.answer).toMatchObject({ raters: 4, items: 40, missing: { items: 2, raters: 2 } });
  expect(ran.said).toContain('missing: 2 rows without an item, 2 rows without a rater, left out');
  await expect(run(csvOf(lacking))).rejects.toMatchObject({ code: 'no_ratings' });
});

test('items and raters may be called what stands for a missing answer', async () => {
  const run = await runner();
  const rows = crowd(['1', '2', '3']);
  const renamed = rows.map(([item, rater, answer]): Rating => [
    item === 'item 0' ? 'NA' : item === 'item 1' ? 'null' : item,
    rater === 'a' ? 'None' : rater,
    answer,
  ]);
  for (const options of [{}, { missing: '' }]) {
    const { answer } = await run(csvOf(renamed), options);
    expect(answer).toMatchObject({ raters: 4, items: 40, ratings: 160 });
    expect(answer).toMatchObject({ missing: { items: 0, raters: 0 } });
  }
});

test('no figure and no limit depends on the order of the rows', async () => {
  const run = await runner();
  const rows = crowd(['low', 'high', '2']);
  const whole = await run(csvOf(rows));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(rows, { minLength: rows.length }), async (shuffled) => {
      expect((await run(csvOf(shuffled))).answer).toEqual(whole.answer);
    }),
    { numRuns: 5 },
  );
});

test('of rows that repeat a rater and item the last one counts, and changed answers are counted', async () => {
  const run = await runner();
  const ran = await run(
    csvOf([
      [1, 'a', 'yes'],
      [1, 'b', 'no'],
      [2, 'a', 'no'],
      [1, 'a', 'no'],
      [2, 'a', 'no'],
    ]),
  );
  expect(ran.answer).toMatchObject({ ratings: 3, repeated: 2, changed: 1 });
  expect(ran.said).toContain(
    '2 rows repeat a rater and item, 1 with another answer; the last one in the file counts.',
  );
});

test('a category may hold a comma or a quote, in quotes as in the file', async () => {
  const run = await runner();
  const file = csvOf([
    [1, 'a', '"fair, but late"'],
    [1, 'b', '"so ""so"""'],
    [2, 'a', 'good'],
  ]);
  const categories = 'bad, "fair, but late","so ""so""",good';
  const ran = await run(file, { categories });
  expect(ran.answer['categories']).toEqual(['bad', 'fair, but late', 'so "so"', 'good']);
  expect(ran.said).toContain('bad, "fair, but late", "so ""so""", good');
  // Blanks around the quotes are dropped, and those inside them stay.
  const inside = csvOf([
    [1, 'a', '"fair, ""so"""'],
    [1, 'b', 'good'],
  ]);
  for (const list of ['good,"fair, ""so"""', ' good , "fair, ""so""" '])
    expect((await run(inside, { categories: list })).answer['categories']).toEqual([
      'good',
      'fair, "so"',
    ]);
  for (const [list, words] of [
    ['bad,"fair, but late', /A quote does not close/],
    ['bad,,good', /without any text/],
    ['', /without any text/],
    ['1,1.0', /names “1.0” twice/],
  ] as const)
    await expect(run(file, { categories: list })).rejects.toMatchObject({
      code: 'invalid_input',
      title: expect.stringMatching(words),
    });
});

test('an answer that only --categories names has no line, and advice can be put into a shell', async () => {
  const run = await runner();
  const rows: Rating[] = [
    [1, 'a', '1'],
    [1, 'b', '2'],
  ];
  await expect(
    run(csvOf(rows), { level: 'interval', categories: 'low,1,2' }),
  ).rejects.toMatchObject({
    title: 'The level interval needs answers that are numbers, which “low” is not.',
  });
  const words: Rating[] = [
    [1, 'a', "don't know"],
    [1, 'b', 'no'],
  ];
  await expect(run(csvOf(words), { level: 'ordinal' })).rejects.toMatchObject({
    advice: expect.stringContaining("--categories 'don'\\''t know,no', put in order"),
  });
});

test('levels that need numbers say which answer is none, and ratio takes none below 0', async () => {
  const run = await runner();
  const rows: Rating[] = [
    [1, 'a', '1'],
    [1, 'b', '1,5'],
  ];
  for (const level of ['interval', 'ratio'])
    await expect(
      run(csvOf(rows).replaceAll(',', ';').replace('1;5', '1,5'), { level }),
    ).rejects.toMatchObject({
      code: 'not_numeric',
      title: expect.stringContaining('“1,5” (line 3)'),
    });
  await expect(
    run(
      csvOf([
        [1, 'a', '-3'],
        [1, 'b', '3'],
      ]),
      { level: 'ratio' },
    ),
  ).rejects.toMatchObject({ code: 'negative' });
});

test('a figure without an interval says why, and the note speaks of the intervals that are there', async () => {
  const run = await runner();
  const alone = await run(
    csvOf([1, 1, 2, 1].map((answer, rater) => ['one', `r${rater}`, answer] as const)),
  );
  expect(alone.said).toMatch(
    /Fleiss’ kappa +−0\.3333 {2}\(no interval: there is only one item\)\n/,
  );
  expect(alone.said).not.toContain('95 %');
  const many = await run(csvOf(crowd(['1', '2', '3'])));
  expect(many.said).toMatch(/Fleiss’ kappa +\S+ {2}\[\S+, \S+\] {2}over items \[\S+, \S+\]\n/);
  expect(many.said).toMatch(
    /\nThe 95 % intervals are over items and raters; those called “over items” take these raters as all there are\. They are analytic, except for a bootstrap of alpha over items \(1,000 replicates, seed 1\); the pooled share has none\.$/,
  );
  const few = await run(csvOf(crowd(['1', '2', '3']).filter(([, rater]) => rater < 'd')));
  expect(few.said).toMatch(/Fleiss’ kappa +\S+ {2}over items \[\S+, \S+\]\n/);
  expect(few.said).toMatch(
    /\nThe 95 % intervals are over items and take these raters as all there are\. [^\n]+$/,
  );
});

test('more different answers than a table of their weights can hold are refused', async () => {
  const run = await runner();
  const rows = Array.from({ length: 10_001 }, (_, index): Rating => [index % 9, `${index}`, index]);
  await expect(run(csvOf(rows))).rejects.toMatchObject({ code: 'too_many_answers' });
});

test('a negative number is named among more answers than a call takes arguments', () => {
  const rows = Array.from({ length: 1_000_000 }, (_, index) => ({
    line: index + 2,
    answer: String(index - 1),
  }));
  expect(() => orderAnswers(rows, { level: 'ratio' })).toThrow(
    'The level ratio needs answers of 0 or more, and “-1” (line 2) is below.',
  );
});

test('CSV with semicolons, TSV, gzip and columns of row numbers are read like other files', async () => {
  const run = await runner();
  const rows = crowd(['1', '2', '3']);
  const figures = figuresOf(await run(csvOf(rows)));
  const semicolons = await run(csvOf(rows).replaceAll(',', ';'));
  expect([figuresOf(semicolons), semicolons.answer['format']]).toEqual([
    figures,
    'CSV with semicolons',
  ]);
  expect(figuresOf(await run(gzipSync(csvOf(rows))))).toEqual(figures);
  const numbered = csvOf(rows)
    .split('\n')
    .map((line, index) => `${index === 0 ? '""' : `"${index}"`},${line}`);
  expect(figuresOf(await run(numbered.join('\n')))).toEqual(figures);
});

const header = 'item,rater,value\n';
test.each<[string, string | Buffer | null, RegExp, Options?]>([
  ['a file that is not there', null, /^There is no file .+ratings\.csv\.\n$/],
  ['an empty file', '', /^.+ratings\.csv: The file is empty\.\n$/],
  ['only a byte order mark', '\uFEFF', /The file is empty/],
  ['only a header', header, /^.+ratings\.csv holds a header and no row under it\.\n$/],
  [
    'two columns of one name',
    'item,rater,value,value\n1,a,x,y\n',
    /Two columns are called “value”/,
  ],
  ['bytes that are not UTF-8', Buffer.from(`${header}1,a,caf\xe9\n`, 'latin1'), /not UTF-8 text/],
  ['a header that is not UTF-8', Buffer.from('item,rater,valeur \xe9\n1,a,x\n', 'latin1'), /UTF-8/],
  ['UTF-16', Buffer.from(`\uFEFF${header}1,a,x\n`, 'utf16le'), /UTF-16/],
  ['UTF-16 without a mark', Buffer.from(`${header}1,a,x\n`, 'utf16le'), /UTF-16/],
  ['UTF-16, big end first', Buffer.from(`${header}1,a,x\n`, 'utf16le').swap16(), /UTF-16/],
  ['a stray quote', `${header}1,a,"yes\n1,b,no\n2,a,yes\n`, /line 2: .*quote does not close/],
  ['a row that is too short', `${header}1,a,yes\n1,b\n`, /line 3: .*2 fields/],
  [
    'a level that is none',
    `${header}1,a,x\n`,
    /^--level is not one of nominal, /,
    { level: 'foo' },
  ],
  [
    'a column called like a method',
    `${header}1,a,x\n`,
    /no column “toString”/,
    { value: 'toString' },
  ],
  [
    'an item column of such a name',
    `${header}1,a,x\n`,
    /no column “constructor”/,
    { item: 'constructor' },
  ],
  ['one column twice', `${header}1,a,x\n`, /^--value names the column of/, { value: 'item' }],
])('%s: one sentence on standard error, status 1', async (_, content, words, options = {}) => {
  const settings = await installation();
  const file = join(newFolder(), 'ratings.csv');
  if (content !== null) writeFileSync(file, content);
  const outcome = await assay(
    settings,
    'stats',
    file,
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  );
  expect([outcome.status, outcome.out]).toEqual([1, '']);
  expect(outcome.err).toMatch(words);
  expect(outcome.err).not.toMatch(/^\s+at |[{}[\]]|E[A-Z]{4,}:/m);
});

test('a folder is no file', async () => {
  const folder = join(newFolder(), 'ratings.csv');
  mkdirSync(folder);
  const outcome = await assay(await installation(), 'stats', folder);
  expect(outcome).toMatchObject({
    status: 1,
    out: '',
    err: `${folder} is a folder, not a file.\n`,
  });
});

test('nothing that a file says makes a line of its own', async () => {
  const run = await runner();
  expect(
    (await run('item,rater,value\n1,a,"yes\r\u001B[2K\n"\n1,b,no\n1,c,"\n"\n')).said,
  ).toContain('given answers: no 50.0 %, yes\\u000d\\u001b[2K 50.0 %\n');
});
