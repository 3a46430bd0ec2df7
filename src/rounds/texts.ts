import { diversityOfSets } from '#statistics/texts/describe.js';
import { figure } from '#figure.js';
import { type RoundData, promptsByLine } from './input.js';
import type { PromptFound, StageFound } from './schema.js';

/** Fewer texts than this say nothing of copies and diversity. */
export const fewestTexts = 20;

/**
 * Copies and diversity of the kept texts of each prompt of a stage, in as many texts of each.
 * Prompts with too few texts are left out, so that the others are not compared at their size.
 */
export function textsOfPrompts(
  data: RoundData,
  position: number,
  prompts: number,
): {
  readonly sizes: StageFound['sizes'];
  readonly because: string | null;
  readonly prompts: readonly PromptFound['texts'][];
} {
  const promptOf = promptsByLine(data, position);
  const sets = Array.from({ length: prompts }, (_, prompt) => ({
    prompt,
    texts: data.texts.filter(({ line }) => promptOf.get(line) === prompt),
  }));
  const enough = sets.filter(({ texts }) => texts.length >= fewestTexts);
  const because =
    enough.length === prompts
      ? null
      : `Texts are compared of prompts with ${fewestTexts} kept examples or more.`;
  if (enough.length < 2) return { sizes: null, because, prompts: sets.map(() => null) };
  const found = diversityOfSets(
    enough.map(({ texts }) => texts),
    { seed: `${data.study.datasets[data.dataset]?.sha256 ?? ''} ${position}` },
  );
  return {
    sizes: { ...found.sizes },
    because,
    prompts: sets.map(({ prompt }) => {
      const own = found.sets[enough.findIndex((one) => one.prompt === prompt)];
      return own === undefined
        ? null
        : {
            repeated: figure(own.repeated),
            distinct2: figure(own.distinct2),
            selfBleu: figure(own.selfBleu),
            vendi: figure(own.vendi),
          };
    }),
  };
}
