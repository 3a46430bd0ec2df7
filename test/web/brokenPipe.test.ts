import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { projectFolder } from '#web/folders.js';

const program = [
  `const { runCommandLine } = await import(process.argv[1]);`,
  `process.exitCode = await runCommandLine(process.argv.slice(2));`,
].join('\n');

/** Waits until the reader of its pipe has closed it, and prints its status on standard error. */
const script = `mkfifo "$1/closed"
{ read -r _ < "$1/closed"; "$2" --input-type=module -e "$3" "$4" "$5"; echo "status $?" >&2; } |
  { exec <&-; echo yes > "$1/closed"; }
wait`;

test('a command whose output nobody reads any more ends quietly, as other tools do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-pipe-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cli = pathToFileURL(join(projectFolder, '.build/src/cli.js')).href;
  const { stderr } = await promisify(execFile)('sh', [
    '-c',
    script,
    'sh',
    folder,
    process.execPath,
    program,
    cli,
    '--help',
  ]);
  expect(stderr).toBe('status 141\n');
});
