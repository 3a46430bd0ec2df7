import { expect, test } from 'vitest';
import { echoedReplies } from '#models/echo.js';
import { ModelFailure } from '#models/failure.js';
import { Offer } from '#models/offer.js';
import type { ModelAnswer } from '#models/request.js';
import {
  askerOf,
  completing,
  failureOf,
  framed,
  modelServer,
  never,
  scoring,
} from '../support/models.js';

test('a written token far down the list is no bound for what is not listed', async () => {
  const request = scoring('first-token', 'Yes or no?', [' Yes', ' qzx']);
  const ask = async (listsWritten: boolean): Promise<ModelAnswer> => {
    const server = await modelServer({ listsWritten, write: () => '語' });
    return (await askerOf(server, framed)).ask(request, never);
  };
  expect(await ask(true)).toEqual(await ask(false));
});

test('tokens that a server does not count apart are those beyond the prompt', async () => {
  for (const settings of [{}, framed]) {
    const plain = await askerOf(await modelServer(), settings);
    const counted = await plain.ask(completing('Hello.'), never);
    const asker = await askerOf(await modelServer({ usage: 'without-completion' }), settings);
    expect(await asker.ask(completing('Hello.'), never)).toEqual(counted);
  }
});

test('a text whose tokens are not counted is no answer, and may be paid', async () => {
  for (const settings of [{}, framed]) {
    const asker = await askerOf(await modelServer({ usage: 'prompt-alone' }), settings);
    expect(await failureOf(asker, completing('Hello.'))).toMatchObject({
      kind: 'again',
      mayBePaid: true,
    });
  }
});

test('of two requests that are refused together, the slower one moves on too', async () => {
  const offer = new Offer('max_tokens', [0, 1]);
  const refusal = new ModelFailure('stop', 'max_tokens must be at least 1.');
  let refuse: (failure: ModelFailure) => void = () => undefined;
  const slow = offer.settle((value) =>
    value === 0 ? new Promise<number>((_, reject) => (refuse = reject)) : Promise.resolve(value),
  );
  const quick = offer.settle((value) =>
    value === 0 ? Promise.reject(refusal) : Promise.resolve(value),
  );
  expect(await quick).toBe(1);
  refuse(refusal);
  expect(await slow).toBe(1);
  expect(offer.settled).toBe(1);
});

test('why a request cannot be asked has a name', async () => {
  const spanning = { kind: 'spanning-token', token: ' no' } as const;
  const reasons = [
    failureOf(await askerOf(await modelServer({ context: 20 })), completing('one '.repeat(60))),
    failureOf(
      await askerOf(await modelServer({ faults: [{ fault: spanning }] }), framed),
      scoring('exact', 'Say it.', [' yes', ' no']),
    ),
    failureOf(await askerOf(await modelServer()), scoring('first-token', 'Say.', ['A x', 'A y'])),
  ];
  expect((await Promise.all(reasons)).map(({ reason }) => reason)).toEqual([
    'over-context',
    'spanning-token',
    'same-first-token',
  ]);
});

test('what a frame puts before replies is no part of a text', async () => {
  const form = { ...framed.form, reply: ' ' };
  const asker = await askerOf(await modelServer({ write: () => ' Yes.' }), { form });
  expect(await asker.ask(completing('Hello.'), never)).toMatchObject({ text: 'Yes.' });
});

test('a log-probability that is rounded to just over zero is one of zero', () => {
  const echo = (figure: number): unknown =>
    echoedReplies(
      {
        choices: [
          {
            index: 0,
            text: 'a b',
            logprobs: { tokens: ['a', ' b'], token_logprobs: [null, figure] },
          },
        ],
        usage: { input: 2, output: 0 },
      },
      [{ prompt: 'a', reply: ' b', choice: 'b' }],
      1,
    );
  expect(echo(1e-7)).toEqual([{ logProbability: 0, bound: false }]);
  expect(() => echo(0.1)).toThrow('no log-probabilities');
});
