import type { Trx } from '#storage/database.js';
import { Problem } from '#web/problem.js';
import { openLink } from './arrival.js';

const day = 24 * 3_600_000;

/**
 * Refuses a further visitor of an open link while too many who consented within a day have answered
 * nothing: a script would join without end, and nobody else could be told from it by address. The
 * caller holds the study’s lock. The same form sent again is let through.
 */
export async function requireRoomAtOpenLink(
  trx: Trx,
  options: { studyId: number; key: string; cap: number; now: number },
): Promise<void> {
  const { studyId, key, cap, now } = options;
  const waiting = await trx
    .selectFrom('rater')
    .select(['id', 'join_key'])
    .where('study_id', '=', studyId)
    .where('arrival', '=', openLink.name)
    .where('consented_at', '>', now - day)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('assignment')
            .select('assignment.id')
            .whereRef('assignment.rater_id', '=', 'rater.id')
            .where('assignment.submitted_at', 'is not', null),
        ),
      ),
    )
    .orderBy('id', 'desc')
    .limit(cap)
    .execute();
  if (waiting.length < cap || waiting.some(({ join_key: joinKey }) => joinKey === key)) return;
  throw new Problem(
    429,
    'too_many_waiting',
    'Too many people have joined this study and not begun yet.',
    'Nothing was stored. Come back later with the same link.',
  );
}
