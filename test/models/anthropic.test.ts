import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askerOf, completing, failureOf, modelServer, never, scoring } from '../support/models.js';

beforeEach(() => {
  for (const [name, value] of Object.entries({
    ANTHROPIC_API_KEY: 'secret-of-the-environment',
    ANTHROPIC_AUTH_TOKEN: 'secret-of-the-environment',
    ANTHROPIC_BASE_URL: 'http://environment.invalid',
    ANTHROPIC_CUSTOM_HEADERS: 'x-environment: set\nx-api-key: of-the-environment',
    ANTHROPIC_PROFILE: 'profile-of-the-environment',
  }))
    vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('no key, header or address of the environment is sent', async () => {
  const server = await modelServer();
  await (await askerOf(server, { provider: 'anthropic' })).ask(completing('Hello.'), never);
  const keyed = await askerOf(
    server,
    { provider: 'anthropic', key: 'MODEL_KEY_LAB', server: server.address },
    { MODEL_KEY_LAB: 'of-the-lab' },
  );
  await keyed.ask(completing('Hello.'), never);
  expect(server.log.map(({ path, headers }) => [path, headers['x-api-key']])).toEqual([
    ['/v1/messages', 'none'],
    ['/v1/messages', 'of-the-lab'],
  ]);
  expect(server.log[0]?.headers['anthropic-version']).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(server.log[0]?.headers.authorization).toBeUndefined();
  expect(JSON.stringify(server.log)).not.toContain('environment');
});

test('a text comes with its tokens; what changes nothing is not sent', async () => {
  const server = await modelServer({ write: () => 'Yes.' });
  const asker = await askerOf(server, { provider: 'anthropic' });
  expect(await asker.ask(completing('Say yes.'), never)).toEqual({
    verb: 'complete',
    text: 'Yes.',
    finish: 'stop',
    tokens: { input: 5, output: 3 },
  });
  const sampling = { temperature: 0.5, topP: 0.9, maxTokens: 1, stop: ['\n\nHuman:'] };
  expect(await asker.ask(completing('Say yes.', { sampling }), never)).toMatchObject({
    finish: 'length',
  });
  const messages = [{ role: 'user', content: 'Say yes.' }];
  expect(server.log.map(({ body }) => JSON.parse(body))).toEqual([
    { model: 'tiny-S', max_tokens: 12, messages },
    {
      model: 'tiny-S',
      max_tokens: 1,
      messages,
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ['\n\nHuman:'],
    },
  ]);
});

test('what the protocol does not have is told without asking', async () => {
  const server = await modelServer();
  const asker = await askerOf(server, { provider: 'anthropic' });
  expect(await failureOf(asker, scoring('first-token', 'Say it.', ['A', 'B']))).toMatchObject({
    kind: 'no-figures',
  });
  const sampling = { temperature: 1.4, topP: 1, maxTokens: 1, stop: [] };
  expect(await failureOf(asker, completing('Say it.', { sampling }))).toMatchObject({
    kind: 'stop',
  });
  expect(server.log).toEqual([]);
});
