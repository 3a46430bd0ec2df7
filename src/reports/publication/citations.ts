import { worksOnModels } from './worksOnModels.js';
import { type Citation, worksOnShares } from './worksOnShares.js';

/** Every work that a sentence of the report may name. */
export const citations: readonly Citation[] = [...worksOnShares, ...worksOnModels];

/** A stretch of a sentence, and the work to cite behind it. */
export interface CitedStretch {
  readonly text: string;
  readonly key: string | null;
}

/**
 * What stands between “ and ” is somebody's own wording, in which nothing is cited, unless it is a
 * title of ours.
 */
const quoted = /“[^”]*”/g;

/** Cuts a sentence behind each first naming of a work; a work in `already` is not cited again. */
export function citedStretches(
  sentence: string,
  already: ReadonlySet<string> = new Set(),
): CitedStretch[] {
  const quotes = Array.from(sentence.matchAll(quoted), (match) => ({
    from: match.index,
    to: match.index + match[0].length,
  }));
  const cuts = citations
    .flatMap(({ key, phrase }) => {
      if (already.has(key)) return [];
      const named = Array.from(sentence.matchAll(new RegExp(phrase, 'g'))).find(
        (match) => !quotes.some((quote) => match.index >= quote.from && match.index < quote.to),
      );
      return named === undefined ? [] : [{ key, end: named.index + named[0].length }];
    })
    .toSorted((left, right) => left.end - right.end);
  const stretches: CitedStretch[] = [];
  let from = 0;
  for (const { key, end } of cuts) {
    stretches.push({ text: sentence.slice(from, end), key });
    from = end;
  }
  stretches.push({ text: sentence.slice(from), key: null });
  return stretches;
}
