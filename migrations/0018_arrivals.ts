import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * How a rater came: by the study's open link, by a personal one, or simulated. The words are not
 * listed in a check, because platforms have their own.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table rater add column arrival text not null default 'personal-link';
update rater set arrival = 'simulated' where origin = 'simulated';
update rater set arrival = 'open-link'
where origin = 'rater' and exists (select 1 from rater_event where rater_event.rater_id = rater.id and rater_event.action = 'join');
`,
  );
