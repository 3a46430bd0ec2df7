import { expect, test } from 'vitest';
import { circlesIn, importsOfSource } from './imports.js';

/**
 * The folders and files of `src/` from the ground up: each imports only what stands before it. What
 * comes later has its place already; docs/developers/architecture.md says what they are.
 */
const layers = [
  'storage',
  'statistics',
  'figure.ts',
  'settingValues.ts',
  'config.ts',
  'jobs',
  'web',
  'terminal.ts',
  'command.ts',
  'accounts',
  'models',
  'datasets',
  'stats',
  'generation',
  'studies',
  'raters',
  'assignment',
  'texts',
  'platforms',
  'quality',
  'payments',
  'evaluation',
  'reports',
  'rounds',
  'oversight',
  'background.ts',
  'app.ts',
  'server.ts',
  'simulation',
  'demo',
  'cli.ts',
  'main.ts',
];

/** Files that put the features together to a process. */
const processes = ['app.ts', 'cli.ts', 'main.ts'];

const layerOf = (module: string): string => module.split('/')[1] ?? '';

/** Why one module may not import another; null where it may. */
function objection(module: string, imported: string): string | null {
  const [from, to] = [layerOf(module), layerOf(imported)];
  if (from === to) return null;
  if (from === 'statistics') return 'statistics are pure';
  if (layers.indexOf(to) > layers.indexOf(from)) return `${to} stands above ${from}`;
  if (/^src\/[^/]+\/routes\.ts$/.test(imported) && from !== 'app.ts')
    return 'only app.ts imports routes';
  if (/^src\/[^/]+\/commands\.ts$/.test(imported) && from !== 'cli.ts')
    return 'only cli.ts imports commands';
  if (to === 'accounts' && !processes.includes(from) && imported !== 'src/accounts/audit.ts')
    return 'of accounts the features know the audit log alone';
  return null;
}

const imports = importsOfSource();

test('every module is in a layer, and imports only what stands below', () => {
  expect(imports.size).toBeGreaterThan(400);
  expect([...imports.keys()].map(layerOf).filter((layer) => !layers.includes(layer))).toEqual([]);
  expect(
    [...imports].flatMap(([module, imported]) =>
      imported
        .filter((other) => !other.startsWith('migrations/'))
        .flatMap((other) => {
          const why = imports.has(other) ? objection(module, other) : 'there is no such module';
          return why === null ? [] : [`${module} imports ${other}: ${why}`];
        }),
    ),
  ).toEqual([]);
});

test('what may not be imported is objected to', () => {
  expect(objection('src/web/render.ts', 'src/reports/page.ts')).toBe('reports stands above web');
  expect(objection('src/statistics/twoWay.ts', 'src/storage/json.ts')).toBe('statistics are pure');
  expect(objection('src/reports/page.ts', 'src/studies/routes.ts')).toBe(
    'only app.ts imports routes',
  );
  expect(objection('src/reports/page.ts', 'src/studies/study.ts')).toBeNull();
});

test('modules that import each other in a circle are known', () => {
  expect(circlesIn(imports)).toEqual([]);
});

test('a circle is found', () => {
  const circles = circlesIn(
    new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', []],
    ]),
  );
  expect(circles).toEqual([['a', 'b', 'c']]);
});
