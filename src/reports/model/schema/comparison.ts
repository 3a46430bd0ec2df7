import { z } from 'zod';
import { type SkipReason, skipReasons } from '#assignment/return.js';
import { verdicts } from '#statistics/comparison/verdict.js';
import { Figure } from '#figure.js';

const verdictKinds = Object.keys(verdicts) as [keyof typeof verdicts];

/** A hypothesis test of one measure, alone and among the measures of its pair. */
export const PairTest = z.strictObject({
  p: z.number().nullable().describe('Null where there is no interval.'),
  adjusted: z
    .number()
    .nullable()
    .describe('Adjusted by Holm (1979) over the measures of the pair.'),
  overPairs: z
    .number()
    .nullable()
    .describe(
      'Adjusted once more over the compared pairs (Benjamini and Hochberg 1995). Null under two of them, and in reports from before this was done.',
    ),
  level: z.number().describe('At most this counts as shown.'),
});
export type PairTest = z.output<typeof PairTest>;

/**
 * Tests that are made of every measure; each kind is a family of its own over the measures of a
 * pair.
 */
export const PairTests = z.strictObject({
  notWorse: PairTest.describe('Not worse by more than the margin: one-sided.'),
  worse: PairTest.describe('Worse by more than the margin: one-sided.'),
  equivalent: PairTest.describe(
    'Within the margin on both sides: the larger of two one-sided tests.',
  ),
  different: PairTest.describe('Any difference at all: two-sided.'),
});
export type PairTests = z.output<typeof PairTests>;

/**
 * What would narrow an interval, and what it would take to decide an open question if the
 * difference stays as seen.
 */
export const Resolution = z.strictObject({
  shares: z
    .strictObject({ examples: z.number(), raters: z.number(), judgments: z.number() })
    .describe('Where the variance comes from; the shares add up to 1.'),
  halfWidth: z.number(),
  doubled: z
    .strictObject({ examples: z.number(), overlap: z.number().nullable(), raters: z.number() })
    .describe('The half-width with twice as many; null where there are not enough raters for it.'),
  needed: z
    .strictObject({
      examples: z.int().nullable(),
      overlap: z.int().nullable(),
      raters: z.int().nullable(),
    })
    .nullable()
    .describe(
      'Examples of each kind, judgments per example, raters; each alone would decide. Null where nothing is open, a part null where no reasonable number helps.',
    ),
});
export type Resolution = z.output<typeof Resolution>;

/**
 * A primary measure of a pair: the difference by the main method, the verdict about it, and what
 * the study could show.
 */
export const Difference = z.strictObject({
  measure: z.enum(['label-votes', 'relevance', 'unclear']),
  title: z.string(),
  subject: z.string().describe('What is compared, as it stands in a sentence.'),
  unit: z.enum(['points', 'scale']),
  /** Larger is better, so that a difference above 0 speaks for the generated set. */
  higherIsBetter: z.boolean(),
  generated: z.number().nullable(),
  human: z.number().nullable(),
  difference: Figure,
  equivalence: Figure.describe(
    'The same difference with the 90 % interval of the two one-sided tests.',
  ),
  margin: z.number(),
  verdict: z.enum(verdictKinds),
  tests: PairTests,
  detectable: z
    .number()
    .nullable()
    .describe(
      'The smallest true difference that this study would have found with a chance of 80 %.',
    ),
  resolution: Resolution.nullable(),
  sentence: z.string(),
});
export type Difference = z.output<typeof Difference>;

/** How far what is said of a measure rests on single raters, and on exclusions. */
export const Sensitivity = z.strictObject({
  measure: Difference.shape.measure,
  withoutOne: z
    .strictObject({
      raters: z.int().describe('Raters who judged both sets; each is left out once.'),
      lowest: z.number(),
      highest: z.number(),
      otherwise: z
        .array(
          z.strictObject({
            verdict: z.enum(verdictKinds),
            lower: z.boolean().describe('The generated set is shown to be lower beside it.'),
            raters: z.int(),
          }),
        )
        .describe('Other findings, with the number of raters without whom they would be given.'),
    })
    .nullable()
    .describe('Null under two such raters.'),
  withExcluded: z
    .strictObject({
      judgments: z.int(),
      difference: Figure,
      verdict: z.enum(verdictKinds),
      lower: z.boolean().describe('The generated set is shown to be lower beside it.'),
    })
    .nullable()
    .describe('With the judgments of excluded raters; null where nobody is excluded.'),
  sentences: z.array(z.string()),
});
export type Sensitivity = z.output<typeof Sensitivity>;

