import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Behaviour } from '../support/modelServer/behaviour.js';
import { allTokens, Reading } from '../support/modelServer/language.js';
import { recorded, recordedForm } from '../support/modelServer/recorded.js';
import { startModelServer, type ModelServer } from '../support/modelServer/server.js';
import { textOf, tokensOf } from '../support/modelServer/vocabulary.js';

async function started(behaviour: Partial<Behaviour> = {}): Promise<ModelServer> {
  const server = await startModelServer(behaviour);
  onTestFinished(() => server.close());
  return server;
}

const post = async (server: ModelServer, path: string, body: object): Promise<Response> =>
  await fetch(`${server.address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const Echo = z.object({
  choices: z.array(
    z.object({ logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }) }),
  ),
});

test('the probabilities of the next token sum to one, before recorded replies and others', () => {
  const [row] = recorded.rows;
  const { before, after } = recordedForm;
  const prompts = [
    'Say yes or no.',
    `${before}${row?.prompt}${after}`,
    `${before}${row?.prompt}${after} They would`,
  ];
  for (const whole of prompts) {
    const tokens = tokensOf(whole);
    const reading = new Reading({ model: 'tiny-S', whole, promptTokens: tokens.length });
    for (const token of tokens) reading.read(token);
    const sum = allTokens(reading.next()).reduce(
      (total, [, figure]) => total + Math.exp(figure),
      0,
    );
    expect(sum).toBeCloseTo(1, 9);
  }
});

test('tokens spell the text that they were made of', () => {
  const text = 'Perhaps “she” would agree:\n- é, 語, 👩‍👩‍👧 and 17 more.';
  expect(textOf(tokensOf(text))).toBe(text);
});

test('echo gives the recorded figures of whole replies', async () => {
  const server = await started();
  for (const model of ['S', 'M'] as const)
    for (const row of recorded.rows.slice(0, 5)) {
      const asked = `${recordedForm.before}${row.prompt}${recordedForm.after}`;
      const prompt = [`${asked}${recorded.replies.agree}`, `${asked}${recorded.replies.disagree}`];
      const response = await post(server, '/v1/completions', {
        model: `tiny-${model}`,
        prompt,
        echo: true,
        logprobs: 1,
        max_tokens: 0,
      });
      const { choices } = Echo.parse(await response.json());
      const from = tokensOf(asked).length;
      const sums = choices.map(({ logprobs }) =>
        logprobs.token_logprobs.slice(from).reduce<number>((sum, one) => sum + (one ?? NaN), 0),
      );
      expect(sums[0]).toBeCloseTo(row[model].agree, 4);
      expect(sums[1]).toBeCloseTo(row[model].disagree, 4);
    }
});

test('the same prompt and seed have the same text, another seed another', async () => {
  const server = await started();
  const texts = await Promise.all(
    [1, 1, 2].map(async (seed) => {
      const messages = [{ role: 'user', content: 'Write a statement.' }];
      const body = { model: 'any', messages, seed, max_tokens: 20 };
      return z
        .object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })) })
        .parse(await (await post(server, '/v1/chat/completions', body)).json()).choices[0]?.message
        .content;
    }),
  );
  expect(texts[1]).toBe(texts[0]);
  expect(texts[2]).not.toBe(texts[0]);
});

test('faults come by number and by prompt, and the log says how each request ended', async () => {
  const server = await started({
    faults: [
      { fault: { kind: 'status', status: 503 }, prompt: 'twice "bad"', first: 2 },
      { fault: { kind: 'cut' }, every: 3 },
    ],
  });
  const statuses: unknown[] = [];
  for (const prompt of ['twice "bad"', 'good', 'third', 'twice "bad"', 'twice "bad"'])
    statuses.push(
      await post(server, '/v1/completions', { model: 'any', prompt })
        .then(async (response) => {
          await response.text();
          return response.status;
        })
        .catch(() => 'cut'),
    );
  expect(statuses).toEqual([503, 200, 'cut', 503, 200]);
  expect(server.log.map(({ outcome }) => outcome)).toEqual([
    'answered',
    'answered',
    'cut',
    'answered',
    'answered',
  ]);
});

test('a client that goes before its answer is logged as cut', async () => {
  const server = await started({ faults: [{ fault: { kind: 'silent' } }] });
  const leaving = new AbortController();
  const asked = fetch(`${server.url}/completions`, {
    method: 'POST',
    body: '{}',
    signal: leaving.signal,
  });
  await expect.poll(() => server.log.length).toBe(1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await expect.poll(() => server.log[0]?.outcome).toBe('cut');
});
