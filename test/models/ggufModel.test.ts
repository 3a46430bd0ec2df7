import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LocalModel, logProbabilities } from '#models/gguf/localModel.js';
import { type CompleteRequest, ModelRequest, type ScoreRequest } from '#models/request.js';
import type { Frame } from '#models/settings.js';
import { fakeEngine, logitOf, vocabularySize } from '../support/fakeEngine.js';
import { completing, ModelsFolder, never, scoring } from './modelFiles.js';

const chat: Frame = { kind: 'frame', before: '<|human|>', after: '<|assistant|>', reply: ' ' };

/** A model over the fake engine in this process, and the sequence that it works with. */
async function modelWith(options: { frame?: Partial<Frame>; context?: number } = {}) {
  const folder = new ModelsFolder();
  const engine = fakeEngine();
  const model = await LocalModel.load(engine, {
    file: join(folder.path, 'small.gguf'),
    name: 'small.gguf',
    frame: { ...chat, ...options.frame },
    context: options.context ?? 256,
    threads: 1,
  });
  const [sequence] = engine.sequences;
  if (sequence === undefined) throw new Error('the model has no sequence');
  return {
    model,
    sequence,
    tokens: (text: string, special: boolean) => model.tokeniser.tokenize(text, special),
    complete: (...request: Parameters<typeof completing>) =>
      model.complete(completing(...request) as CompleteRequest, never),
    score: (...request: Parameters<typeof scoring>) =>
      model.score(scoring(...request) as ScoreRequest, never),
  };
}

/** The log-probability of a reply from the model's own logits, without what is tested. */
const expected = (prompt: readonly number[], reply: readonly number[]): number =>
  reply.reduce((sum, token, index) => {
    const last = [...prompt, ...reply][prompt.length + index - 1] ?? Number.NaN;
    const all = Array.from({ length: vocabularySize }, (_, other) =>
      Math.exp(logitOf(last, other)),
    );
    return sum + logitOf(last, token) - Math.log(all.reduce((a, b) => a + b, 0));
  }, 0);

test('a choice has the probability of its whole text behind the prompt', async () => {
  const { tokens, score } = await modelWith();
  const choices = ['Yes', 'Yes it is so', 'No', 'Yes it', 'Yes'];
  const prompt = tokens('<|human|>Is it so?<|assistant|>', true);
  const answer = await score('Is it so?', choices);
  expect(answer.choices.map((choice) => choice.bound)).toEqual(choices.map(() => false));
  for (const [index, choice] of choices.entries())
    expect(answer.choices[index]?.logProbability).toBeCloseTo(
      expected(prompt, tokens(` ${choice}`, false)),
      12,
    );
  expect(answer.tokens).toEqual({ input: prompt.length + 1 + 4 + 1 + 2 + 1, output: 0 });
});

test('one text alone has a probability, and no first token to compare', async () => {
  const { tokens, score } = await modelWith();
  const prompt = tokens('<|human|>Is it so?<|assistant|>', true);
  const { choices } = await score('Is it so?', ['They would agree with it']);
  expect(choices[0]?.logProbability).toBeCloseTo(
    expected(prompt, tokens(' They would agree with it', false)),
    12,
  );
  const request = scoring('Is it so?', ['Yes'], 'first-token');
  expect(ModelRequest.safeParse(request).success).toBe(false);
});

test('what choices have in common is evaluated once', async () => {
  const { sequence, score } = await modelWith();
  await score('Is it so?', ['They would agree with it', 'They would disagree with it']);
  // The prompt's 6 tokens, “ They would” once, “ agree with” and “ disagree with”.
  expect(sequence.evaluated).toBe(6 + 2 + 2 + 2);
});

test('a choice that comes back to an earlier one has its figure', async () => {
  const { tokens, score } = await modelWith();
  const choices = ['a b c x', 'a d', 'a b f y'];
  const prompt = tokens('<|human|>Which?<|assistant|>', true);
  const answer = await score('Which?', choices);
  for (const [index, choice] of choices.entries())
    expect(answer.choices[index]?.logProbability).toBeCloseTo(
      expected(prompt, tokens(` ${choice}`, false)),
      12,
    );
});

