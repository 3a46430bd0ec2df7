import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openai } from '#models/openai.js';
import { ModelFailure } from '#models/failure.js';
import { massOf, type ScoreAnswer, seedOf } from '#models/request.js';
import {
  askerOf,
  completing,
  failureOf,
  framed,
  modelServer,
  never,
  scoring,
  settingsOf,
  surroundingsOf,
} from '../support/models.js';
import { recorded } from '../support/modelServer/recorded.js';

// What the client would send by itself is set, so that every test here sees that it is not sent.
beforeEach(() => {
  for (const [name, value] of Object.entries({
    OPENAI_API_KEY: 'secret-of-the-environment',
    OPENAI_ADMIN_KEY: 'secret-of-the-environment',
    OPENAI_ORG_ID: 'organization-of-the-environment',
    OPENAI_PROJECT_ID: 'project-of-the-environment',
    OPENAI_BASE_URL: 'http://environment.invalid/v1',
    OPENAI_CUSTOM_HEADERS: 'x-environment: set\nauthorization: Bearer of-the-environment',
  }))
    vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const choices = [recorded.replies.agree, recorded.replies.disagree];
const recordedRow = recorded.rows[0] ?? expect.fail();

test('no key, header or address of the environment is sent', async () => {
  const server = await modelServer();
  await (await askerOf(server)).ask(completing('Hello.'), never);
  const keyed = await askerOf(server, { key: 'MODEL_KEY_LAB' }, { MODEL_KEY_LAB: 'of-the-lab' });
  await keyed.ask(completing('Hello.'), never);
  expect(server.log.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer none',
    'Bearer of-the-lab',
  ]);
  expect(JSON.stringify(server.log)).not.toContain('environment');
  expect(
    Object.keys(server.log[0]?.headers ?? {}).filter((name) => /^x-|^openai/.test(name)),
  ).toEqual([]);
});

test('a server that is not named, and a key that is not set, are refused with what to set', async () => {
  const server = await modelServer();
  await expect(
    openai.open(settingsOf(server), { hosts: ['127.0.0.1'], keys: {}, folder: '' }),
  ).rejects.toThrow(`Add ${server.host} to MODEL_HOSTS`);
  await expect(
    openai.open(settingsOf(server, { key: 'MODEL_KEY_LAB' }), surroundingsOf(server)),
  ).rejects.toThrow('Set MODEL_KEY_LAB');
  expect(server.log).toEqual([]);
});

test.each([
  ['http://api.example.org/v1', false],
  ['http://127.evil.example/v1', false],
  ['http://192.168.1.7/v1', false],
  ['https://api.example.org/v1', true],
  ['http://localhost/v1', true],
  ['http://127.0.0.2/v1', true],
  ['http://[::1]/v1', true],
])('a key may be sent to %s: %s', async (url, fine) => {
  const settings = settingsOf({ url }, { key: 'MODEL_KEY_LAB' });
  const open = openai.open(settings, {
    hosts: [new URL(url).host],
    keys: { MODEL_KEY_LAB: 'secret' },
    folder: '',
  });
  if (fine) return (await open).close();
  await expect(open).rejects.toThrow('Use an address that begins with https://');
});

test('a host may be named with the port that its protocol implies', async () => {
  const settings = settingsOf({ url: 'https://api.example.org/v1' });
  for (const host of ['api.example.org', 'api.example.org:443'])
    await (await openai.open(settings, { hosts: [host], keys: {}, folder: '' })).close();
});

test('chat and frame are asked at their own addresses, with the seed and what ends a text', async () => {
  const server = await modelServer();
  const request = completing('Say yes.', {
    sampling: { temperature: 0.5, topP: 0.9, maxTokens: 7, stop: ['\n'] },
  });
  const chat = await (await askerOf(server)).ask(request, never);
  await (await askerOf(server, framed)).ask(request, never);
  const [first, second] = server.log.map(({ path, body }) => ({ path, body: JSON.parse(body) }));
  const drawing = {
    model: 'tiny-S',
    temperature: 0.5,
    top_p: 0.9,
    max_tokens: 7,
    stop: ['\n'],
    seed: seedOf(request),
  };
  expect(first).toEqual({
    path: '/v1/chat/completions',
    body: { ...drawing, messages: [{ role: 'user', content: 'Say yes.' }] },
  });
  expect(second).toEqual({
    path: '/v1/completions',
    body: { ...drawing, prompt: '<|human|>Say yes.<|assistant|>' },
  });
  expect(chat).toMatchObject({ verb: 'complete', tokens: { input: 5 } });
});

test('each sample of a prompt has a seed of its own', () => {
  const seeds = [0, 1, 2].flatMap((seed) =>
    [0, 1, 2].map((sample) => seedOf(completing('Hello.', { seed, sample }))),
  );
  expect(new Set(seeds).size).toBe(9);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
});

test('a text is the same again, and finishes as the server says', async () => {
  const server = await modelServer({ write: (prompt) => (prompt === 'short' ? 'Yes.' : null) });
  const asker = await askerOf(server);
  const request = completing('Write on.');
  expect(await asker.ask(request, never)).toEqual(await asker.ask(request, never));
  expect(await asker.ask(completing('short'), never)).toMatchObject({
    text: 'Yes.',
    finish: 'stop',
  });
  expect(
    await asker.ask({ ...request, sampling: { ...request.sampling, maxTokens: 1 } }, never),
  ).toMatchObject({ finish: 'length', tokens: { output: 1 } });
});

test('whole replies have the recorded figures', async () => {
  const server = await modelServer();
  for (const model of ['S', 'M'] as const) {
    const asker = await askerOf(server, { ...framed, model: `tiny-${model}` });
    for (const row of recorded.rows.slice(0, 10)) {
      const answer = await asker.ask(scoring('exact', row.prompt, choices), never);
      const [agree, disagree] = (answer as ScoreAnswer).choices;
      expect(agree?.logProbability).toBeCloseTo(row[model].agree, 4);
      expect(disagree?.logProbability).toBeCloseTo(row[model].disagree, 4);
    }
  }
  expect(JSON.parse(server.log[0]?.body ?? '')).toMatchObject({ echo: true, max_tokens: 0 });
});

test.each([
  ['writes a token at least', { leastTokens: 1 }],
  ['shows the bytes of split characters', { characters: 'bytes' }],
  ['hides the bytes of split characters', { characters: 'replaced' }],
] as const)('figures of whole replies are the same where a server %s', async (_, behaviour) => {
  const prompt = 'Was sagt “Zoë” über 語?';
  const replies = [' It is “true”.', ' Ça va, 語.', ' no'];
  const plain = await askerOf(await modelServer(), framed);
  const expected = (await plain.ask(scoring('exact', prompt, replies), never)) as ScoreAnswer;
  const asker = await askerOf(await modelServer(behaviour), framed);
  const answer = (await asker.ask(scoring('exact', prompt, replies), never)) as ScoreAnswer;
  expect(answer.choices).toEqual(expected.choices);
  expect(massOf(answer.choices)).toBeLessThan(1);
});

test('a server that takes no zero tokens is asked for none again', async () => {
  const server = await modelServer({ leastTokens: 1 });
  const asker = await askerOf(server, framed);
  for (let time = 0; time < 2; time += 1)
    await asker.ask(scoring('exact', recordedRow.prompt, choices), never);
  expect(server.log.map(({ body }) => JSON.parse(body).max_tokens)).toEqual([0, 1, 1]);
  expect(asker.learned).toEqual({ maxTokensZero: false });
});

test('a token over the end of the prompt and the beginning of a reply is refused', async () => {
  const server = await modelServer({
    faults: [{ fault: { kind: 'spanning-token', token: ' no' } }],
  });
  const asker = await askerOf(server, framed);
  const failure = await failureOf(asker, scoring('exact', 'Say it.', [' yes', ' no']));
  expect(failure).toMatchObject({ kind: 'not-askable', mayBePaid: true });
  expect(failure.message).toContain('" no"');
});

test.each(['no-echo', 'no-log-probabilities', 'zero-log-probabilities'] as const)(
  'an echo with %s gives no figures',
  async (kind) => {
    const server = await modelServer({ faults: [{ fault: { kind } }] });
    const asker = await askerOf(server, framed);
    const failure = await failureOf(asker, scoring('exact', 'Say it.', [' yes', ' no']));
    expect(failure).toMatchObject({ kind: 'no-figures', mayBePaid: true });
  },
);

test('one text alone is scored as it is among others', async () => {
  const asker = await askerOf(await modelServer(), framed);
  const alone = (await asker.ask(scoring('exact', 'Say it.', [' yes']), never)) as ScoreAnswer;
  const both = (await asker.ask(
    scoring('exact', 'Say it.', [' yes', ' no']),
    never,
  )) as ScoreAnswer;
  expect(alone.choices).toEqual(both.choices.slice(0, 1));
});

test('whole replies are not scored through a chat template', async () => {
  const asker = await askerOf(await modelServer());
  const failure = await failureOf(asker, scoring('exact', 'Say it.', [' yes', ' no']));
  expect(failure).toMatchObject({ kind: 'no-figures' });
});

test('the first token is looked up by chat and by frame; one not listed is a bound', async () => {
  const server = await modelServer();
  for (const settings of [{}, framed]) {
    const asker = await askerOf(server, settings);
    const begins = [' Yes', ' No', ' qzx'];
    const answer = (await asker.ask(
      scoring('first-token', 'Yes or no?', begins),
      never,
    )) as ScoreAnswer;
    const [yes, no, neither] = answer.choices;
    expect(yes?.bound).toBe(false);
    expect(no?.bound).toBe(false);
    expect(neither?.bound).toBe(true);
    expect(neither?.logProbability).toBeLessThanOrEqual(
      Math.min(yes?.logProbability ?? 0, no?.logProbability ?? 0),
    );
  }
});

test('figures that are listed like those of a chat are read, and are none of an echo', async () => {
  const asker = await askerOf(await modelServer({ figures: 'content' }), framed);
  const plain = await askerOf(await modelServer(), framed);
  const request = scoring('first-token', 'Yes or no?', [' Yes', ' No']);
  expect(await asker.ask(request, never)).toEqual(await plain.ask(request, never));
  expect(await failureOf(asker, { ...request, kind: 'exact' })).toMatchObject({
    kind: 'no-figures',
  });
});

test('fewer tokens are listed where the server allows no more', async () => {
  const server = await modelServer({ mostLogProbabilities: 5 });
  const asker = await askerOf(server, framed);
  for (let time = 0; time < 2; time += 1)
    await asker.ask(scoring('first-token', 'Yes or no?', [' Yes', ' No']), never);
  expect(server.log.map(({ body }) => JSON.parse(body).logprobs)).toEqual([20, 5, 5]);
});

test('choices that begin alike are not asked about', async () => {
  const server = await modelServer();
  const failure = await failureOf(
    await askerOf(server),
    scoring('first-token', recordedRow.prompt, choices),
  );
  expect(failure).toMatchObject({ kind: 'not-askable', mayBePaid: false });
  expect(server.log).toEqual([]);
});

test('first tokens without log-probabilities are no figures', async () => {
  const server = await modelServer({ faults: [{ fault: { kind: 'no-log-probabilities' } }] });
  for (const settings of [{}, framed]) {
    const asker = await askerOf(server, settings);
    const failure = await failureOf(asker, scoring('first-token', 'Yes or no?', [' Yes', ' No']));
    expect(failure).toMatchObject({ kind: 'no-figures', mayBePaid: true });
  }
});

test('a refusal of log-probabilities leaves the texts', async () => {
  const sentence = 'logprobs are not supported with this model';
  const server = await modelServer({
    faults: [{ fault: { kind: 'status', status: 400, sentence }, first: 1 }],
  });
  const asker = await askerOf(server);
  const failure = await failureOf(asker, scoring('first-token', 'Yes or no?', ['Yes', 'No']));
  expect(failure).toMatchObject({ kind: 'no-figures' });
  expect(failure.message).toContain(sentence);
  await asker.ask(completing('Hello.'), never);
});

test('a signal that many requests share holds none of them', async () => {
  const asker = await askerOf(await modelServer());
  const { signal } = new AbortController();
  for (let seed = 0; seed < 12; seed += 1) await asker.ask(completing('Hello.', { seed }), signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('what is cancelled ends with its reason, and the server sees it cut', async () => {
  const server = await modelServer({ faults: [{ fault: { kind: 'silent' } }] });
  const asker = await askerOf(server);
  const cancel = new AbortController();
  const asked = asker.ask(completing('Hello.'), cancel.signal);
  await expect.poll(() => server.log.length).toBe(1);
  cancel.abort(new Error('the run was paused'));
  await expect(asked).rejects.toThrow('the run was paused');
  await expect(asked).rejects.not.toBeInstanceOf(ModelFailure);
  await expect.poll(() => server.log[0]?.outcome).toBe('cut');
});
