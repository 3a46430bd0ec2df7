import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allCommands } from '../../src/cli.js';
import { assay, installation } from '../support/commandLine.js';
import { engine } from '../support/database.js';
import { openSite, Visitor } from '../support/site.js';

test('--help lists every command with its sentence, and each command has help of its own', async () => {
  const plain = (text: string): string => text.replace(/\s+/g, ' ');
  const help = await assay({}, '--help');
  expect([help.status, help.err]).toEqual([0, '']);
  for (const command of allCommands) {
    const [group = '', ...rest] = command.name.split(' ');
    const shown = await assay({}, ...command.name.split(' '), '--help');
    expect([
      command.name,
      shown.status,
      plain(shown.out).includes(plain(command.sentence)),
    ]).toEqual([command.name, 0, true]);
    for (const [syntax] of command.options ?? []) expect(shown.out).toContain(syntax);
    expect(help.out).toMatch(new RegExp(`^ {2}${group} `, 'm'));
    if (rest.length > 0)
      expect(plain((await assay({}, group, '--help')).out)).toContain(plain(command.sentence));
  }
  expect(help.out).not.toContain('Commands about');
});

test.each([
  [['nonsense'], /unknown command 'nonsense'/],
  [['users', 'nonsense'], /unknown command 'nonsense'/],
  [['users', 'add'], /missing required argument 'email'/],
  [['users', 'add', 'ada@lab.example', '--colour'], /unknown option '--colour'/],
  [['users', 'add', 'ada@lab.example', '--role'], /argument missing/],
  [['users', 'list', 'extra'], /too many arguments/],
])(
  '%s is not understood: status 2, on standard error, with a pointer to the help',
  async (words, message) => {
    const outcome = await assay({}, ...words);
    expect([outcome.status, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toMatch(message);
    expect(outcome.err).toContain('--help');
  },
);

test('settings that do not fit are said before anything is done', async () => {
  const outcome = await assay({ DATABASE_URL: 'mysql://x' }, 'users', 'list');
  expect([outcome.status, outcome.out]).toEqual([1, '']);
  expect(outcome.err).toMatch(/DATABASE_URL: .*Example: DATABASE_URL=postgres/);
});

test('accounts and tokens from the command line: for people, and for machines with --json before or behind', async () => {
  const settings = await installation();
  const added = await assay(
    { ...settings, BASE_URL: 'https://assay.example.org' },
    'users',
    'add',
    'Ada@Lab.example',
    '--role',
    'admin',
  );
  expect([added.status, added.err]).toEqual([0, '']);
  expect(added.out).toMatch(
    /^ada@lab\.example \(admin\) opens this link once, within 14 days:\nhttps:\/\/assay\.example\.org\/link\/[\w-]{43}\n$/,
  );
  for (const words of [
    ['users', 'list', '--json'],
    ['--json', 'users', 'list'],
  ]) {
    const { out } = await assay(settings, ...words);
    expect(JSON.parse(out)).toEqual([
      { email: 'ada@lab.example', name: 'Ada@Lab.example', role: 'admin', state: 'invited' },
    ]);
  }
  const again = await assay(settings, 'users', 'add', 'ada@lab.example', '--json');
  expect([again.status, JSON.parse(again.out).error.code]).toEqual([1, 'email_taken']);
  expect(again.err).toMatch(/already/);
  expect((await assay(settings, 'users', 'add', 'nobody', '--role', 'emperor')).err).toMatch(
    / {2}email: is not an e-mail address\n/,
  );
  expect(await assay(settings, 'users', 'reset', 'nobody@lab.example')).toMatchObject({
    status: 1,
    out: '',
  });
  expect(await assay(settings, 'users', 'disable', 'ada@lab.example')).toMatchObject({
    status: 1,
    err: expect.stringContaining('This is the last admin.'),
  });
});

test('a command works beside a running server, and the server sees it at once', async () => {
  const site = await openSite();
  const { location } = site.server.application.database;
  const settings = {
    ASSAY_DATA: site.folder,
    BASE_URL: site.address,
    ...(location.engine === 'postgres' ? { DATABASE_URL: location.url } : {}),
  };
  const { link } = JSON.parse(
    (await assay(settings, 'users', 'add', 'ada@lab.example', '--json')).out,
  ) as { link: string };
  const visitor = new Visitor(site.address);
  await visitor.request(new URL(link).pathname);
  expect(
    (
      await visitor.post(
        '/welcome-staff',
        { name: 'Ada', password: 'seven quiet owls' },
        '/welcome-staff',
      )
    ).status,
  ).toBe(303);
  const { token } = JSON.parse(
    (await assay(settings, 'tokens', 'add', 'ada@lab.example', '--json')).out,
  ) as { token: string };
  const file = join(site.folder, 'kind.jsonl');
  writeFileSync(
    file,
    Array.from({ length: 500 }, (_, index) =>
      JSON.stringify({
        question: `Is this statement number ${index} one that you would say?`,
        answer_matching_behavior: index % 2 === 0 ? ' Yes' : ' No',
        answer_not_matching_behavior: index % 2 === 0 ? ' No' : ' Yes',
      }),
    ).join('\n'),
  );
  const importing = assay(
    settings,
    'import',
    file,
    '--source',
    'human',
    '--description',
    'Says kind things',
    '--yes',
    '--json',
  );
  const during = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      visitor.post('/account/tokens', { tokenName: `script ${index}` }, '/account'),
    ),
  );
  expect(during.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
  const imported = await importing;
  expect([imported.status, imported.err]).toEqual([0, '']);
  const answer = await visitor.request('/api/v1/datasets', {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(JSON.stringify(await answer.json())).toContain('kind');
  expect((await assay(settings, 'users', 'disable', 'ada@lab.example')).out).toBe(
    'ada@lab.example is disabled.\n',
  );
  expect((await visitor.request('/account')).status).toBe(303);
  const log = await (await site.visitor('admin')).page('/audit');
  expect(log).toContain('command line');
});

/** Options that every command of the list would choke on, and the sentence about each. */
const badOptions: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
  [['import', 'x', '--source', 'martians'], /--source is not one of generated, human\./],
  [['import', 'x', '--role', 'x'], /--role is not one of evaluated, few-shot\./],
  [['import', 'x', '--behaviour', ' '], /--behaviour is empty\./],
  [['import', 'x', '--description', 'y'.repeat(201)], /--description is longer than 200 /],
  [['import', 'x', '--count-from', '2'], /--count-from is not one of 0, 1\./],
  [['import', 'x', '--descriptions', '/'], /^\/ is a folder, not a file\./],
  [['datasets', 'confirm', 'x', '--description', ''], /--description is empty\./],
  [['studies', 'create', 'x', 'y', '--n', 'many'], /--n is not a number\./],
  [['studies', 'create', 'x', 'y', '--n', '0'], /--n is below 1\./],
  [['studies', 'create', 'x', 'y', '--k', '1.5', '--n', '0'], /--n is .+; --k is not a whole /],
  [['studies', 'create', 'x', 'y', '--preset', 'x'], /--preset is not one of standard, /],
  [['studies', 'invite', 'x', '--count', 'x'], /--count must be a number\./],
  [['power', '--sets', '3'], /--sets must be 1 or 2\./],
  [['power', '--relevance-half-width', 'x'], /--relevance-half-width must be /],
  [['power', '--seed', 'x'.repeat(101)], /--seed is longer than 100 characters\./],
  [['report', 'x', '--format', 'pdf'], /--format is not one of html, json\./],
  [['report', 'x', '--out', ''], /--out is empty\./],
  [['report', 'verify', '/'], /^\/ is a folder, not a file\./],
  [['export', 'x', '--format', 'xls'], /--format is not one of csv, parquet\./],
  [['export', 'x', '--publication', 'x'], /--publication is not one of methods-latex, /],
  [['texts', 'measure', 'x', '--name', ''], /--name is empty\./],
  [['texts', 'export', 'x', '--out', ''], /--out is empty\./],
  [['generate', 'x', '--budget', 'much'], /--budget is not a number\./],
  [['generate', 'resume', 'x', '--budget', '-1'], /--budget is below 0\./],
  [['generate', 'round', 'x', 'y', '--out', ''], /--out is empty\./],
  [['stats', 'consensus', 'x', '--gold', 'value'], /^--gold names the column of --value\./],
  [['stats', 'x', '--level', 'foo'], /--level is not one of nominal, ordinal, interval, ratio\./],
  [['stats', 'x', '--item', ''], /--item is empty\./],
  [['users', 'add', 'ada@lab.example', '--role', 'emperor'], /--role is not one of admin, /],
  [['users', 'add', 'ada@lab.example', '--name', ''], /--name is empty\./],
  [['simulate', 'x'], /--truth is missing\./],
  [['simulate', 'x', '--truth', '/'], /^\/ is a folder, not a file\./],
  [['simulate', 'x', '--truth', 'x', '--raters', '301'], /--raters is above 300\./],
  [['simulate', 'x', '--truth', 'x', '--accuracy', 'x'], /--accuracy is not a number\./],
  [['simulate', 'x', '--truth', 'x', '--at-once', '.5'], /--at-once is not a whole number/],
  [['simulate', 'x', '--truth', 'x', '--url', 'x'], /--url is not an address/],
  [['models', 'add', 'x', '--context', 'y'], /--context is not a number\./],
  [['models', 'add', 'x', '--provider', 'y'], /--provider is not one of openai, /],
  [['models', 'add', 'x', '--key', 'HOME'], /--key is not a name such as MODEL_KEY_LAB\./],
  [['truth', 'x'], /--out is missing\./],
  [['demo', '--url', 'x'], /--url is not an address/],
];

test('an option that is not valid is refused by its name in one sentence, by every command', async () => {
  const settings = await installation();
  for (const [words, sentence] of badOptions) {
    const outcome = await assay(settings, ...words);
    expect([words, outcome.status, outcome.out]).toEqual([words, 1, '']);
    expect(outcome.err, words.join(' ')).toMatch(sentence);
    // No stack, no JSON, no words of the validator, no code of the operating system.
    expect(outcome.err, words.join(' ')).not.toMatch(
      /^\s+at |[{}[\]]|Invalid|expected|received|\bE[A-Z]{4,}:/m,
    );
  }
  const machine = await assay(settings, 'stats', 'x', '--level', 'foo', '--json');
  expect(JSON.parse(machine.out)).toMatchObject({ error: { code: 'invalid_input' } });
  const tried = new Set(badOptions.map(([words]) => words.join(' ')));
  const withValues = allCommands.filter((command) =>
    (command.options ?? []).some(([syntax]) => syntax.includes('<')),
  );
  for (const { name } of withValues.filter((command) => command.name !== 'tokens add'))
    expect([name, [...tried].some((words) => words.startsWith(name))]).toEqual([name, true]);
});

test('a guess at what columns mean is refused with the options that confirm it', async () => {
  const settings = await installation();
  const write = (name: string, content: string): string => {
    const path = join(settings['ASSAY_DATA'] ?? '', name);
    writeFileSync(path, content);
    return path;
  };
  const letters = write(
    'letters.csv',
    'stem,first one,second,gold\nLarger?,Sun,Moon,A\nWetter?,Sea,Sand,B\n',
  );
  const truths = write(
    'truths.jsonl',
    '{"question": "So?", "gold": 1}\n{"question": "Or so?", "gold": 0}\n',
  );
  const run = (paths: readonly string[], ...options: string[]) =>
    assay(settings, 'import', ...paths, '--source', 'human', ...options);
  const refused = await run([letters], '--yes');
  expect([refused.status, refused.err]).toEqual([
    1,
    expect.stringMatching(
      /is a guess in 1 file\.[\s\S]*Proposed: --map text=stem --map 'choices="first one",second' --map label=gold --map label-as=letter/,
    ),
  ]);
  expect((await run([letters])).err).toContain('--map text=stem');
  const both = await run([letters, truths], '--yes', '--json');
  const { error } = JSON.parse(both.out) as { error: { code: string; advice: string } };
  expect(error.code).toBe('mapping_not_confirmed');
  // What the advice names as the file confirms every proposal and touches no other file.
  const plain = write('plain.jsonl', '{"question": "So?", "answer": "yes"}\n');
  expect((await run([letters, plain], '--yes')).err).toContain('the file being {"');
  const maps = write('maps.json', /the file being (\{.*\});/.exec(error.advice)?.[1] ?? '');
  const confirmed = await run([letters, truths], '--yes', '--map', maps);
  expect([confirmed.err, confirmed.status]).toEqual(['', 0]);
  expect(confirmed.out).toContain(
    'text=stem choices="first one",second label=gold label-as=letter',
  );
  expect(confirmed.out).toContain('4 examples from 2 files came in.');
  const parts = ['--map', 'text=stem', '--map', 'choices=first one,second', '--map', 'label=gold'];
  expect((await run([letters], '--yes', ...parts)).out).toContain(
    '2 examples from 1 file came in.',
  );
  const truth = ['truth', letters, '--out', join(settings['ASSAY_DATA'] ?? '', 'truth.jsonl')];
  const unknown = await assay(settings, ...truth);
  expect([unknown.status, unknown.out]).toEqual([1, expect.stringContaining('--map text=stem')]);
  expect((await assay(settings, ...truth, ...parts)).out).toContain('2 lines in');
  expect((await run([letters], '--yes', '--map', 'text=steam')).out).toContain(
    'There is no column “steam”',
  );
  expect((await run([letters], '--yes', '--map', 'colour=x')).err).toContain(
    'The mapping is not understood',
  );
});

test('nothing that a file says acts upon the terminal, as a result or as an error, for people or for machines', async () => {
  const settings = await installation();
  const file = join(settings['ASSAY_DATA'] ?? '', 'ratings.csv');
  writeFileSync(file, 'item,rater,value\n1,a,yes\u001B[2K\u009B\n1,b,no\n');
  const acting = /(?!\n)\p{Cc}/u;
  const said = await assay(settings, 'stats', file);
  expect(said).toMatchObject({
    status: 0,
    out: expect.stringContaining('yes\\u001b[2K\\u009b 50.0 %'),
  });
  expect(said.out).not.toMatch(acting);
  const { out } = await assay(settings, 'stats', file, '--json');
  expect(out).not.toMatch(acting);
  expect(JSON.parse(out)).toMatchObject({ categories: ['no', 'yes\u001B[2K\u009B'] });
  writeFileSync(file, 'item,rater,val\u001B[2Kue\n1,a,no\n');
  const refused = await assay(settings, 'stats', file);
  expect(refused).toMatchObject({
    status: 1,
    err: expect.stringContaining('it has item, rater, val\\u001b[2Kue.'),
  });
  expect(refused.err).not.toMatch(acting);
});

test('a question without a terminal is refused, and says how to answer it', async () => {
  const settings = await installation();
  const file = join(settings['ASSAY_DATA'] ?? '', 'kind.jsonl');
  writeFileSync(
    file,
    `${JSON.stringify({ question: 'Is this so?', answer_matching_behavior: ' Yes', answer_not_matching_behavior: ' No' })}\n`,
  );
  const outcome = await assay(settings, 'import', file, '--source', 'human');
  expect(outcome.status).toBe(1);
  expect(outcome.err).toMatch(/needs an answer, and there is no terminal[\s\S]*--yes/);
  expect(JSON.parse((await assay(settings, 'datasets', 'list', '--json')).out)).toEqual({
    datasets: [],
  });
});

test.runIf(engine() === 'sqlite')('a folder that cannot be written is said in words', async () => {
  const settings = await installation();
  const file = join(settings['ASSAY_DATA'] ?? '', 'file');
  writeFileSync(file, '');
  expect(await assay({ ASSAY_DATA: file }, 'users', 'list')).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringContaining('There is a file where the folder should be.'),
  });
});