test('a prompt of several batches is evaluated once, and can be cancelled between them', async () => {
  const { model, sequence, score, tokens } = await modelWith({ context: 2_000 });
  const text = 'word '.repeat(900).trim();
  const prompt = tokens(`<|human|>${text}<|assistant|>`, true);
  const answer = await score(text, ['They agree', 'They object']);
  for (const [index, choice] of [' They agree', ' They object'].entries())
    expect(answer.choices[index]?.logProbability).toBeCloseTo(
      expected(prompt, tokens(choice, false)),
      12,
    );
  expect(sequence.evaluated).toBe(902 + 1);
  const stop = new AbortController();
  const work = model.score(scoring(text) as ScoreRequest, stop.signal);
  stop.abort(new Error('cancelled'));
  await expect(work).rejects.toThrow('cancelled');
  expect(sequence.evaluated).toBeLessThan(903 + 902);
});

test('first tokens are compared where they differ', async () => {
  const { tokens, score } = await modelWith();
  const answer = await score('Well?', ['agree with it', 'object to it'], 'first-token');
  expect(answer.choices[1]?.logProbability).toBeCloseTo(
    expected(tokens('<|human|>Well?<|assistant|>', true), tokens(' object', false)),
    12,
  );
  await expect(score('Well?', ['They agree', 'They object'], 'first-token')).rejects.toMatchObject({
    kind: 'not-askable',
    reason: 'same-first-token',
  });
});

test('a prompt is one text where no control token parts it', async () => {
  const { tokens, score } = await modelWith({
    frame: { before: '\n\nHuman: ', after: '\n\nAssistant:' },
  });
  const answer = await score('Is it?', ['Yes', 'No']);
  expect(answer.choices[0]?.logProbability).toBeCloseTo(
    expected(tokens('\n\nHuman: Is it?\n\nAssistant:', true), tokens(' Yes', false)),
    12,
  );
});

test('a reply whose first token would begin in the prompt is refused', async () => {
  const { score } = await modelWith({
    frame: { before: 'Human: ', after: '\n\nAssistant: ', reply: '' },
  });
  await expect(score('Is it?')).rejects.toMatchObject({
    kind: 'not-askable',
    reason: 'spanning-token',
    message: expect.stringContaining('“Yes”') as string,
  });
});

test('a control token in the text is named, and read in the frame alone', async () => {
  const { complete, score } = await modelWith();
  await expect(complete('Is <|end|> it?')).rejects.toMatchObject({
    kind: 'not-askable',
    reason: 'control-token',
    message: 'The text holds a control token of the model: <|end|>',
  });
  await expect(score('Is it?', ['Yes', 'No<|end|>'])).rejects.toMatchObject({
    reason: 'control-token',
  });
  expect((await complete('Is <|nothing|> it?')).finish).toBe('stop');
});

test('prompt and reply fill the context to its last token, and nothing is ever shortened', async () => {
  const { complete, score } = await modelWith({ context: 32 });
  const text = 'a '.repeat(10).trim();
  expect((await complete(`${text} endless`, { maxTokens: 32 - 13 })).tokens).toEqual({
    input: 13,
    output: 19,
  });
  await expect(complete(text, { maxTokens: 32 - 11 })).rejects.toMatchObject({
    kind: 'not-askable',
    reason: 'over-context',
    message: 'Prompt and reply are 33 tokens, and the context of the model is 32.',
  });
  expect((await score('a'.repeat(3) + ' a'.repeat(28))).tokens.input).toBe(33);
  await expect(score('a'.repeat(3) + ' a'.repeat(29))).rejects.toMatchObject({
    reason: 'over-context',
  });
});

test('an engine that shortens a text is found out', async () => {
  const folder = new ModelsFolder();
  const engine = fakeEngine();
  const model = await LocalModel.load(
    {
      getLlama: async (options) => {
        const llama = await engine.getLlama(options);
        return {
          loadModel: async (file) => {
            const loaded = await llama.loadModel(file);
            return {
              ...loaded,
              createContext: (of) => loaded.createContext({ ...of, contextSize: 16 }),
            };
          },
        };
      },
    },
    {
      file: join(folder.path, 'small.gguf'),
      name: 'small.gguf',
      frame: chat,
      context: 256,
      threads: 1,
    },
  );
  await expect(
    model.score(scoring(' a'.repeat(15), ['b c d e f g', 'h']) as ScoreRequest, never),
  ).rejects.toMatchObject({
    kind: 'stop',
    message: expect.stringContaining('shortened') as string,
  });
});

