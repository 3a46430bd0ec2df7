import type { Kysely } from 'kysely';
import { engineOf } from '#storage/database.js';
import { run } from './dialect.js';

/**
 * An item keeps the findings that its example had when it was sampled: what is imported later
 * changes no study.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table item add column findings text not null default '[]';
update item set findings = (select ${engineOf(db) === 'postgres' ? 'json_agg(finding order by finding)::text' : 'json_group_array(finding order by finding)'} from example_finding where example_finding.example_id = item.example_id)
where exists (select 1 from example_finding where example_finding.example_id = item.example_id);
`,
  );
