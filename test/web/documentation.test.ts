import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { roles } from '#accounts/account.js';
import { projectFolder } from '#web/folders.js';
import { accesses, limits } from '#web/route.js';
import { allCommands } from '../../src/cli.js';
import { settings } from '../../src/config.js';

const read = (path: string): string => readFileSync(join(projectFolder, 'docs', path), 'utf8');

/** The rows of the table whose first column is headed so, without code marks. */
function tableOf(document: string, heading: string): string[][] {
  const lines = document.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  }
  return rows;
}

test('configuration.md lists the settings, with default, example and sentence', () => {
  expect(tableOf(read('operators/configuration.md'), 'variable')).toEqual(
    settings.map((setting) => [setting.name, setting.default, setting.example, setting.sentence]),
  );
});

test('configuration.md lists the limits', () => {
  expect(tableOf(read('operators/configuration.md'), 'limit')).toEqual(
    Object.entries(limits).map(([name, limit]) => [name, limit.sentence]),
  );
});

test.each(Object.entries(limits))(
  'the sentence of the limit %s says its numbers',
  (_name, limit) => {
    const numbersOf = (value: unknown): number[] =>
      typeof value === 'number'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(numbersOf)
          : [];
    const numbers = numbersOf(limit);
    expect(limit.sentence.match(/\d+/g)?.map(Number)).toEqual(numbers);
  },
);

test('accounts.md lists the accesses and the roles', () => {
  expect(tableOf(read('admins/accounts.md'), 'access')).toEqual(Object.entries(accesses));
  expect(tableOf(read('admins/accounts.md'), 'role')).toEqual(Object.entries(roles));
});

const commandLine = read('operators/command-line.md');
/**
 * The sections `## assay users add …` of command-line.md: what stands in the heading, and the text
 * below it.
 */
const sections = new Map(
  commandLine
    .split(/^## assay /m)
    .slice(1)
    .map((section): [string, string] => {
      const end = section.indexOf('\n');
      return [section.slice(0, end).replace(/ [<[].*$/, ''), section];
    }),
);

test('command-line.md has a section for every command and none for others', () => {
  expect([...sections.keys()].sort()).toEqual(allCommands.map((command) => command.name).sort());
});

test.each(allCommands.map((command) => [command.name, command] as const))(
  'command-line.md says what assay %s takes and does',
  (name, command) => {
    const section = sections.get(name) ?? '';
    const heading = ['', name, ...(command.arguments ?? []).map(([syntax]) => syntax)]
      .join(' ')
      .trim();
    expect(section.split('\n')[0]).toBe(heading);
    expect(section).toContain(command.sentence);
    expect(tableOf(section, 'option')).toEqual(
      (command.options ?? []).map(([syntax, sentence]) => [syntax, sentence]),
    );
  },
);
