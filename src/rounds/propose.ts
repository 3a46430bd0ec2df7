import type { Pipeline, StageOf } from '#generation/pipeline.js';
import { writePipeline } from '#generation/readPipeline.js';
import { createRandom } from '#statistics/random.js';
import { count, plural } from '#web/format.js';
import type { LastCandidate } from './input.js';
import type { Change, Proposal, StageFound } from './schema.js';

/** The most answers that a pipeline may ask for each prompt and label. */
const mostSamples = 100_000;
const seeds = 2_147_483_648;

/** What is known of a round when the next one is proposed. */
export interface Found {
  readonly pipeline: Pipeline;
  readonly candidates: readonly LastCandidate[];
  readonly stages: readonly Pick<StageFound, 'position' | 'leftOut'>[];
  readonly interim: boolean;
  readonly simulated: boolean;
  /** Names the study, so that rounds after two studies draw apart. */
  readonly study: string;
}

const writeAt = ({ stages }: Pipeline, position: number): StageOf<'write'> | undefined => {
  const stage = stages[position];
  return stage?.kind === 'write' ? stage : undefined;
};

/** What a round is meant to come to, and what came of it, in one group of candidates. */
interface Group {
  /** “Yes”, or empty where candidates have no label. */
  readonly label: string;
  readonly target: number;
  /** Candidates that were kept or would have been, by the prompts that stay. */
  readonly there: number;
}

/** The target and what there was, by label; of all together where the rule counts by a field. */
function groupsOf(found: Found, target: 'top' | 'kept'): Group[] {
  const { pipeline, candidates } = found;
  const keep = pipeline.stages.findLast((stage) => stage.kind === 'keep');
  const left = new Map(
    found.stages.map(({ position, leftOut }) => [
      position,
      new Set(leftOut.map(({ prompt }) => prompt)),
    ]),
  );
  const stays = ({ prompts }: LastCandidate): boolean =>
    [...prompts].every(([position, prompt]) => left.get(position)?.has(prompt) !== true);
  const byLabel = pipeline.labels.length > 0 && (keep?.per ?? null) === null;
  const labels = byLabel ? pipeline.labels.map((_, label) => label) : [null];
  return labels.map((label) => {
    const own = candidates.filter((one) => label === null || one.label === label);
    const kept = own.filter(({ line }) => line !== null).length;
    return {
      label: label === null ? '' : (pipeline.labels[label]?.choice ?? ''),
      target: target === 'top' ? (keep?.top ?? kept) : kept,
      there: own.filter(stays).length,
    };
  });
}

/** Which stage is to write more: the last that loses a prompt, or else the last that writes. */
function writingMore({ pipeline, stages }: Found): number {
  const losing = stages.filter(({ leftOut }) => leftOut.length > 0).at(-1);
  return losing?.position ?? pipeline.stages.findLastIndex(({ kind }) => kind === 'write');
}

/** How many samples would make the target, at the share that was kept, and why; null for no more. */
function moreSamples(
  found: Found,
): { position: number; samples: number; why: string } | string | null {
  const { pipeline } = found;
  const position = writingMore(found);
  const stage = writeAt(pipeline, position);
  if (stage === undefined) return null;
  const keep = pipeline.stages.findLast((one) => one.kind === 'keep');
  const top = keep !== undefined && keep.top !== null && keep.per === null;
  const short = groupsOf(found, top ? 'top' : 'kept')
    .filter(({ target, there }) => there < target)
    .toSorted((one, other) => one.there / one.target - other.there / other.target);
  const [worst] = short;
  if (worst === undefined) return null;
  const of = worst.label === '' ? '' : ` of label “${worst.label}”`;
  const wanted = top ? 'that the pipeline is to keep' : 'that this round kept';
  if (worst.there === 0)
    return `The prompts that stay made no candidate${of} that was kept, so it cannot be said how many samples would make the ${count(worst.target)} ${wanted}. The samples stay as they are.`;
  const needed = Math.ceil((stage.samples * worst.target) / worst.there);
  const samples = Math.min(mostSamples, needed);
  const reached =
    needed > mostSamples
      ? `${count(mostSamples)} is the most that a pipeline may ask; the target would take ${count(needed)}.`
      : `At this share ${count(samples)} samples make about ${count(worst.target)}.`;
  return {
    position,
    samples,
    why: `With ${plural(stage.samples, 'sample')} the prompts that stay made ${plural(worst.there, 'candidate')}${of} that passed, of the ${count(worst.target)} ${wanted}. ${reached}`,
  };
}

