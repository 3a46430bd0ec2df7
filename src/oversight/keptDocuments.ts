import { frozenReportsOf } from '#reports/frozen/frozen.js';
import type { Db } from '#storage/database.js';
import { registrationsOf } from '#studies/registration.js';
import type { Study } from '#studies/study.js';

/** Something of a study that was kept as it was at one moment, under a permanent link. */
export interface KeptDocument {
  readonly title: string;
  /** What a report that is provisional waited for; empty otherwise. */
  readonly note: string;
  readonly href: string;
  readonly at: number;
  /** Address of who kept it; null for the command line. */
  readonly by: string | null;
}

/** The frozen reports of a study and its registered plans, newest first. */
export async function keptDocuments(
  db: Db,
  study: Pick<Study, 'id' | 'public_id'>,
): Promise<KeptDocument[]> {
  const reports = (await frozenReportsOf(db, study.id)).map((report) => ({
    title: 'Report frozen',
    note: report.stamp ?? '',
    href: `/reports/${report.public_id}`,
    at: report.frozen_at,
    by: report.email,
  }));
  const plans = (await registrationsOf(db, study.id)).map((plan) => ({
    title: 'Plan registered',
    note: '',
    href: `/studies/${study.public_id}/registrations/${plan.public_id}`,
    at: plan.registered_at,
    by: plan.email,
  }));
  return [...reports, ...plans].toSorted((left, right) => right.at - left.at);
}
