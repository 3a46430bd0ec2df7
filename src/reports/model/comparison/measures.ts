import type { Votes } from '#statistics/votes.js';
import type { Bounds } from '#statistics/estimate.js';
import { type Arm, choseLabel, relevanceOf, relevanceScale, unclearOf, votesOf } from '../votes.js';
import type { Difference } from '../schema/comparison.js';

/** A primary measure with the votes of both sets. */
export interface Measure extends Pick<
  Difference,
  'measure' | 'title' | 'subject' | 'unit' | 'higherIsBetter' | 'margin'
> {
  readonly generated: Votes;
  readonly human: Votes;
  /** The lowest and highest value of a vote. */
  readonly scale: Bounds;
}

/** How much worse a generated set may be; shares as fractions. */
export interface Margins {
  readonly agreement: number;
  readonly relevance: number;
}

const primary = [
  {
    measure: 'label-votes',
    title: 'Label agreement (votes)',
    subject: 'label agreement',
    unit: 'points',
    higherIsBetter: true,
    margin: 'agreement',
    scale: { lower: 0, upper: 1 },
    value: choseLabel,
  },
  {
    measure: 'relevance',
    title: 'Relevance (mean, 1 to 5)',
    subject: 'relevance',
    unit: 'scale',
    higherIsBetter: true,
    margin: 'relevance',
    scale: relevanceScale,
    value: relevanceOf,
  },
  {
    measure: 'unclear',
    title: 'Called unclear (fewer is better)',
    subject: 'clarity',
    unit: 'points',
    higherIsBetter: false,
    margin: 'agreement',
    scale: { lower: 0, upper: 1 },
    value: unclearOf,
  },
] as const;

/** The primary measures about which raters said something of both sets. */
export const measuresOf = (generated: Arm, human: Arm, margins: Margins): Measure[] =>
  primary
    .map(({ value, margin, ...measure }) => ({
      ...measure,
      margin: margins[margin],
      generated: votesOf(generated, value),
      human: votesOf(human, value),
    }))
    .filter((measure) => measure.generated.values.length > 0 && measure.human.values.length > 0);

/** Limits of a difference turned so that higher is better; null where there is no interval. */
export function turned(
  { lower, upper }: { readonly lower: number | null; readonly upper: number | null },
  higherIsBetter: boolean,
): { lower: number; upper: number } | null {
  if (lower === null || upper === null) return null;
  return higherIsBetter ? { lower, upper } : { lower: -upper, upper: -lower };
}
