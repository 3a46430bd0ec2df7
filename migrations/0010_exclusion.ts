import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * Which judgments of an excluded rater lost a place by it, so that taking the exclusion back makes
 * nothing count that did not count before. Of judgments excluded already it is known of those alone
 * that were sent in time, and taken from the history.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table assignment add column place_lost {INT} not null default 0 check (place_lost = 0 or (place_lost = 1 and excluded_at is not null));
update assignment set place_lost = 1
where state = 'submitted' and role = 'validation' and excluded_at is not null
  and exists (select 1 from assignment_event where assignment_event.assignment_id = assignment.id and assignment_event.from_state = 'leased' and assignment_event.to_state = 'submitted')
  and not exists (select 1 from study where study.id = assignment.study_id and study.closed_at <= assignment.submitted_at);
`,
  );
