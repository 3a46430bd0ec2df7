import { recruitmentsOf } from '#platforms/recruitment.js';
import type { StudyCheck } from '#platforms/check.js';
import { amountWords } from './money.js';
import { hourly } from './owed.js';
import { currentRule } from './rule.js';
import { workOfStudy } from './work.js';

/** What would go wrong with the pay of people who come from a platform. */
export const checkPay: StudyCheck = async ({ db }, study) => {
  const recruitments = await recruitmentsOf(db, study.id);
  if (recruitments.every(({ row }) => row.retired_at !== null)) return [];
  const href = `/studies/${study.public_id}/pay`;
  const stored = await currentRule(db, study.id);
  if (stored === null) return [{ message: 'Nothing is said about what people are paid.', href }];
  const { rule } = stored;
  const { medianMs } = await workOfStudy(db, study.id);
  const gives = hourly(rule, medianMs);
  return rule.floor !== null && gives !== null && gives < rule.floor
    ? [
        {
          message: `An hour at the median pace gives ${amountWords(gives, rule.currency)}, under the floor of ${amountWords(rule.floor, rule.currency)}: what lacks is added to every rater’s pay.`,
          href,
        },
      ]
    : [];
};