/** Another seed than the pipeline has: the same one for the same study, so that files agree. */
function newSeed({ pipeline, study }: Found): number {
  const random = createRandom(`next round ${pipeline.seed} ${study}`);
  const drawn = Math.floor(random() * (seeds - 1));
  return drawn >= pipeline.seed ? drawn + 1 : drawn;
}

function notesOf(found: Found, changed: boolean, samples: boolean): string[] {
  const several = found.stages.length > 0;
  return [
    ...(found.simulated ? ['Simulated raters gave judgments: this is a trial of the method.'] : []),
    ...(found.interim
      ? ['The study is not closed: what is shown now can still change with further judgments.']
      : []),
    ...(several ? [] : ['No stage writes with several prompts, so there are none to compare.']),
    ...(several && found.stages.every(({ leftOut }) => leftOut.length === 0)
      ? ['No prompt was shown to be worse than another, so all prompts stay.']
      : []),
    ...(changed ? [] : ['Nothing is changed: the pipeline stands as it was, with its seed.']),
    ...(samples
      ? [
          `The budget stays ${found.pipeline.budget}, and more answers cost more: check whether it is enough.`,
        ]
      : []),
  ];
}

/**
 * The next round as a pipeline file: the same pipeline without the prompts that were shown to be
 * worse, with as many samples as make the target at the share that was kept, and another seed. What
 * is changed is listed with its reason, and nothing else is. Where no prompt was shown to be worse
 * and the target was met, nothing is changed at all, and the notes say so.
 */
export function proposeRound(found: Found): Proposal {
  const { pipeline } = found;
  const more = moreSamples(found);
  const raised = more === null || typeof more === 'string' ? null : more;
  const changes: Change[] = [];
  const stages = pipeline.stages.map((stage, position) => {
    if (stage.kind !== 'write') return stage;
    const leftOut = found.stages.find((one) => one.position === position)?.leftOut ?? [];
    const out = new Set(leftOut.map(({ prompt }) => prompt));
    for (const { prompt, why } of leftOut)
      changes.push({
        field: `stages[${position}].prompts[${prompt}]`,
        what: `Prompt ${prompt + 1} of stage ${position + 1} is left out.`,
        why,
      });
    const samples = raised?.position === position ? raised.samples : stage.samples;
    if (raised !== null && samples !== stage.samples)
      changes.push({
        field: `stages[${position}].samples`,
        what: `The samples of stage ${position + 1} are raised from ${count(stage.samples)} to ${count(samples)}.`,
        why: raised.why,
      });
    return { ...stage, prompts: stage.prompts.filter((_, prompt) => !out.has(prompt)), samples };
  });
  const changed = changes.length > 0;
  const seed = changed ? newSeed(found) : pipeline.seed;
  if (changed)
    changes.push({
      field: 'seed',
      what: `The seed is ${seed} instead of ${pipeline.seed}.`,
      why: 'With the same seed the prompts that stay would be given the answers that they gave before.',
    });
  const proposed: Pipeline = { ...pipeline, stages, seed };
  return {
    file: writePipeline(proposed),
    changes,
    notes: [
      ...notesOf(found, changed, raised !== null),
      ...(typeof more === 'string' ? [more] : []),
    ],
  };
}
