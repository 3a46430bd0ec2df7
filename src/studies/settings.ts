import { z } from 'zod';

/**
 * Everything that makes a study what it is, in one object: stored as opened, carried by its report.
 */
export const StudySettings = z.strictObject({
  /** What raters see as the study's name; tells neither behaviour nor source. */
  raterTitle: z.string().trim().min(1, 'is empty').max(120).default('Rating study'),
  /** Whom raters may ask, shown on every "nothing left" and "blocked" page. */
  contact: z.string().trim().max(200).default(''),
  /**
   * What raters promise about the use of AI when they agree, and are asked about once they are done;
   * empty: neither.
   */
  aiRule: z.string().trim().max(500).default(''),
  /** Public ids of the datasets, in order. */
  datasets: z.array(z.string()).max(400),
  /** Examples sampled from each dataset. */
  sampleSize: z.int().min(1).max(1_000_000).default(100),
  /** Judgments wanted per example (k). */
  overlap: z.int().min(1).max(30).default(3),
  /**
   * Findings whose examples are left out of the sample, beside duplicates; null means every finding
   * that is left out by default.
   */
  excludedFindings: z.array(z.string()).nullable().default(null),
  /**
   * Leaves rows that stand in both sets of a pair, and copies of few-shot examples, out of a
   * comparison.
   */
  leaveOutShared: z.boolean().default(true),
  shuffleChoices: z.boolean().default(true),
  /**
   * Which item is offered first: fill items that have begun, spread over all, or a seeded random
   * order.
   */
  strategy: z.enum(['fill', 'spread', 'random']).default('fill'),
  /** Items that a rater stays with one behaviour. */
  blockLength: z.int().min(1).max(1000).default(10),
  leaseMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .default(30),
  /** Most judgments by one rater; null is no limit. */
  raterLimit: z.int().min(1).nullable().default(null),
  /** Most examples that one rater is shown in a day of UTC; null is no limit. */
  dailyLimit: z.int().min(1).nullable().default(null),
  /**
   * Examples outside the sample that every rater judges among the others: only there can all of
   * them be compared. 0 is no such block.
   */
  blockItems: z.int().min(0).max(60).default(0),
  /** Examples with a known answer that each rater judges among the others, where there are any. */
  goldItems: z.int().min(0).max(60).default(0),
  /** The first so many judgments of a rater, over which both are spread. */
  checksOver: z.int().min(1).max(10_000).default(40),
  /**
   * Share of the training that a rater has to get right in one attempt before they go on; 0 lets
   * everybody on who has been through it.
   */
  trainingShare: z.number().min(0).max(1).default(0),
  /** Attempts that a rater has; each begins the training anew. */
  trainingAttempts: z.int().min(1).max(10).default(2),
  /** Labels upheld that a set should reach, as a share. */
  threshold: z.number().min(0).max(1).default(0.9),
  /** Largest acceptable difference in label agreement, as a share (0.05 = 5 points). */
  agreementMargin: z.number().min(0).max(1).default(0.05),
  /** Largest acceptable difference in mean relevance, on the scale 1 to 5. */
  relevanceMargin: z.number().min(0).max(4).default(0.3),
});
export type StudySettings = z.output<typeof StudySettings>;

/** The most examples a day for a rater where a model wrote some of them, unless a study says otherwise. */
export const generatedDailyLimit = 200;

/** The first so many judgments of a rater over which checks are spread: no more than they may give. */
export const checksSpreadOver = ({
  checksOver,
  raterLimit,
}: Pick<StudySettings, 'checksOver' | 'raterLimit'>): number =>
  Math.min(checksOver, raterLimit ?? checksOver);

/**
 * Why checks could be told, or not all of them would come; null where there is nothing to say.
 */
export function checksFault(
  settings: Pick<StudySettings, 'blockItems' | 'goldItems' | 'checksOver' | 'raterLimit'>,
): string | null {
  const checks = settings.blockItems + settings.goldItems;
  if (checks === 0 || checksSpreadOver(settings) >= 2 * checks) return null;
  const least = `${checks} such examples need at least ${2 * checks} judgments to hide among`;
  return settings.checksOver < 2 * checks
    ? `Spread over the first judgments: ${least}.`
    : `Most judgments by one rater: ${least}, and one rater may give ${settings.raterLimit ?? 0}.`;
}
