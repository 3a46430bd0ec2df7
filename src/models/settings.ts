import { z } from 'zod';

/** A prompt form of ours: what stands around the text. */
export const Frame = z.strictObject({
  kind: z.literal('frame'),
  /** Stands before the text; control tokens of the model may stand here. */
  before: z.string().max(2_000),
  /** Stands after the text, and before the reply. */
  after: z.string().max(2_000),
  /** Stands before each reply: a space, where replies begin with one. */
  reply: z.string().max(100),
});
export type Frame = z.output<typeof Frame>;

/** How a text becomes what a model is asked: its server's own chat template, or a frame of ours. */
export const PromptForm = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('chat') }),
  Frame,
]);
export type PromptForm = z.output<typeof PromptForm>;

/** A written text without what its frame puts before replies. */
export const withoutLead = ({ reply }: Frame, text: string): string =>
  text.startsWith(reply) ? text.slice(reply.length) : text;

export const providerNames = ['openai', 'anthropic', 'gguf'] as const;
export type ProviderName = (typeof providerNames)[number];

/** The only names that a variable with a key may have, so that no other secret can be sent. */
export const keyVariable = /^MODEL_KEY_[A-Z0-9_]{1,80}$/;

/** A file of the models folder: a name, never a path. */
const fileName = /^[^/\\\0]{1,200}$/;

/** An address that everybody may read: without a user, a password or a query. */
const plainAddress = (address: string): boolean => {
  if (!URL.canParse(address)) return true;
  const { username, password, search, hash } = new URL(address);
  return username === '' && password === '' && search === '' && hash === '';
};

const microUnits = z.int().min(0).max(1e12);

/** What a model is and how it is asked: stored once with the model, and never changed. */
export const ModelSettings = z
  .strictObject({
    provider: z.enum(providerNames),
    /** The address that requests go to, such as `https://api.example.org/v1`; null for a file. */
    server: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .nullable()
      .default(null),
    /** What the server calls the model, or the name of its file in `ASSAY_DATA/models`. */
    model: z.string().trim().min(1).max(300),
    /** Which state of the model it is, where the name does not say so. */
    revision: z.string().trim().max(200).nullable().default(null),
    form: PromptForm.default({ kind: 'chat' }),
    /** The name of the variable that holds the key. */
    key: z
      .string()
      .regex(keyVariable, 'is not a name such as MODEL_KEY_LAB')
      .nullable()
      .default(null),
    /** Millionths of the currency for a million tokens. */
    price: z
      .strictObject({ input: microUnits, output: microUnits })
      .default({ input: 0, output: 0 }),
    atOnce: z.int().min(1).max(256).default(8),
    perMinute: z.int().min(1).max(100_000).nullable().default(null),
    /** How long an answer may take; Node itself waits no longer than 300 seconds for its head. */
    patienceSeconds: z.int().min(1).max(300).default(120),
    /** How many tokens prompt and reply have together. */
    context: z.int().min(16).max(100_000_000),
    traits: z.record(z.string().max(100), z.union([z.string().max(200), z.number()])).default({}),
  })
  .superRefine((settings, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    const local = settings.provider === 'gguf';
    if (local && settings.server !== null) issue('server', 'is for models on a server, not a file');
    if (!local && settings.server === null) issue('server', 'is missing');
    if (settings.server !== null && !plainAddress(settings.server))
      issue('server', 'holds more than a host and a path; a key goes into a variable MODEL_KEY_…');
    if (local && !fileName.test(settings.model))
      issue('model', 'is not the name of a file; files lie in the models folder, without a path');
    if (local && settings.form.kind === 'chat')
      issue('form', 'is a frame for a file: say what stands before and after the text');
    if (settings.provider === 'anthropic' && settings.form.kind !== 'chat')
      issue('form', 'is chat for this provider');
  });
export type ModelSettings = z.output<typeof ModelSettings>;
