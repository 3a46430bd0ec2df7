import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import type { Study } from '../study.js';
import type { GivenPower } from './fields.js';
import { powerOf, requirePilot } from './powering.js';
import { questionOfStudy, withGiven } from './question.js';
import type { PowerAnswer } from './schema.js';

/** What keeps a study's form from being simulated. */
export const nothingToSimulate =
  'The form asks neither which answer fits nor for relevance; only these are simulated.';

/**
 * Answers what a study of this and other sizes would show. Throws a `Problem` where the form asks
 * nothing that is simulated, or the pilot is none.
 */
export async function askPower(
  application: Pick<Application, 'db' | 'database'>,
  study: Study,
  given: GivenPower,
): Promise<PowerAnswer> {
  const question = withGiven(await questionOfStudy(application.db, study), given);
  if (!question.asks.labels && !question.asks.relevance)
    throw new Problem(409, 'nothing_to_simulate', nothingToSimulate);
  return powerOf(application, question, await requirePilot(application.db, given.pilot));
}
