import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectFolder } from '#web/folders.js';

/**
 * A project whose npm and compiler only note that they were called; `setUp` runs the real script
 * and says whether it installed.
 */
function project(): { setUp: (changes?: { modules?: string }) => boolean; changeLock: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'assay-set-up-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules', 'typescript', 'bin'), { recursive: true });
  cpSync(join(projectFolder, 'scripts'), join(folder, 'scripts'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  writeFileSync(join(folder, 'node_modules', 'typescript', 'bin', 'tsc'), '');
  const installed = join(folder, 'installed');
  writeFileSync(
    join(folder, 'npm.js'),
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(installed)}, process.argv.slice(2).join(' '));`,
  );
  return {
    changeLock: () => writeFileSync(join(folder, 'package-lock.json'), '{"changed": true}'),
    setUp({ modules = process.versions.modules } = {}) {
      rmSync(installed, { force: true });
      const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, modules: ${JSON.stringify(modules)} } }); (await import(${JSON.stringify(join(folder, 'scripts', 'setup.mjs'))})).setUp();`;
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', script],
        {
          env: { PATH: process.env['PATH'], npm_execpath: join(folder, 'npm.js') },
          encoding: 'utf8',
        },
      );
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
      if (!existsSync(installed)) return false;
      expect(readFileSync(installed, 'utf8')).toBe('ci --include=dev --no-audit --no-fund');
      return true;
    },
  };
}

test('what is installed is installed again for another lockfile and for a Node with another module interface, and else not', () => {
  const { setUp, changeLock } = project();
  expect([setUp(), setUp()]).toEqual([true, false]);
  expect([setUp({ modules: '999' }), setUp({ modules: '999' }), setUp()]).toEqual([
    true,
    false,
    true,
  ]);
  changeLock();
  expect([setUp(), setUp()]).toEqual([true, false]);
});
