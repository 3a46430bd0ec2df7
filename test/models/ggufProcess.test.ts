import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { installCommand } from '#models/gguf/engine.js';
import { EngineProcess } from '#models/gguf/engineProcess.js';
import { openModelFile, type FileAsker } from '#models/gguf/provider.js';
import { completing, isRunning, ModelsFolder, never, scoring, settingsOf } from './modelFiles.js';

async function opened(
  folder: ModelsFolder,
  more: Record<string, unknown> = {},
): Promise<FileAsker> {
  const asker = await openModelFile(settingsOf('small.gguf', more), folder.surroundings);
  onTestFinished(() => asker.close());
  return asker;
}

const gone = (id: number | undefined): Promise<void> =>
  vi.waitFor(() => expect(isRunning(id ?? 0)).toBe(false), { timeout: 30_000 });

const newest = (folder: ModelsFolder): number => {
  const id = folder.processes().at(-1);
  if (id === undefined) throw new Error('no process was started');
  return id;
};

test('a missing engine is one sentence with the command that installs it', async () => {
  const folder = new ModelsFolder();
  const elsewhere = { ...folder.surroundings, folder: `${folder.path}/engine` };
  folder.add('engine/small.gguf');
  await expect(openModelFile(settingsOf('small.gguf'), elsewhere)).rejects.toMatchObject({
    kind: 'stop',
    message: `The engine for model files is not installed. Install it: ${installCommand(elsewhere.folder)}`,
  });
  folder.addEngine('3.19.0');
  await expect(openModelFile(settingsOf('small.gguf'), folder.surroundings)).rejects.toMatchObject({
    kind: 'stop',
    message: expect.stringMatching(/is version 3\.19\.0.*Install that one: NODE_LLAMA/) as string,
  });
});

test('the command names the package for the machine', () => {
  expect(installCommand('/data/models', { platform: 'darwin', arch: 'arm64' })).toBe(
    'NODE_LLAMA_CPP_SKIP_DOWNLOAD=true npm install --prefix "/data/models/engine" --omit=optional node-llama-cpp@3.22.1 @node-llama-cpp/mac-arm64-metal@3.22.1',
  );
  expect(installCommand('/m', { platform: 'linux', arch: 'x64' })).toMatch(/\/linux-x64@3\.22\.1$/);
  expect(installCommand('/m', { platform: 'sunos', arch: 'x64' })).toMatch(/cpp@3\.22\.1$/);
});

test.each([
  ['../small.gguf', /^“..\/small.gguf” is not the name of a file/],
  ['..', /^“..” is not the name of a file/],
  ['other.gguf', /^There is no model file other.gguf/],
  ['engine', /^There is no model file engine/],
  ['text.gguf', /^The file text.gguf holds no model: it is not in the GGUF format\.$/],
  ['cut.gguf', /^The model file cut.gguf cannot be used: it is damaged/],
  ['heavy.gguf', /^The model file heavy.gguf cannot be loaded\..* it ended with SIGKILL\.$/],
])('the file %s is refused with one sentence', async (name, sentence) => {
  const folder = new ModelsFolder();
  folder.add('cut.gguf', { fault: 'data is not within the file bounds' });
  folder.add('heavy.gguf', { fault: 'die' });
  writeFileSync(join(folder.path, 'text.gguf'), 'It is a text.');
  const settings = { ...settingsOf('small.gguf'), model: name };
  await expect(openModelFile(settings, folder.surroundings)).rejects.toMatchObject({
    kind: 'stop',
    message: expect.stringMatching(sentence) as string,
  });
  for (const id of folder.processes()) await gone(id);
});

test('one process answers all, and gets none of the secrets of the environment', async () => {
  const folder = new ModelsFolder();
  vi.stubEnv('DATABASE_URL', 'postgres://a-secret');
  onTestFinished(() => void vi.unstubAllEnvs());
  const asker = await opened(folder);
  const [text, refused, scores, found] = await Promise.all([
    asker.ask(completing('First one.'), never),
    asker.ask(completing('Is <|end|> it?'), never).catch((error: unknown) => error),
    asker.ask(scoring('Third one?'), never),
    asker.findControlTokens(['a <|end|> b', 'nothing'], never),
  ]);
  expect(text).toMatchObject({ verb: 'complete', finish: 'stop' });
  expect(refused).toMatchObject({ kind: 'not-askable', reason: 'control-token' });
  expect(scores).toMatchObject({ verb: 'score', kind: 'exact' });
  expect(found).toEqual(['<|end|>', null]);
  expect(folder.processes()).toHaveLength(1);
  const environment = folder.journal().find((line) => line.startsWith('environment '));
  expect(environment).toContain('PATH');
  expect(environment).not.toContain('DATABASE_URL');
});

