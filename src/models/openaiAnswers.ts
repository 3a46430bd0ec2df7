import { z } from 'zod';

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

/** The figures that `/completions` gives for each token. */
export const TokenFigures = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(figure.nullable()),
});

export const EchoAnswer = z.object({
  choices: z.array(
    z.object({
      index: z.int().min(0),
      text: z.string(),
      logprobs: TokenFigures.nullish(),
    }),
  ),
  usage: Usage,
});
export type EchoAnswer = z.output<typeof EchoAnswer>;
export type EchoChoice = EchoAnswer['choices'][number];

export const FirstCompletion = z.object({
  choices: z.tuple([
    z.object({
      logprobs: z
        .object({ top_logprobs: z.array(z.record(z.string(), figure).nullable()).nullish() })
        .nullish(),
    }),
  ]),
  usage: Usage,
});

export const FirstChat = z.object({
  choices: z.tuple([
    z.object({
      logprobs: z
        .object({
          content: z
            .array(
              z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: figure })) }),
            )
            .nullish(),
        })
        .nullish(),
    }),
  ]),
  usage: Usage,
});
