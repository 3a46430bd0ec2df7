import { expect, test } from 'vitest';
import { anthropic } from '#models/anthropic.js';
import { openai } from '#models/openai.js';
import { probe, ProbeResult } from '#models/probe.js';
import type { ModelSettings } from '#models/settings.js';
import type { Behaviour } from '../support/modelServer/behaviour.js';
import { askerOf, framed, modelServer, never, settingsOf } from '../support/models.js';

async function probed(
  behaviour: Partial<Behaviour>,
  settings: Partial<typeof ModelSettings._zod.input> = framed,
): Promise<ProbeResult> {
  const server = await modelServer(behaviour);
  const made = settingsOf(server, settings);
  const result = await probe({
    provider: made.provider === 'anthropic' ? anthropic : openai,
    asker: await askerOf(server, settings),
    settings: made,
    signal: never,
    pause: () => Promise.resolve(),
  });
  expect(result.requests).toBeLessThanOrEqual(server.log.length);
  return ProbeResult.parse(JSON.parse(JSON.stringify(result)));
}

const working = ({ complete, kinds }: ProbeResult): string[] =>
  Object.entries({ complete, ...kinds }).flatMap(([name, { works }]) => (works ? [name] : []));

test('everything works with a server that does what it says', async () => {
  const result = await probed({});
  expect(working(result)).toEqual(['complete', 'exact', 'first-token', 'sampled']);
  expect(result).toMatchObject({ maxTokensZero: true, seed: 'obeyed' });
  expect(result.tokens.input).toBeGreaterThan(0);
  expect(result.latencyMs).toBeGreaterThan(0);
});

test.each([
  ['answers an echo with zeros', { kind: 'zero-log-probabilities' }, /sum to/],
  ['has the same figures for every prompt', { kind: 'deaf' }, /two prompts/],
  ['ignores echo', { kind: 'no-echo' }, /does not echo/],
  ['gives no log-probabilities', { kind: 'no-log-probabilities' }, /without log-probabilities/],
] as const)('whole replies are not scored by a server that %s', async (_, fault, says) => {
  const { complete, kinds } = await probed({ faults: [{ fault, path: '/completions' }] });
  expect(complete.works).toBe(true);
  expect(kinds.exact).toMatchObject({ works: false, sentence: expect.stringMatching(says) });
});

test('a chat scores first tokens; a server without their figures leaves samples', async () => {
  expect(working(await probed({}, {}))).toEqual(['complete', 'first-token', 'sampled']);
  const faults = [{ fault: { kind: 'no-log-probabilities' } }] as const;
  expect(working(await probed({ faults }, {}))).toEqual(['complete', 'sampled']);
});

test('seeds that are ignored, and zero tokens that are refused, are found', async () => {
  expect(await probed({ seed: 'ignored', leastTokens: 1 })).toMatchObject({
    seed: 'ignored',
    maxTokensZero: false,
  });
  expect(await probed({ write: () => 'Yes.' })).toMatchObject({ seed: 'unknown' });
});

test('a protocol without log-probabilities and seeds has texts alone', async () => {
  const result = await probed({}, { provider: 'anthropic' });
  expect(working(result)).toEqual(['complete', 'sampled']);
  expect(result).toMatchObject({ seed: 'ignored', maxTokensZero: null });
});

test('a server that refuses everything is shown with its sentence', async () => {
  const fault = { kind: 'status', status: 401, sentence: 'This key has ended.' } as const;
  const result = await probed({ faults: [{ fault }] });
  expect(working(result)).toEqual([]);
  expect(result.complete.sentence).toContain('This key has ended.');
});

test('a server that is busy for a moment is asked again, and not said to give nothing', async () => {
  const fault = { kind: 'status', status: 429 } as const;
  const result = await probed({ faults: [{ fault, first: 2 }] });
  expect(working(result)).toEqual(['complete', 'exact', 'first-token', 'sampled']);
});

test('a server that stays busy fails the probe', async () => {
  const fault = { kind: 'status', status: 429 } as const;
  const faults = [{ fault, path: '/completions' }];
  await expect(probed({ faults })).rejects.toThrow('answered 429');
});
