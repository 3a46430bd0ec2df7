import { createHash } from 'node:crypto';
import { z } from 'zod';

/** How a text is drawn from a model. */
export const Sampling = z.strictObject({
  temperature: z.number().min(0).max(5),
  topP: z.number().gt(0).max(1),
  maxTokens: z.int().min(1).max(100_000),
  stop: z.array(z.string().min(1)).max(8),
});
export type Sampling = z.output<typeof Sampling>;

/**
 * The seed of one answer: that of the request, and another for each of several to one prompt. It
 * stays below 2³¹, since llama.cpp takes its highest number for “any seed”.
 */
export const seedOf = ({ seed, sample }: { seed: number; sample: number }): number =>
  createHash('sha256').update(`${seed} ${sample}`).digest().readUInt32BE() >>> 1;

/**
 * How the probability of a choice was found: `exact`, that of its whole text; `first-token`, that of
 * the token it begins with; `sampled`, how often it was written.
 */
export const scoreKinds = ['exact', 'first-token', 'sampled'] as const;
export type ScoreKind = (typeof scoreKinds)[number];

/** One request to a model. What it holds is what its figures depend on, and makes its key. */
export const ModelRequest = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('complete'),
    prompt: z.string(),
    sampling: Sampling,
    /** Given to servers that take one; tells requests of two rounds apart. */
    seed: z.int(),
    /** Which of several answers to the same prompt it is, from 0. */
    sample: z.int().min(0),
  }),
  z
    .strictObject({
      verb: z.literal('score'),
      kind: z.enum(['exact', 'first-token']),
      prompt: z.string(),
      /** One alone may be scored exactly: how probable a text is. */
      choices: z.array(z.string().min(1)).min(1).max(26),
    })
    .refine(({ kind, choices }) => kind === 'exact' || choices.length > 1, {
      path: ['choices'],
      message: 'are two or more where their first tokens are compared',
    }),
]);
export type ModelRequest = z.output<typeof ModelRequest>;
export type CompleteRequest = Extract<ModelRequest, { verb: 'complete' }>;
export type ScoreRequest = Extract<ModelRequest, { verb: 'score' }>;

const Tokens = z.strictObject({ input: z.int().min(0), output: z.int().min(0) });

/** What a model answered, as it is kept. */
export const ModelAnswer = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('complete'),
    text: z.string(),
    /** `stop`: the model ended; `length`: it was cut at `maxTokens`. */
    finish: z.enum(['stop', 'length']),
    tokens: Tokens,
  }),
  z.strictObject({
    verb: z.literal('score'),
    kind: z.enum(['exact', 'first-token']),
    /** In the order of the request; natural logarithms. */
    choices: z.array(
      z.strictObject({
        logProbability: z.number(),
        /** The choice was outside of what the server shows: its probability is at most this. */
        bound: z.boolean(),
      }),
    ),
    tokens: Tokens,
  }),
]);
export type ModelAnswer = z.output<typeof ModelAnswer>;
export type CompleteAnswer = Extract<ModelAnswer, { verb: 'complete' }>;
export type ScoreAnswer = Extract<ModelAnswer, { verb: 'score' }>;

/** The probability on all choices together, at most 1; an upper bound where a choice has one. */
export const massOf = (choices: readonly { readonly logProbability: number }[]): number =>
  Math.min(
    1,
    choices.reduce((sum, { logProbability }) => sum + Math.exp(logProbability), 0),
  );

/**
 * The key of a request to one version of a model: SHA-256 over both. The same request has one key,
 * so that it is asked and paid once.
 */
export const keyOf = (model: { publicId: string }, request: ModelRequest): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([model.publicId, ModelRequest.parse(request)]))
    .digest();