const Asked = z.strictObject({
  examples: z.int(),
  wanted: z.int().describe('Examples times the judgments wanted for each.'),
  counted: z.int(),
  missing: z.int().describe('Wanted less counted.'),
  answered: z.int().describe('Judgments of raters who count, surplus ones too.'),
  skipped: z.int().describe('Examples that such a rater skipped and did not take up again.'),
  reasons: z.array(
    z.strictObject({
      reason: z.enum(Object.keys(skipReasons) as [SkipReason, ...SkipReason[]]),
      count: z.int(),
    }),
  ),
  expired: z.int().describe('Shown to such a rater, whose time ran out.'),
});

/** What was wanted of both sets of a pair, and whether what is missing depends on the source. */
export const Completeness = z.strictObject({
  generated: Asked,
  human: Asked,
  skips: z
    .strictObject({
      difference: Figure.describe(
        'Share skipped of what was skipped or answered, generated minus human-written, over examples and raters.',
      ),
      p: z.number().nullable().describe('Two-sided p-value of no difference.'),
    })
    .nullable()
    .describe('Null where nothing was skipped.'),
  missing: z
    .strictObject({
      p: z.number().describe('Two-sided, by exchanging the sources of examples.'),
    })
    .nullable()
    .describe('Null where nothing is missing.'),
  sentences: z.array(z.string()),
});
export type Completeness = z.output<typeof Completeness>;

/** How much raters differ in their leaning to one of the two sets. */
export const Leaning = z.strictObject({
  measure: Difference.shape.measure,
  deviation: Figure.describe(
    'Standard deviation over raters of their own difference, generated minus human-written, beyond what their examples explain; n counts the raters who judged enough of both sets.',
  ),
  sentence: z.string(),
});
export type Leaning = z.output<typeof Leaning>;

/** What another method says of the same measure. */
export const Check = z.strictObject({
  measure: Difference.shape.measure,
  method: z.string(),
  quantity: z
    .enum(['points', 'scale', 'chance', 'delta'])
    .describe(
      'What the estimate is in: a difference in points or on the scale, the chance that a generated example has the higher value, or Cliff’s delta.',
    ),
  estimate: Figure,
  p: z.number().nullable().describe('Two-sided p-value of no difference.'),
  direction: z
    .enum(['better', 'worse', 'none'])
    .nullable()
    .describe('What it shows of the generated set; null where it shows nothing, or is no test.'),
  margin: z
    .enum(['within', 'beyond', 'open'])
    .nullable()
    .describe(
      'Worse by more than the margin: shown not to be, shown to be, open. Null where the method knows no margin.',
    ),
  agrees: z
    .boolean()
    .nullable()
    .describe(
      'Whether it says what the main interval says; null where there is nothing to compare.',
    ),
});
export type Check = z.output<typeof Check>;

/** Label agreement by vote among the examples with one own label. */
export const LabelDifference = z.strictObject({
  label: z.string(),
  generated: z.strictObject({ examples: z.int(), share: z.number() }),
  human: z.strictObject({ examples: z.int(), share: z.number() }),
  difference: Figure,
});
export type LabelDifference = z.output<typeof LabelDifference>;

/** Agreement among raters on the labels of both sets, over examples with as many choices. */
export const AgreementDifference = z.strictObject({
  coefficient: z.enum(['alpha', 'gwet']),
  choices: z.int(),
  generated: z.number().nullable(),
  human: z.number().nullable(),
  difference: Figure.describe('Generated minus human-written.'),
  p: z.number().nullable().describe('Two-sided p-value of no difference.'),
});
export type AgreementDifference = z.output<typeof AgreementDifference>;

/** The answer to "is the generated set worse than the human-written one?" over all measures. */
export const PairAnswer = z.strictObject({
  kind: z
    .enum(['better', 'not-worse', 'equivalent', 'worse', 'open', 'not-compared', 'waits'])
    .describe('“Waits”: not compared yet, since too little is judged for what must hold.'),
  sentence: z.string(),
});
export type PairAnswer = z.output<typeof PairAnswer>;
