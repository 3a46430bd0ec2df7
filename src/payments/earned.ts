import { platformOf } from '#platforms/platform.js';
import type { Earned } from '#raters/earned.js';
import type { Rater } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { plural } from '#web/format.js';
import { workedTime } from '#assignment/workedTime.js';
import { amountWords } from './money.js';
import { owed, type Work } from './owed.js';
import { currentRule, type PayRule } from './rule.js';
import { workOfStudy } from './work.js';

/** What one rater did. */
async function workOf(db: Db, rater: Pick<Rater, 'id' | 'worked_ms'>): Promise<Work> {
  const rows = await db
    .selectFrom('judgment')
    .select(['shown_at', 'submitted_at', 'active_ms'])
    .where('rater_id', '=', rater.id)
    .where('revision', '=', 1)
    .execute();
  return {
    judgments: rows.length,
    activeMs: rater.worked_ms ?? rows.reduce((sum, row) => sum + workedTime(row), 0),
  };
}

const keptFor = 60_000;
const kept = new WeakMap<Db, Map<number, { at: number; medianMs: number | null }>>();

/** The median time of a study, read once a minute: the floor alone needs it. */
async function medianOf(db: Db, studyId: number, now: number): Promise<number | null> {
  let byStudy = kept.get(db);
  if (byStudy === undefined) kept.set(db, (byStudy = new Map()));
  const known = byStudy.get(studyId);
  if (known !== undefined && now >= known.at && now - known.at < keptFor) return known.medianMs;
  const { medianMs } = await workOfStudy(db, studyId);
  byStudy.set(studyId, { at: now, medianMs });
  return medianMs;
}

/** What the platform pays of it by itself, in a sentence. */
function rewardWords(rule: PayRule, rater: Rater, whole: number): string {
  const known = ['open-link', 'personal-link', 'simulated'].includes(rater.arrival);
  if (known || rule.reward === 0) return '';
  const { name, title } = platformOf(rater.arrival);
  const who = name === 'template' ? 'The platform that sent you' : title;
  const own = amountWords(Math.min(rule.reward, whole), rule.currency);
  return whole <= rule.reward
    ? ` ${who} pays ${amountWords(rule.reward, rule.currency)} for your visit once it is finished.`
    : ` ${who} pays ${own} of it for your visit once it is finished; the rest comes as a bonus.`;
}

/**
 * What a rater has earned by the rule that holds now, and never less than what stands in the ledger
 * for them.
 */
export const earnedOf: Earned = async (db, rater, now) => {
  const stored = await currentRule(db, rater.study_id);
  if (stored === null || rater.origin === 'simulated') return null;
  const { rule } = stored;
  const work = await workOf(db, rater);
  if (work.judgments === 0) return null;
  const medianMs = rule.floor === null ? null : await medianOf(db, rater.study_id, now);
  const { work: pay, floor } = owed(rule, work, medianMs);
  const { sum } = await db
    .selectFrom('ledger_entry')
    .select((eb) => eb.fn.sum<number | null>('amount_minor').as('sum'))
    .where('rater_id', '=', rater.id)
    .where('kind', '<>', 'reward')
    .executeTakeFirstOrThrow();
  const whole = Math.max(pay + floor, Number(sum ?? 0));
  return `For ${plural(work.judgments, 'judgment')} you have earned ${amountWords(whole, rule.currency)}.${rewardWords(rule, rater, whole)}`;
};
