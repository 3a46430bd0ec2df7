import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { GuessedMappings, ImportAnswer } from '#datasets/api.js';
import { assay, installation, type Outcome } from '../support/commandLine.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';
import { lines, personaRow } from './imports/support.js';

type Files = Readonly<Record<string, string | Buffer<ArrayBuffer>>>;

const upload = (
  site: Site,
  files: Files,
  options: { query?: string; fields?: readonly (readonly [string, string])[] } = {},
): Promise<Response> => {
  const body = new FormData();
  for (const [path, content] of Object.entries(files)) {
    body.append('path', path);
    body.append('files', new Blob([content]), path);
  }
  for (const [name, value] of options.fields ?? []) body.append(name, value);
  return fetch(new URL(`/api/v1/imports?source=human${options.query ?? ''}`, site.address), {
    method: 'POST',
    headers: { authorization: `Bearer ${site.token}` },
    body,
  });
};
const statesOf = (answer: ImportAnswer): unknown =>
  answer.files.map(({ path, state }) => [path, state]);
type ImportAnswer = ReturnType<typeof ImportAnswer.parse>;
const kept = (site: Site): string[] => readdirSync(join(site.folder, 'uploads'));

/** Writes files into a folder of an installation and imports that folder. */
async function importFolder(
  settings: Record<string, string>,
  files: Files,
  ...options: string[]
): Promise<Outcome> {
  const folder = join(settings['ASSAY_DATA'] ?? '', 'sent');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return assay(settings, 'import', folder, '--source', 'human', '--yes', ...options);
}

const mine = 'stem,first,second,gold\nWhich?,a,b,A\nAnd now?,c,d,B\n';
const good = lines(personaRow('I like rain.'));
const cut = Buffer.from([0x1f, 0x8b, 8, 0, 0]);
const cafes = Buffer.from('question;answer\nCaf\xe9?;Yes\n', 'latin1');

onceTest(
  'a mapping with a column that a file lacks is refused, nothing is kept, and the columns are named',
  async () => {
    const site = await openSite();
    const named = 'There is no column “nope”; the columns are “stem”, “first”, “second”, “gold”.';
    for (const query of ['', '&start=no']) {
      const refused = await upload(
        site,
        { 'mine.csv': mine },
        { query: `${query}&mapping=text%3Dnope` },
      );
      expect([refused.status, await refused.json()]).toMatchObject([
        422,
        { error: { code: 'unknown_column', faults: [{ field: 'mine.csv', message: named }] } },
      ]);
    }
    const half = 'text=stem choices=first,nope label=gold';
    expect((await upload(site, { 'mine.csv': mine }, { fields: [['mapping', half]] })).status).toBe(
      422,
    );
    expect(kept(site)).toEqual([]);
    const settings = await installation();
    const { status, err } = await importFolder(
      settings,
      { 'mine.csv': mine, 'b.jsonl': good },
      '--map',
      'text=nope',
    );
    expect([status, err]).toEqual([1, expect.stringContaining(named) as string]);
  },
);

onceTest('what is not read is named, in a proposal and in an answer', async () => {
  const site = await openSite();
  const row = { question: 'Is it so?', passage: 'It is so.', tags: ['a'], answer: 'Yes' };
  const files = { 'boolq.jsonl': lines(JSON.stringify(row)) };
  const asked = await upload(site, files);
  expect(asked.status).toBe(422);
  const { proposed, confirm } = GuessedMappings.parse(await asked.json());
  expect(proposed).toMatchObject([
    { not_read: ['passage', 'tags'], guess: expect.stringContaining('“passage”') as string },
  ]);
  const begun = await upload(site, files, { fields: [['mapping', confirm]] });
  expect(begun.status).toBe(202);
  expect(ImportAnswer.parse(await begun.json()).files[0]?.understood.not_read).toEqual([
    'passage',
    'tags',
  ]);
  const noted = lines(JSON.stringify({ ...(JSON.parse(personaRow('a')) as object), note: 'n' }));
  const persona = await upload(site, { 'p.jsonl': noted });
  expect(ImportAnswer.parse(await persona.json()).files[0]?.understood.not_read).toEqual(['note']);
  await site.idle();
});