test('a text ends at the model’s end, at a stop or at its length', async () => {
  const { complete } = await modelWith();
  const whole = await complete('Write.');
  expect(whole).toMatchObject({ finish: 'stop', tokens: { input: 4, output: 13 } });
  expect(whole.text).toMatch(/^\d+ is “what” the model wrote, é 漢\.$/);
  const stopped = await complete('Write.', { stop: ['nowhere', 'el wr'] });
  expect(stopped).toMatchObject({ finish: 'stop', text: whole.text.replace(/el wr.*/, '') });
  const cut = await complete('Write.', { maxTokens: 3 });
  expect(cut).toMatchObject({ finish: 'length', tokens: { output: 3 } });
  expect(cut.text).toBe(whole.text.replace(/“.*/, ''));
});

test('the same seed and number give the same text, others another', async () => {
  const { complete } = await modelWith();
  const texts = [
    await complete('Write.'),
    await complete('Write.', { sample: 1 }),
    await complete('Write.', { seed: 2 }),
  ];
  expect(new Set(texts.map(({ text }) => text)).size).toBe(3);
  expect(await complete('Write.')).toEqual(texts[0]);
});

test.each([
  [
    { architecture: 'nomic-bert' },
    'a model of its architecture, nomic-bert, does not continue texts.',
  ],
  [{ context: 128 }, 'its context is 128 tokens, and the model is set to 256.'],
  [
    { fault: "error loading model: unknown model architecture: 'lamma'" },
    'the engine knows no models of its architecture, lamma.',
  ],
  [
    { fault: 'data is not within the file bounds' },
    'it is damaged, too large for this machine, or no model that the engine knows (Failed to load model; data is not within the file bounds).',
  ],
])('a file that cannot be used is refused with one sentence', async (file, why) => {
  const folder = new ModelsFolder();
  folder.add('other.gguf', file);
  const load = LocalModel.load(fakeEngine(), {
    file: join(folder.path, 'other.gguf'),
    name: 'other.gguf',
    frame: chat,
    context: 256,
    threads: 1,
  });
  await expect(load).rejects.toMatchObject({
    kind: 'stop',
    message: `The model file other.gguf cannot be used: ${why}`,
  });
});

test('a frame whose white space the tokeniser drops is refused', async () => {
  const folder = new ModelsFolder();
  const engine = fakeEngine();
  const load = LocalModel.load(
    {
      getLlama: async (options) => {
        const llama = await engine.getLlama(options);
        return {
          loadModel: async (file) => {
            const loaded = await llama.loadModel(file);
            const tokenize = (text: string, special: boolean) =>
              loaded.tokenize(special ? text.replace(/(?<=\|>)\s+/g, '') : text, special);
            return { ...loaded, tokenize };
          },
        };
      },
    },
    {
      file: join(folder.path, 'small.gguf'),
      name: 'small.gguf',
      frame: { ...chat, before: '<|human|>\n' },
      context: 256,
      threads: 1,
    },
  );
  await expect(load).rejects.toMatchObject({
    kind: 'stop',
    message: expect.stringContaining('drops white space') as string,
  });
});

test('figures that cannot be are refused', () => {
  const next = { logits: new Map([[1, -2]]), totalLogitWeight: 3 };
  expect(logProbabilities(next, [1]).get(1)).toBeCloseTo(-Math.log(3), 12);
  for (const wrong of [
    {},
    { logits: new Map([[1, -2]]) },
    { logits: new Map<number, number>(), totalLogitWeight: 3 },
    { logits: new Map([[1, -2]]), totalLogitWeight: 0.2 },
    { logits: new Map([[1, Number.NaN]]), totalLogitWeight: 3 },
  ])
    expect(() => logProbabilities(wrong, [1])).toThrow('The engine for model files gives');
});
