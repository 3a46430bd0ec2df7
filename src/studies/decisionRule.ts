import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { type DecisionRule, changeableSettings } from './draft.js';
import { presentSettings, settingsOf, type Study } from './study.js';

const Detail = z.object({ postHoc: z.boolean() });

/**
 * The threshold and margins by which a study is judged, when they were set, and whether that was
 * after the first judgment.
 */
export interface StampedRule extends DecisionRule {
  readonly setAt: number | null;
  readonly postHoc: boolean;
  /** As they stood when the study was opened. */
  readonly opened: DecisionRule;
}

const ruleOf = ({ threshold, agreementMargin, relevanceMargin }: DecisionRule): DecisionRule => ({
  threshold,
  agreementMargin,
  relevanceMargin,
});

/** The rule that holds now. Set back to what it was when opened, it is not post hoc. */
export async function decisionRule(db: Db, study: Study): Promise<StampedRule> {
  const opened = ruleOf(settingsOf(study));
  const present = ruleOf(presentSettings(study));
  const event = await db
    .selectFrom('study_event')
    .select(['at', 'detail'])
    .where('study_id', '=', study.id)
    .where('action', '=', 'rule')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const differs = changeableSettings.some((name) => opened[name] !== present[name]);
  const anyPostHoc =
    differs && event !== undefined && Detail.parse(JSON.parse(event.detail)).postHoc;
  return {
    ...present,
    setAt: differs ? (event?.at ?? null) : study.opened_at,
    postHoc: anyPostHoc,
    opened,
  };
}
