import type { Pipeline } from '#generation/pipeline.js';
import type { StudyData } from '#reports/input/data.js';
import type { TextCorpus } from '#texts/measures.js';

/** A prompt with what became of the answers to it. */
export interface PromptCounts {
  readonly written: number;
  readonly wellFormed: number;
}

/** A stage that writes. */
export interface WritingStage {
  readonly position: number;
  /** By number of the prompt. */
  readonly counts: readonly PromptCounts[];
}

/** A candidate of the last making stage that was kept, or that would have been, had others not been. */
export interface LastCandidate {
  /** Its row in the kept dataset; null where it is not in it. */
  readonly line: number | null;
  readonly label: number | null;
  /** The prompt that wrote it or its ancestor, by position of the stage. */
  readonly prompts: ReadonlyMap<number, number>;
}

/** All that a round is computed from. */
export interface RoundData {
  readonly generation: { readonly publicId: string; readonly name: string };
  readonly pipeline: Pipeline;
  readonly stages: readonly WritingStage[];
  readonly candidates: readonly LastCandidate[];
  readonly study: StudyData;
  /** The kept dataset, as index in the study. */
  readonly dataset: number;
  /** Texts of the kept dataset: all, or a random sample of them. */
  readonly texts: TextCorpus['texts'];
}

/** Lines of the kept dataset that descend from each prompt of a stage: line → prompt. */
export const promptsByLine = (
  { candidates }: Pick<RoundData, 'candidates'>,
  position: number,
): Map<number, number> =>
  new Map(
    candidates.flatMap(({ line, prompts }): [number, number][] => {
      const prompt = prompts.get(position);
      return line === null || prompt === undefined ? [] : [[line, prompt]];
    }),
  );
