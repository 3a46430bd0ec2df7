import { expect, test } from 'vitest';
import { filesUnder, linesOf } from './imports.js';

const code = ['src', 'test', 'bench', 'migrations'].flatMap((folder) => filesUnder(folder, '.ts'));
const scripts = filesUnder('public/js', '.js');

test('at most one line in a hundred is wider than 100 columns', () => {
  const lines = [...code, ...scripts].flatMap(linesOf);
  expect(lines.length).toBeGreaterThan(80_000);
  expect(lines.filter((line) => line.length > 100).length / lines.length).toBeLessThanOrEqual(0.01);
});

test('no file of the product is longer than 400 lines', () => {
  const long = [...code.filter((path) => path.startsWith('src/')), ...scripts].filter(
    (path) => linesOf(path).length > 401,
  );
  expect(long).toEqual([]);
});

// A schema’s own `parse` would make what does not fit a fault of the server.
test('what a request sends is parsed by `parse`, which refuses with 422', () => {
  const others = code.filter(
    (path) => path.startsWith('src/') && /\.parse\(\s*request\./.test(linesOf(path).join('\n')),
  );
  expect(others).toEqual([]);
});

test('no line of a template is wider than 140 columns', () => {
  const wide = filesUnder('views', '.ejs').flatMap((path) =>
    linesOf(path).flatMap((line, index) => (line.length > 140 ? [`${path}:${index + 1}`] : [])),
  );
  expect(wide).toEqual([]);
});