onceTest(
  'a file that cannot be read holds up no upload; what is unclear can be left out, and is named',
  async () => {
    const site = await openSite();
    const files = { 'good.jsonl': good, 'cut.jsonl.gz': cut, 'cafes.csv': cafes, 'mine.csv': mine };
    expect((await upload(site, files)).status).toBe(422);
    const begun = await upload(site, files, { query: '&leave_out=unclear' });
    expect(begun.status).toBe(202);
    const answer = ImportAnswer.parse(await begun.json());
    await site.idle();
    const end = await fetch(new URL(`/api/v1/imports/${answer.id}`, site.address), {
      headers: { authorization: `Bearer ${site.token}` },
    });
    const done = ImportAnswer.parse(await end.json());
    expect(statesOf(done)).toEqual([
      ['good.jsonl', 'done'],
      ['cut.jsonl.gz', 'not-a-dataset'],
      ['cafes.csv', 'left-out'],
      ['mine.csv', 'left-out'],
    ]);
    expect(done.files.map(({ message }) => message)).toEqual([
      null,
      expect.stringMatching(/^The gzip file ends too early/),
      expect.stringMatching(/^Left out\. cafes\.csv: This file is not UTF-8/),
      expect.stringMatching(/^Left out\. mine\.csv: which column is what is a guess\. No column/),
    ]);
    const settings = await installation();
    const { out, status } = await importFolder(settings, files, '--leave-out', 'unclear');
    expect(out).toMatch(/cafes\.csv .*\n +Left out\. \S*cafes\.csv: This file is not UTF-8/);
    expect(out).toContain(
      '1 example from 1 file came in. 1 file cannot be read. 2 files were left out.',
    );
    expect(status).toBe(1);
  },
);

onceTest('files are left out by path or pattern; one that fits none is refused', async () => {
  const site = await openSite();
  const files = { 'a/good.jsonl': good, 'b/mine.csv': mine, 'b/more.csv': mine };
  const wrong = await upload(site, files, { query: '&leave_out=c/*' });
  expect([wrong.status, await wrong.json()]).toMatchObject([
    422,
    { error: { code: 'nothing_left_out' } },
  ]);
  expect(kept(site)).toEqual([]);
  const begun = await upload(site, files, {
    fields: [
      ['leave_out', 'mine.csv'],
      ['leave_out', 'b/more*'],
    ],
  });
  expect([begun.status, statesOf(ImportAnswer.parse(await begun.json()))]).toMatchObject([
    202,
    [
      ['a/good.jsonl', 'queued'],
      ['b/mine.csv', 'left-out'],
      ['b/more.csv', 'left-out'],
    ],
  ]);
  await site.idle();
  const settings = await installation();
  const { status, out } = await importFolder(settings, files, '--leave-out', 'b/*');
  expect([status, out]).toEqual([0, expect.stringContaining('2 files were left out.') as string]);
});

test('the same bytes are named whatever the file is called, of a dataset and in one import', async () => {
  const site = await openSite();
  await upload(site, { 'rain.jsonl': good });
  await site.idle();
  const again = await upload(site, {
    'x/other.jsonl': good,
    'snow.jsonl': lines(personaRow('I like fog.')),
    'copy.jsonl': good,
  });
  const [other, snow, copy] = ImportAnswer.parse(await again.json()).files;
  const words = 'rain.jsonl, human-written, version 1 of rain';
  expect(other?.same_bytes_as).toEqual([{ words, dataset: expect.any(String) as string }]);
  expect(snow?.same_bytes_as).toEqual([]);
  expect(copy?.same_bytes_as).toMatchObject([{ words }, { words: 'x/other.jsonl', dataset: null }]);
  await site.idle();
  const settings = await installation();
  const { out } = await importFolder(settings, { 'a.jsonl': good, 'b.jsonl': good });
  expect(out).toMatch(/b\.jsonl .*\n +Its bytes are those of \S*a\.jsonl\.\n/);
});
