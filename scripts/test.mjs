import { join } from 'node:path';
import { projectFolder, run, setUp } from './setup.mjs';

const step = (name, program, args) => {
  console.log(`\n== ${name}`);
  run(name, program, args, { env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } });
};

console.log('== install and compile (types)');
setUp({ clean: true });
const bin = (name) => join(projectFolder, 'node_modules', '.bin', name);
step('format', bin('oxfmt'), ['--check']);
step('lint', bin('oxlint'), [
  '--type-aware',
  '--deny-warnings',
  'src',
  'test',
  'bench',
  'migrations',
]);
step('tests on SQLite and PostgreSQL', process.execPath, [
  '--enable-source-maps',
  join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  ...process.argv.slice(2),
]);
