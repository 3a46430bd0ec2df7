import { z } from 'zod';
import type { ListedToken } from './firstToken.js';

// What servers add to their answers is let through; what Assay reads has to be there.

const Counted = z.object({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0).nullish(),
  total_tokens: z.int().min(0).nullish(),
});

/** What was written is what the server counts for it, or all beyond the prompt where that is more. */
const tokensOf = (usage: z.output<typeof Counted>): { input: number; output: number } => {
  const { prompt_tokens: input, completion_tokens: output, total_tokens: all } = usage;
  return { input, output: Math.max(output ?? 0, (all ?? 0) - input) };
};

const Usage = Counted.transform(tokensOf);

/** Texts are paid by what was written: that has to be counted in one of the two ways. */
const WrittenUsage = Counted.refine(
  ({ completion_tokens: output, total_tokens: all }) => (output ?? all ?? null) !== null,
  'does not say how many tokens were written',
).transform(tokensOf);

const finish = z.string().nullish();

export const CompletionAnswer = z.object({
  choices: z.tuple([z.object({ text: z.string(), finish_reason: finish })]),
  usage: WrittenUsage,
});

export const ChatAnswer = z.object({
  choices: z.tuple([
    z.object({
      message: z.object({ content: z.string().nullish() }),
      finish_reason: finish,
    }),
  ]),
  usage: WrittenUsage,
});

const figure = z.number();

export const EchoAnswer = z.object({
  choices: z.array(
    z.object({
      index: z.int().min(0),
      text: z.string(),
      logprobs: z
        .object({
          tokens: z.array(z.string()).nullish(),
          token_logprobs: z.array(figure.nullable()).nullish(),
        })
        .nullish(),
    }),
  ),
  usage: Usage,
});
export type EchoAnswer = z.output<typeof EchoAnswer>;
export type EchoChoice = EchoAnswer['choices'][number];

/**
 * The tokens that may come first, as `/completions` lists them (`top_logprobs`), or as
 * `/chat/completions` and llama.cpp do (`content`), and the one that was written; none where the
 * server gives no figures.
 */
const FirstFigures = z
  .object({
    tokens: z.array(z.string()).nullish(),
    top_logprobs: z.array(z.record(z.string(), figure).nullable()).nullish(),
    content: z
      .array(
        z.object({
          token: z.string().nullish(),
          top_logprobs: z.array(z.object({ token: z.string(), logprob: figure })),
        }),
      )
      .nullish(),
  })
  .nullish()
  .transform((figures): { listed: ListedToken[]; written: string | null } => {
    const first = figures?.content?.[0];
    const legacy = Object.entries(figures?.top_logprobs?.[0] ?? {});
    return {
      listed: [
        ...(first?.top_logprobs ?? []).map(({ token, logprob }) => ({
          token,
          logProbability: logprob,
        })),
        ...legacy.map(([token, logProbability]) => ({ token, logProbability })),
      ],
      written: first?.token ?? figures?.tokens?.[0] ?? null,
    };
  });

export const FirstTokenAnswer = z.object({
  choices: z.tuple([z.object({ logprobs: FirstFigures })]),
  usage: Usage,
});
export type FirstTokenAnswer = z.output<typeof FirstTokenAnswer>;
