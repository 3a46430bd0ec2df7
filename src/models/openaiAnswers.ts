import { z } from 'zod';
import type { ListedToken } from './firstToken.js';

// What servers add to their answers is let through; what Assay reads has to be there.

export const Usage = z
  .object({
    prompt_tokens: z.int().min(0),
    completion_tokens: z.int().min(0).nullish(),
  })
  .transform((usage) => ({ input: usage.prompt_tokens, output: usage.completion_tokens ?? 0 }));

const finish = z.string().nullish();

export const CompletionAnswer = z.object({
  choices: z.tuple([z.object({ text: z.string(), finish_reason: finish })]),
  usage: Usage,
});

export const ChatAnswer = z.object({
  choices: z.tuple([
    z.object({
      message: z.object({ content: z.string().nullish() }),
      finish_reason: finish,
    }),
  ]),
  usage: Usage,
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
 * `/chat/completions` and llama.cpp do (`content`); none where the server gives no figures.
 */
const FirstFigures = z
  .object({
    top_logprobs: z.array(z.record(z.string(), figure).nullable()).nullish(),
    content: z
      .array(z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: figure })) }))
      .nullish(),
  })
  .nullish()
  .transform((figures): ListedToken[] => {
    const inContent = figures?.content?.[0]?.top_logprobs ?? [];
    const legacy = Object.entries(figures?.top_logprobs?.[0] ?? {});
    return [
      ...inContent.map(({ token, logprob }) => ({ token, logProbability: logprob })),
      ...legacy.map(([token, logProbability]) => ({ token, logProbability })),
    ];
  });

export const FirstTokenAnswer = z.object({
  choices: z.tuple([z.object({ logprobs: FirstFigures })]),
  usage: Usage,
});
export type FirstTokenAnswer = z.output<typeof FirstTokenAnswer>;
