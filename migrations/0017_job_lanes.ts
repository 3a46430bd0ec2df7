import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * A job runs in a lane, under a number that no other running job of the lane has, and under a claim
 * that names the process's hold on it. A job that an older process still runs has a claim that
 * nobody knows: it is taken up once that process has died.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table job add column lane text not null default 'many-rows';
alter table job add column lane_no {INT} check (lane_no is null or state = 'running');
alter table job add column claim text;
create unique index job_lane_no on job (lane, lane_no);
create unique index job_claim on job (claim);
update job set lane = 'texts' where kind = 'texts';
update job set claim = public_id where state = 'running';
`,
  );
