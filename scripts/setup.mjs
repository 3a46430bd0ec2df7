import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(projectFolder, 'node_modules', '.assay-installed');

/** Runs a program in the project's folder and ends this process with its status when it fails. */
export function run(name, program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: projectFolder, stdio: 'inherit', ...options });
  if (result.error) console.error(`${name} could not be started: ${result.error.message}`);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function install() {
  // better-sqlite3 is compiled for one version of Node's module interface: another Node needs it anew.
  const builtFor = `${process.platform} ${process.arch} ${process.versions.modules}`;
  const stamp = createHash('sha256')
    .update(readFileSync(join(projectFolder, 'package-lock.json')))
    .update(builtFor)
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error('Installing what is missing (the first time takes about a minute) …');
  const environment = { ...process.env };
  // better-sqlite3 compiles where no prebuilt binary is at hand, and would then ask the network for headers, or take those
  // of another Node that npm was once told of.
  const prefix = join(dirname(process.execPath), '..');
  const headers = join(prefix, 'include', 'node', 'node_version.h');
  if (
    existsSync(headers) &&
    readFileSync(headers, 'utf8').includes(`NODE_MODULE_VERSION ${process.versions.modules}`)
  )
    environment.npm_config_nodedir = prefix;
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // Output goes to standard error: with --json, standard output belongs to the command's result.
  run('npm ci', command[0], [...command[1], 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    env: environment,
    stdio: ['ignore', 2, 2],
  });
  writeFileSync(stampFile, stamp);
}

/** Installs what the lockfile names, when it changed, and compiles. With nothing to do it takes a fraction of a second. */
export function setUp({ clean = false } = {}) {
  install();
  if (clean) rmSync(join(projectFolder, '.build'), { recursive: true, force: true });
  run(
    'tsc',
    process.execPath,
    [join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', projectFolder],
    { stdio: ['ignore', 2, 2] },
  );
}
