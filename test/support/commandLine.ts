import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../../src/cli.js';
import { freshLocation } from './database.js';

/** How one command line ended. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process and keeps what it prints. */
export async function assay(
  environment: Record<string, string>,
  ...words: string[]
): Promise<Outcome> {
  let out = '';
  let err = '';
  const keep =
    (add: (text: string) => void) =>
    (text: string | Uint8Array): boolean => {
      add(String(text));
      return true;
    };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep((text) => (out += text))),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep((text) => (err += text))),
    vi.spyOn(console, 'log').mockImplementation((text: string) => void (out += `${text}\n`)),
    vi.spyOn(console, 'error').mockImplementation((text: string) => void (err += `${text}\n`)),
  ];
  try {
    return {
      status: await runCommandLine(words, {
        LOG_LEVEL: 'silent',
        NODE_ENV: 'test',
        ...environment,
      }),
      out,
      err,
    };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Settings of an installation of its own. */
export async function installation(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const location = await freshLocation();
  return {
    ASSAY_DATA: folder,
    ...(location.engine === 'postgres' ? { DATABASE_URL: location.url } : {}),
  };
}