test('a process that dies costs one request, and the next starts another', async () => {
  const folder = new ModelsFolder();
  const asker = await opened(folder);
  const ask = (prompt: string) => asker.ask(scoring(prompt), never);
  const asked = await Promise.allSettled(['Now die?', 'Now abort?', 'And now?'].map(ask));
  const died = (why: string) => ({
    status: 'rejected',
    reason: {
      kind: 'again',
      mayBePaid: false,
      message: `The process with the engine for model files died: it ended with ${why}`,
    },
  });
  expect(asked).toMatchObject([
    died('SIGKILL.'),
    died('SIGABRT. backend.c:7: GGML_ASSERT(rows > 0) failed'),
    { status: 'fulfilled', value: { verb: 'score' } },
  ]);
  expect(folder.processes()).toHaveLength(3);

  process.kill(newest(folder), 'SIGKILL');
  await gone(newest(folder));
  // It may fail once, where the death is not known yet.
  expect(await ask('Now?').catch(() => ask('Now?'))).toMatchObject({ verb: 'score' });
  expect(folder.processes()).toHaveLength(4);

  await expect(ask('Say nonsense!')).rejects.toMatchObject({
    kind: 'stop',
    message: expect.stringContaining('answers wrongly') as string,
  });
  expect(await ask('And now?')).toMatchObject({ verb: 'score' });
  expect(folder.processes()).toHaveLength(5);
});

test('an aborted signal ends the wait at once and the work soon', async () => {
  const folder = new ModelsFolder();
  const asker = await opened(folder, { context: 1_000_000 });
  const stop = new AbortController();
  const work = asker.ask(completing('endless', { maxTokens: 99_000 }), stop.signal);
  const waiting = asker.ask(scoring('Never asked'), stop.signal);
  await vi.waitFor(() => expect(folder.journal().join('\n')).toContain('endless'));
  stop.abort(new Error('cancelled by the test'));
  await expect(work).rejects.toThrow('cancelled by the test');
  await expect(waiting).rejects.toThrow('cancelled by the test');
  expect(await asker.ask(scoring('Is it?'), never)).toMatchObject({ verb: 'score' });
  const written = /^wrote (\d+)$/m.exec(folder.journal().join('\n'))?.[1];
  expect(Number(written)).toBeLessThan(99_000);
  expect(folder.journal().join('\n')).not.toContain('Never asked');
  expect(folder.processes()).toHaveLength(1);
});

test('a request that takes too long fails as again, and its process is replaced', async () => {
  const folder = new ModelsFolder();
  const asker = await opened(folder, { patienceSeconds: 1 });
  await expect(asker.ask(scoring('Take forever?'), never)).rejects.toMatchObject({
    kind: 'again',
    mayBePaid: false,
    message: 'The model file took more than 1 s to answer.',
  });
  // A new process may take longer than that to start where the machine is busy.
  await vi.waitFor(
    async () => expect(await asker.ask(scoring('Is it?'), never)).toMatchObject({ verb: 'score' }),
    { timeout: 60_000 },
  );
  expect(folder.processes().length).toBeGreaterThan(1);
});

test('closing ends the process, and what it was asked', async () => {
  const folder = new ModelsFolder();
  const asker = await opened(folder);
  const work = asker.ask(scoring('Take forever?'), never).catch((error: unknown) => error);
  await vi.waitFor(() => expect(folder.journal().join('\n')).toContain('forever'));
  await asker.close();
  expect(isRunning(newest(folder))).toBe(false);
  expect(await work).toMatchObject({ message: 'The way to the model file was closed.' });
  await expect(asker.ask(scoring('Is it?'), never)).rejects.toMatchObject({ kind: 'stop' });
});

/** A program that opens a model file, says so, and closes nothing. */
const program = (folder: ModelsFolder): string => `
  const { openModelFile } = await import(${JSON.stringify(import.meta.resolve('#models/gguf/provider.js'))});
  const asker = await openModelFile(
    ${JSON.stringify(settingsOf('small.gguf'))}, ${JSON.stringify(folder.surroundings)});
  void asker.ask(${JSON.stringify(scoring('Take forever?'))}, new AbortController().signal);
  setInterval(() => undefined, 1_000);
`;

test('the process ends with a process that was killed', async () => {
  const folder = new ModelsFolder();
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program(folder)]);
  await vi.waitFor(() => expect(folder.journal().join('\n')).toContain('forever'), {
    timeout: 60_000,
  });
  expect(isRunning(newest(folder))).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'close');
  await gone(newest(folder));
});

test('the process ends with a thread that was terminated', async () => {
  const folder = new ModelsFolder();
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program(folder))}`));
  await vi.waitFor(() => expect(folder.journal().join('\n')).toContain('forever'), {
    timeout: 60_000,
  });
  await thread.terminate();
  await gone(newest(folder));
});

test('the process refuses what is no message, by dying', async () => {
  const engine = new EngineProcess();
  onTestFinished(() => engine.end('the test is over'));
  await expect(engine.tell({ say: 'sing' } as never)).rejects.toMatchObject({
    kind: 'again',
    message: expect.stringContaining('it ended with code 1') as string,
  });
  expect(engine.alive).toBe(false);
});

test('a file that does not end loading is given up after the patience of the model', async () => {
  const folder = new ModelsFolder();
  folder.add('slow.gguf', { fault: 'hang' });
  const settings = settingsOf('slow.gguf', { patienceSeconds: 1 });
  await expect(openModelFile(settings, folder.surroundings)).rejects.toMatchObject({
    kind: 'stop',
    message: expect.stringMatching(/cannot be loaded\. .*more than 1 s/) as string,
  });
  await gone(newest(folder));
});
