import { expect, test } from 'vitest';
import { waitOf } from '#models/transport.js';
import type { Fault } from '../support/modelServer/faults.js';
import { askerOf, completing, failureOf, modelServer, settingsOf } from '../support/models.js';
import { openai } from '#models/openai.js';

const providers = ['openai', 'anthropic'] as const;

interface Expected {
  readonly kind: string;
  readonly mayBePaid: boolean;
  readonly says: RegExp;
}

const faults: readonly (readonly [string, Fault, Expected])[] = [
  ...[400, 401, 403, 404, 422, 501].map(
    (status) =>
      [
        String(status),
        { kind: 'status', status, sentence: 'So says the server.' },
        { kind: 'stop', mayBePaid: false, says: /So says the server\./ },
      ] as const,
  ),
  ...[429, 500, 503].map(
    (status) =>
      [
        String(status),
        { kind: 'status', status },
        { kind: 'again', mayBePaid: false, says: new RegExp(`answered ${status}`) },
      ] as const,
  ),
  ...[502, 504, 520, 522, 524].map(
    (status) =>
      [
        String(status),
        { kind: 'status', status },
        { kind: 'again', mayBePaid: true, says: new RegExp(`answered ${status}`) },
      ] as const,
  ),
  ['silence', { kind: 'silent' }, { kind: 'again', mayBePaid: true, says: /in 1 seconds/ }],
  ['a stalled body', { kind: 'stalled' }, { kind: 'again', mayBePaid: true, says: /in 1 seconds/ }],
  ['a body cut short', { kind: 'cut' }, { kind: 'again', mayBePaid: true, says: /broke .* off/ }],
  ['a lost line', { kind: 'hung-up' }, { kind: 'again', mayBePaid: true, says: /broke .* off/ }],
  ['a page', { kind: 'html' }, { kind: 'again', mayBePaid: true, says: /else than JSON/ }],
  ['another shape', { kind: 'other-shape' }, { kind: 'again', mayBePaid: true, says: /shape/ }],
  ['a redirect', { kind: 'redirect' }, { kind: 'stop', mayBePaid: false, says: /localhost/ }],
];

test.each(providers.flatMap((provider) => faults.map((fault) => [provider, ...fault] as const)))(
  '%s: %s is asked once and has its failure',
  async (provider, _, fault, { kind, mayBePaid, says }) => {
    const server = await modelServer({ faults: [{ fault }] });
    const asker = await askerOf(server, { provider, patienceSeconds: 1 });
    const failure = await failureOf(asker, completing('Hello.'));
    expect(failure).toMatchObject({ kind, mayBePaid });
    expect(failure.message).toMatch(says);
    expect(server.log).toHaveLength(1);
  },
);

test.each(providers)('%s: what is longer than the context cannot be asked', async (provider) => {
  const server = await modelServer({ context: 20 });
  const asker = await askerOf(server, { provider });
  const failure = await failureOf(asker, completing('one two three '.repeat(20)));
  expect(failure).toMatchObject({ kind: 'not-askable', mayBePaid: false });
});

test.each(providers)('%s: a server says how long to wait', async (provider) => {
  const server = await modelServer({
    faults: [
      { fault: { kind: 'status', status: 429, retryAfter: { seconds: 7 } }, first: 1 },
      { fault: { kind: 'status', status: 503, retryAfter: { dateInSeconds: 60 } } },
    ],
  });
  const asker = await askerOf(server, { provider });
  expect(await failureOf(asker, completing('Hello.'))).toMatchObject({ wait: 7_000 });
  const { wait } = await failureOf(asker, completing('Hello.'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60_000);
});

test.each(providers)('%s: a sentence that holds the key is shown without it', async (provider) => {
  const key = 'sk-of-the-lab-1234';
  const fault = { kind: 'status', status: 401, sentence: `The key ${key} has ended.` } as const;
  const server = await modelServer({ faults: [{ fault }] });
  const asker = await askerOf(server, { provider, key: 'MODEL_KEY_LAB' }, { MODEL_KEY_LAB: key });
  const { message } = await failureOf(asker, completing('Hello.'));
  expect(message).toContain('The key (the key) has ended.');
  expect(message).not.toContain(key);
});

test('no part of a key is shown, in a long sentence or in an address', async () => {
  const key = 'sk-of-the-lab-1234';
  const sentence = `${'x'.repeat(490)}${key}`;
  const server = await modelServer({
    faults: [
      { fault: { kind: 'status', status: 401, sentence }, first: 1 },
      { fault: { kind: 'redirect', query: `?key=${key}&x=${'x'.repeat(900)}` } },
    ],
  });
  const asker = await askerOf(server, { key: 'MODEL_KEY_LAB' }, { MODEL_KEY_LAB: key });
  for (const says of ['answered 401', 'sends requests on to']) {
    const { message } = await failureOf(asker, completing('Hello.'));
    expect(message).toContain(says);
    expect(message).not.toContain('sk-of');
    expect(message.length).toBeLessThan(700);
  }
});

test('Retry-After is read as seconds or as a date; one that has passed asks for no wait', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(waitOf('1.5', now)).toBe(1_500);
  expect(waitOf('Thu, 01 Jan 2026 00:00:10 GMT', now)).toBe(10_000);
  expect(waitOf('Wed, 31 Dec 2025 23:00:00 GMT', now)).toBe(0);
  expect([waitOf(null, now), waitOf('', now), waitOf('soon', now)]).toEqual([null, null, null]);
});

test('nothing listens: to be asked again, and not paid', async () => {
  const server = await modelServer();
  await server.close();
  const asker = await openai.open(settingsOf(server), {
    hosts: [server.host],
    keys: {},
    folder: '',
  });
  const failure = await failureOf(asker, completing('Hello.'));
  expect(failure).toMatchObject({ kind: 'again', mayBePaid: false });
  expect(failure.message).toContain('cannot be reached');
});
