import type { Selectable } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import type { AuditEventTable } from '#storage/tables.js';
import type { Staff } from '#web/identity.js';

/**
 * One admin action: who did what to what, when. `detail` holds what a reader of the log needs,
 * never a secret.
 */
export interface AuditEntry {
  readonly at: number;
  /** Who did it; null for the command line, `server` for what a job of the server did by itself. */
  readonly staff: Pick<Staff, 'accountId' | 'email'> | 'server' | null;
  /** A short verb phrase such as `study.open`. */
  readonly action: string;
  /** Kind and public id, such as `study 3kf…`. */
  readonly subject: string;
  readonly detail?: Record<string, unknown>;
}

/**
 * Writes one line of the audit log, in the transaction of what it tells of: both are stored, or
 * neither is.
 */
export const recordAudit = (trx: Trx, { staff, ...entry }: AuditEntry): Promise<unknown> =>
  trx
    .insertInto('audit_event')
    .values({
      at: entry.at,
      account_id: staff === 'server' ? null : (staff?.accountId ?? null),
      actor: staff === 'server' ? 'server' : (staff?.email ?? 'command line'),
      action: entry.action,
      subject: entry.subject,
      detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute();

/** The newest lines of the audit log, `before` an id. */
export const listAudit = (
  db: Db,
  options: { before: number | null; limit: number },
): Promise<Selectable<AuditEventTable>[]> =>
  db
    .selectFrom('audit_event')
    .selectAll()
    .$if(options.before !== null, (query) => query.where('id', '<', options.before ?? 0))
    .orderBy('id', 'desc')
    .limit(options.limit)
    .execute();
