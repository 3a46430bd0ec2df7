import { Pipeline } from '#generation/pipeline.js';
import { createRandom } from '#statistics/random.js';
import type { LastCandidate, RoundData } from '#rounds/input.js';
import { smallPipeline } from '../support/generation.js';
import { type Planted, plantedData } from '../reports/planted.js';

/** A pipeline whose first stage writes with so many prompts, and keeps so many of each label. */
export const pipelineOf = (prompts: number, top: number | null = null): Pipeline =>
  Pipeline.parse({
    ...smallPipeline,
    stages: smallPipeline.stages.map((stage) =>
      stage.kind === 'write'
        ? {
            ...stage,
            prompts: Array.from(
              { length: prompts },
              (_, prompt) => `Wording ${prompt + 1}: what would {description} {verb} with?`,
            ),
            samples: 100,
          }
        : stage.kind === 'keep'
          ? { ...stage, top }
          : stage,
    ),
  });

const words = ['kind', 'walk', 'music', 'early', 'bread', 'letter', 'garden', 'never', 'friend'];

/** Texts of nine words at random; every third of a prompt that repeats itself is the same. */
const textOf = (line: number, repeats: boolean): string => {
  if (repeats && line % 3 === 0) return 'I would rather stay at home and read a long book.';
  const random = createRandom(`text ${line}`);
  return Array.from({ length: 12 }, () => words[Math.floor(random() * words.length)]).join(' ');
};

export interface PlantedRound extends Planted {
  readonly prompts: number;
  readonly top?: number | null;
  /** Candidates that were beyond the top, for each prompt and label. */
  readonly spare?: number;
  /** Prompts that repeat themselves. */
  readonly repeats?: ReadonlySet<number>;
  readonly state?: RoundData['study']['study']['state'];
}

/** Example 0 was written by prompt 0, example 1 by prompt 1, and so on; labels come in pairs. */
export const promptOfExample = (example: number, prompts: number): number =>
  Math.floor(example / 2) % prompts;

/** A round whose truth is known: which examples of which prompt have a wrong label. */
export function plantedRound(planted: PlantedRound): RoundData {
  const { prompts, top = null, spare = 0, repeats = new Set(), state = 'closed' } = planted;
  const study = plantedData({ examples: 200, ...planted });
  const pipeline = pipelineOf(prompts, top);
  const kept = study.items.map(({ line, label }): LastCandidate => ({
    line,
    label,
    prompts: new Map([[0, promptOfExample(line - 1, prompts)]]),
  }));
  const others = Array.from({ length: prompts * 2 * spare }, (_, index): LastCandidate => ({
    line: null,
    label: index % 2,
    prompts: new Map([[0, Math.floor(index / 2) % prompts]]),
  }));
  return {
    generation: { publicId: 'generation-1', name: pipeline.name },
    pipeline,
    stages: [
      {
        position: 0,
        counts: Array.from({ length: prompts }, () => ({ written: 200, wellFormed: 180 })),
      },
    ],
    candidates: [...kept, ...others],
    study: { ...study, study: { ...study.study, state } },
    dataset: 0,
    texts: study.items.map(({ line }) => ({
      line,
      text: textOf(line, repeats.has(promptOfExample(line - 1, prompts))),
      choices: ['Yes', 'No'],
      label: line % 2,
    })),
  };
}

/** Examples of a prompt of which the label is wrong: every so many-th of them. */
export const wrongOf = (prompt: number, prompts: number, every: number): Set<number> =>
  new Set(
    Array.from({ length: 400 }, (_, example) => example).filter(
      (example) =>
        promptOfExample(example, prompts) === prompt &&
        Math.floor(example / 2 / prompts) % every === 0,
    ),
  );
