import type { StageResult } from './generation.js';
import { findByRules } from './screening/byRules.js';

/**
 * A sentence of a server, or what was kept of one, as everybody may read it: a server can quote the
 * prompt, which holds texts that nobody screened. Where a rule of screening finds something, the
 * rule is named in its place.
 */
export function screenedSentence(sentence: string): string {
  const found = findByRules({ personalData: true, harm: true }, { fields: { sentence } });
  return found === null
    ? sentence
    : `What was said is not shown: screening finds “${found.detail}”.`;
}

/** What a stage came to, with its sentences as everybody may read them. */
export const screenedResult = (result: StageResult | null): StageResult | null =>
  result === null
    ? null
    : {
        ...result,
        details: result.details.map((one) => ({ ...one, detail: screenedSentence(one.detail) })),
      };
