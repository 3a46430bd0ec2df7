import { createRandom, shuffle } from '#statistics/random.js';
import { seededShare } from './sources.js';

/** An item beside the sample: one of the block, or one with a known answer. */
export interface CheckItem {
  readonly id: number;
  readonly example_id: number;
  readonly behaviourId: number;
  readonly role: 'calibration' | 'gold';
}

/**
 * The items beside the sample that one rater gets, in their own order: the whole block, and as many
 * with a known answer as the study says. The same for the same seed.
 */
export function checksOf(
  { checkItems, goldItems }: { checkItems: readonly CheckItem[]; goldItems: number },
  seed: string,
): CheckItem[] {
  const random = createRandom(`${seed} checks`);
  const gold = shuffle(
    checkItems.filter(({ role }) => role === 'gold'),
    random,
  ).slice(0, goldItems);
  return shuffle([...checkItems.filter(({ role }) => role === 'calibration'), ...gold], random);
}

/**
 * How many of so many checks are to have come once a rater had this many items: one at a random
 * moment within each of as many equal parts of the first `over` items, so that neither distance nor
 * place tells which they are.
 */
export function checksDue(
  { seed, checks, over }: { seed: string; checks: number; over: number },
  had: number,
): number {
  const part = Math.max(over, checks) / checks;
  if (had >= part * checks) return checks;
  // All of the parts that are over, and perhaps one of the present part.
  const present = Math.floor(had / part);
  const share = seededShare(`${seed} check ${present}`);
  // At the end of the last part, rounding can count one more.
  return Math.min(checks, present + Number((present + share) * part < had + 1));
}

/**
 * How many checks still come for a rater who had `had` items, `checksHad` of them checks, while
 * `others` further items of the sample are left for them.
 */
export function checksToCome(
  schedule: { seed: string; checks: number; over: number },
  { had, checksHad, others }: { had: number; checksHad: number; others: number },
): number {
  let [total, checked, left] = [had, checksHad, others];
  while (checked < schedule.checks && (left > 0 || checksDue(schedule, total) > checked)) {
    if (checksDue(schedule, total) > checked) checked += 1;
    else left -= 1;
    total += 1;
  }
  return checked - checksHad;
}
