import { count, fixed, percent } from '#web/format.js';
import type { DatasetSection } from './schema/report.js';
import type { Arm } from './votes.js';

type Work = NonNullable<DatasetSection['work']>;

/** How unequally the raters of a set shared the work; null where nothing counts. */
export function workOf({ judgments }: Arm): Work | null {
  const counts = new Map<number, number>();
  for (const { rater } of judgments) counts.set(rater, (counts.get(rater) ?? 0) + 1);
  if (counts.size === 0) return null;
  const shares = [...counts.values()].map((own) => own / judgments.length);
  return {
    effectiveRaters: 1 / shares.reduce((sum, share) => sum + share * share, 0),
    largestShare: Math.max(...shares),
  };
}

/** Above this share of the judgments by one rater, figures over raters rest on few people. */
const muchByOne = 0.25;

/** A warning where one rater gave over a quarter of the judgments; empty elsewhere. */
export function workWarning(work: Work | null, raters: number): string {
  if (work === null || raters < 4 || work.largestShare <= muchByOne) return '';
  return `One of ${count(raters)} raters gave ${percent(work.largestShare)} of the judgments: what is said beyond these raters rests on as few people as ${fixed(work.effectiveRaters, 1)} with equal work.`;
}
