import { z } from 'zod';

/** A number from the simulation with its Monte Carlo error, or why there is none. */
const PowerFigure = z.object({
  value: z.number().nullable(),
  error: z.number().nullable(),
  because: z.string().nullable(),
});
export type PowerFigure = z.output<typeof PowerFigure>;

/** What a study can be asked to show. */
export const powerGoals = {
  'not-worse':
    'the generated set is shown to be not worse in label agreement by the margin, if both are alike',
  difference: 'a difference is found, if label agreement of the generated set is lower by it',
  'half-width': 'the interval of labels upheld is so narrow',
  threshold: 'labels upheld are shown to reach the threshold',
  'relevance-not-worse':
    'the generated set is shown to be not worse in relevance by the margin, if both are alike',
  'relevance-difference': 'a difference is found, if relevance of the generated set is lower by it',
  'relevance-half-width': 'the interval of mean relevance is so narrow',
} as const;
export type PowerGoalName = keyof typeof powerGoals;
const goalNames = Object.keys(powerGoals) as [PowerGoalName, ...PowerGoalName[]];

/** How large a study must be for a goal, for one overlap. */
const Smallest = z.object({
  overlap: z.int(),
  /** Null where no size that was tried is enough, or none can be. */
  examples: z.int().nullable(),
  between: z.tuple([z.int(), z.int().nullable()]).nullable(),
  judgments: z.int().nullable(),
  /** With as many examples as are planned now, and with the most that were tried. */
  now: PowerFigure,
  most: PowerFigure,
});

/** What a study of one size shows. */
const Row = z.object({
  examples: z.int(),
  overlap: z.int(),
  judgments: z.int(),
  upheld_half_width: PowerFigure.nullable(),
  reaches_threshold: PowerFigure.nullable(),
  votes_half_width: PowerFigure.nullable(),
  not_worse: PowerFigure.nullable(),
  difference: PowerFigure.nullable(),
  relevance_half_width: PowerFigure.nullable(),
  relevance_not_worse: PowerFigure.nullable(),
  relevance_difference: PowerFigure.nullable(),
});
/** How a comparison of the planned size comes out. */
const Outcome = z.object({
  measure: z.enum(['labels', 'relevance']),
  /** The true difference, generated minus human-written. */
  difference: z.number(),
  because: z.string().nullable(),
  verdicts: z
    .object({
      better: PowerFigure,
      'not-worse': PowerFigure,
      equivalent: PowerFigure,
      undecided: PowerFigure,
      worse: PowerFigure,
      'no-interval': PowerFigure,
    })
    .nullable(),
});

/** How raters were taken to answer. */
const Assumed = z.object({
  from: z.enum(['defaults', 'pilot']),
  /** Why the pilot was of no use. */
  because: z.string().nullable(),
  mean: z.number(),
  /** Shares of the variance of one judgment. */
  item: z.number(),
  rater: z.number(),
  leaning: z.number(),
  residual: z.number(),
  pilot: z.object({ examples: z.int(), raters: z.int(), judgments: z.int() }).nullable(),
});

/** What studies of many sizes would show. */
export const PowerAnswer = z.object({
  pair: z.boolean(),
  datasets: z.int(),
  /** Examples of each set as planned now, and judgments of each. */
  examples: z.int(),
  /** Examples that can be sampled from each set; null where nobody knows. */
  available: z.int().nullable(),
  overlap: z.int(),
  raters: z.int(),
  busiest: z
    .number()
    .nullable()
    .describe('Share of the judgments that the five busiest raters give; null for equal work.'),
  power: z.number(),
  threshold: z.number(),
  runs: z.int(),
  seed: z.string(),
  /** The most examples that were tried. */
  most: z.int(),
  assumed: z.object({ labels: Assumed.nullable(), relevance: Assumed.nullable() }),
  goals: z.array(
    z.object({ name: z.enum(goalNames), wanted: z.number(), smallest: z.array(Smallest) }),
  ),
  rows: z.array(Row),
  outcomes: z.array(Outcome),
});
export type PowerAnswer = z.output<typeof PowerAnswer>;
export type PowerRow = z.output<typeof Row>;
export type PowerOutcome = z.output<typeof Outcome>;
export type PowerAssumed = z.output<typeof Assumed>;
