import { answerModel, type AnswerModel, answerVariances } from '#statistics/power/answers.js';
import { drawRaters, setDrawer } from '#statistics/power/draw.js';
import { labelVoteVariances, relevanceVariances } from '#statistics/power/precision.js';
import { raterLeaning } from '#statistics/raterLeaning.js';
import type { Random } from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';

/** Two sets of one size, judged by raters who lean to one of them more or less. */
export interface LeaningDesign {
  readonly measure: 'labels' | 'relevance';
  /** Of votes for the label; null for ratings. */
  readonly share: number | null;
  readonly raters: number;
  /** The share of the work of the five busiest. */
  readonly busiest?: number;
  readonly items: number;
  readonly overlap: number;
  /** The standard deviation over raters of their true differences. */
  readonly deviation: number;
}

const usual = { measure: 'labels', share: 0.95, raters: 20, items: 100, overlap: 3 } as const;
const ratings = { ...usual, measure: 'relevance', share: null } as const;

/** The grid that is tried in full by bench/raterLeaning.ts. */
export const leaningDesigns: readonly LeaningDesign[] = [
  ...[5, 10, 20, 60].flatMap((raters) =>
    [0, 0.02, 0.05, 0.1].map((deviation) => ({ ...usual, raters, deviation })),
  ),
  ...[0, 0.05].flatMap((deviation) => [
    { ...usual, share: 0.98, deviation },
    { ...usual, share: 0.98, raters: 10, deviation },
    { ...usual, share: 0.8, deviation },
    { ...usual, busiest: 0.6, deviation },
    { ...usual, busiest: 0.8, raters: 40, deviation },
    { ...usual, items: 300, deviation },
    { ...usual, items: 30, raters: 6, deviation },
    { ...usual, overlap: 1, deviation },
    { ...usual, overlap: 5, raters: 5, deviation },
  ]),
  ...[5, 10, 20, 60].flatMap((raters) =>
    [0, 0.1, 0.3].map((deviation) => ({ ...ratings, raters, deviation })),
  ),
  ...[0, 0.2].flatMap((deviation) => [
    { ...ratings, busiest: 0.6, deviation },
    { ...ratings, overlap: 5, raters: 5, deviation },
    { ...ratings, items: 30, raters: 6, deviation },
  ]),
];

function modelOf({ measure, share, deviation }: LeaningDesign): AnswerModel {
  const leaning = deviation ** 2 / 2;
  const model =
    measure === 'labels'
      ? answerModel([1 - (share ?? 0.5), share ?? 0.5], {
          ...labelVoteVariances(share ?? 0.5),
          leaning,
        })
      : answerModel([0.02, 0.025, 0.09, 0.265, 0.6], { ...relevanceVariances, leaning }, 1);
  if ('kind' in model) throw new Error('There is no such model.');
  return model;
}

/** How often the interval of `raterLeaning` holds the true deviation. */
export function tryLeaning(
  design: LeaningDesign,
  runs: number,
  random: Random,
): {
  truth: number;
  held: number;
  /** How often the lower limit lies above 0. */
  above: number;
  estimate: number;
  lower: number;
  upper: number;
} {
  const model = modelOf(design);
  const truth = Math.sqrt(2 * Math.max(0, answerVariances(model).leaning));
  const scale = design.measure === 'labels' ? { lower: 0, upper: 1 } : { lower: 1, upper: 5 };
  const draw = setDrawer(design, [model]);
  const { items, overlap } = design;
  const found = { held: 0, above: 0, estimate: 0, lower: 0, upper: 0 };
  for (let run = 0; run < runs; run++) {
    const effects = drawRaters(design.raters, model, random);
    const votes = (): Votes => {
      const { raters, answers } = draw(effects, random);
      return {
        items: Int32Array.from({ length: items * overlap }, (_, vote) =>
          Math.floor(vote / overlap),
        ),
        raters: raters.slice(),
        values: Float64Array.from(answers[0] ?? [], (passed) => scale.lower + passed),
      };
    };
    const estimate = raterLeaning(votes(), votes(), { scale });
    if (estimate.kind === 'undefined') continue;
    const { lower, upper } = estimate.interval ?? { lower: 0, upper: scale.upper - scale.lower };
    found.held += Number(lower <= truth && truth <= upper) / runs;
    found.above += Number(lower > 0) / runs;
    found.estimate += estimate.value / runs;
    found.lower += lower / runs;
    found.upper += upper / runs;
  }
  return { truth, ...found };
}
