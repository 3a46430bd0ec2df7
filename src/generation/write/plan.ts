import { createHash } from 'node:crypto';
import type { CompleteRequest } from '#models/request.js';
import type { FlowCandidate, Fields } from '../candidates.js';
import { allFields } from '../example.js';
import type { Pipeline, StageOf } from '../pipeline.js';
import { fieldsOf, fill } from '../template.js';
import { type Drawn, drawShown, type ShownExample } from './shown.js';

type Write = StageOf<'write'>;

/** One answer that is to be written. */
export interface Slot {
  readonly slot: number;
  readonly parent: FlowCandidate | null;
  readonly label: number | null;
  /** The index of its prompt. */
  readonly prompt: number;
  readonly shown: Drawn | null;
  /** Null where a field of the prompt is missing; `lacking` says which. */
  readonly request: CompleteRequest | null;
  readonly lacking: readonly string[];
}

/** A candidate, a label, or both, for which answers are written. */
interface Unit {
  readonly parent: FlowCandidate | null;
  readonly label: number | null;
}

/**
 * For what a stage writes: each candidate that comes in, and each label where it has none of its own
 * yet.
 */
function unitsOf(pipeline: Pipeline, candidates: readonly FlowCandidate[]): Unit[] {
  const labels = pipeline.labels.length === 0 ? [null] : pipeline.labels.map((_, label) => label);
  const parents: (FlowCandidate | null)[] = candidates.length === 0 ? [null] : [...candidates];
  return parents.flatMap((parent) =>
    (parent?.label ?? null) === null
      ? labels.map((label) => ({ parent, label }))
      : [{ parent, label: parent?.label ?? null }],
  );
}

/** How many answers a stage asks for. */
export const slotCount = (
  pipeline: Pipeline,
  { prompts, samples }: Write,
  candidates: readonly FlowCandidate[],
): number => unitsOf(pipeline, candidates).length * prompts.length * samples;

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * The answers that a stage is to write, in order: by candidate, label, prompt and sample. The same
 * pipeline, seed and candidates plan the same. Which examples a prompt shows depends on what it is
 * written for, not on its number, so that a candidate that goes leaves the other prompts as they
 * were. Requests with the same prompt count through their samples, so that none is the same twice;
 * each prompt has a seed of its own, so that texts about different things are not drawn alike.
 */
export function* planSlots(given: {
  pipeline: Pipeline;
  settings: Write;
  seed: number;
  candidates: readonly FlowCandidate[];
  pool: readonly ShownExample[];
}): Generator<Slot> {
  const { pipeline, settings, seed, pool } = given;
  const times = new Map<string, number>();
  let slot = 0;
  for (const { parent, label } of unitsOf(pipeline, given.candidates)) {
    const fields = allFields(pipeline, { fields: parent?.fields ?? {}, label });
    const about = digestOf(JSON.stringify([label, parent?.fields ?? null])).toString('hex');
    for (const [prompt, template] of settings.prompts.entries())
      for (let sample = 0; sample < settings.samples; sample += 1) {
        const shown =
          settings.shown === null
            ? null
            : drawShown(pipeline, settings.shown, {
                pool,
                label,
                fields,
                seed: `shown ${seed} ${about} ${prompt} ${sample}`,
              });
        const all: Fields =
          shown?.text === undefined || shown.text === null
            ? fields
            : { ...fields, shown: shown.text };
        const text = fill(template, all);
        let request: CompleteRequest | null = null;
        if (text !== null) {
          const digest = digestOf(`${seed} ${text}`);
          const name = digest.toString('base64');
          const before = times.get(name) ?? 0;
          times.set(name, before + 1);
          request = {
            verb: 'complete',
            prompt: text,
            sampling: settings.sampling,
            seed: digest.readUInt32BE() >>> 1,
            sample: before,
          };
        }
        const lacking =
          text === null ? fieldsOf(template).filter((name) => !Object.hasOwn(all, name)) : [];
        yield { slot, parent, label, prompt, shown, request, lacking };
        slot += 1;
      }
  }
}
