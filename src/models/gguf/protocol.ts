import { z } from 'zod';
import { failureKinds, notAskable } from '../failure.js';
import { ModelAnswer, ModelRequest } from '../request.js';
import { Frame } from '../settings.js';

/**
 * What the process with the engine is told. It answers each once, in order, but for `cancel`, which
 * ends what it is working on.
 */
export const ToEngine = z.discriminatedUnion('say', [
  z.strictObject({
    say: z.literal('load'),
    /** Paths of the engine's main module and of the model file. */
    engine: z.string(),
    file: z.string(),
    frame: Frame,
    context: z.int().min(1),
    threads: z.int().min(1),
  }),
  z.strictObject({ say: z.literal('ask'), request: ModelRequest }),
  z.strictObject({ say: z.literal('find-control-tokens'), texts: z.array(z.string()) }),
  z.strictObject({ say: z.literal('cancel') }),
]);
export type ToEngine = z.output<typeof ToEngine>;

/** What the process with the engine answers. */
export const FromEngine = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('loaded') }),
  z.strictObject({ say: z.literal('answer'), answer: ModelAnswer }),
  z.strictObject({
    say: z.literal('control-tokens'),
    /** For each text the first control token that it spells. */
    found: z.array(z.string().nullable()),
  }),
  z.strictObject({ say: z.literal('cancelled') }),
  z.strictObject({
    say: z.literal('failed'),
    kind: z.enum(failureKinds),
    message: z.string(),
    reason: z.enum(notAskable).nullable(),
  }),
]);
export type FromEngine = z.output<typeof FromEngine>;
