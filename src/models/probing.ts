import { setTimeout as sleep } from 'node:timers/promises';
import { recordAudit } from '#accounts/audit.js';
import type { Job } from '#jobs/jobs.js';
import type { Database, Db } from '#storage/database.js';
import { readJson, writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import type { ModelsConfig } from '../config.js';
import { ModelFailure } from './failure.js';
import { type Model, refuseRetired } from './model.js';
import { kindsInWords, linesOf } from './modelWords.js';
import { openModel, providerOf } from './open.js';
import { probe, type ProbeResult } from './probe.js';
import { probeJob } from './probeJob.js';
import { StoredProbe } from './storedProbe.js';

/** Ends early where the signal is aborted: who waits looks at it. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

/** Where nothing works, that is a fault, with what was said when a text was asked for. */
const faultOf = ({ complete, kinds }: ProbeResult): string | null =>
  [complete, ...Object.values(kinds)].some(({ works }) => works) ? null : complete.sentence;

/**
 * Asks a model a few short questions and stores what it gives, or why it gives nothing. Throws a
 * `Problem` where the model is retired.
 */
export async function probeModel(
  database: Database,
  options: {
    model: Model;
    models: ModelsConfig;
    accountId: number | null;
    now: () => number;
    signal: AbortSignal;
  },
): Promise<StoredProbe> {
  const { model, signal } = options;
  const { settings } = model;
  refuseRetired(model);
  let content: StoredProbe;
  try {
    const { asker } = await openModel(model, options.models);
    try {
      const provider = providerOf(settings);
      const found = await probe({ provider, asker, settings, signal, pause });
      content = { fault: faultOf(found), found };
    } finally {
      await asker.close();
    }
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    content = { fault: error.message, found: null };
  }
  await database.db
    .insertInto('model_probe')
    .values({
      model_id: model.id,
      content: writeJson(StoredProbe, content),
      probed_at: options.now(),
      probed_by: options.accountId,
    })
    .execute();
  return content;
}

/** Probes a model here and now, for a command. */
export async function probeNow(
  { database, config, now }: Application,
  model: Model,
  signal: AbortSignal,
): Promise<StoredProbe> {
  refuseRetired(model);
  await auditProbe(database.db, { model, staff: null, now: now() });
  return probeModel(database, { model, models: config.models, accountId: null, now, signal });
}

const auditProbe = (
  db: Db,
  given: { model: Model; staff: Staff | null; now: number },
): Promise<unknown> =>
  inTransaction(db, (trx) =>
    recordAudit(trx, {
      at: given.now,
      staff: given.staff,
      action: 'model.probe',
      subject: `model ${given.model.public_id}`,
    }),
  );

const lastJob = ({ jobs }: Application, model: Model): Promise<Job | undefined> =>
  jobs.latest(probeJob.kind, { model: model.public_id });

const isUnderWay = (job: Job | undefined): boolean =>
  job !== undefined && ['queued', 'running'].includes(job.state);

/** Has a model probed by a job, unless that is under way already. */
export async function queueProbe(
  application: Application,
  model: Model,
  staff: Staff,
): Promise<void> {
  refuseRetired(model);
  if (isUnderWay(await lastJob(application, model))) return;
  const { db, now, jobs } = application;
  await auditProbe(db, { model, staff, now: now() });
  await jobs.add(probeJob.kind, { model: model.public_id }, staff.accountId);
}

/** The newest probe of each model, by the model's id. */
export async function latestProbes(
  db: Db,
): Promise<Map<number, { content: StoredProbe; probedAt: number }>> {
  const rows = await db
    .selectFrom('model_probe')
    .select(['model_id', 'content', 'probed_at'])
    .where('id', 'in', (query) =>
      query
        .selectFrom('model_probe')
        .select((eb) => eb.fn.max('id').as('id'))
        .groupBy('model_id'),
    )
    .execute();
  return new Map(
    rows.map((row) => [
      row.model_id,
      {
        content: readJson(StoredProbe, row.content, 'model_probe.content'),
        probedAt: row.probed_at,
      },
    ]),
  );
}

/** A probe as a page shows it. */
interface ShownProbe {
  readonly at: number;
  readonly fault: string | null;
  readonly kinds: string;
  readonly lines: readonly string[];
}

const mostShown = 10;

/** The newest probes of a model, and whether one is under way or failed without a result. */
export async function probeHistory(
  application: Application,
  model: Model,
): Promise<{ probes: readonly ShownProbe[]; underWay: boolean; failed: string | null }> {
  const rows = await application.db
    .selectFrom('model_probe')
    .select(['content', 'probed_at'])
    .where('model_id', '=', model.id)
    .orderBy('id', 'desc')
    .limit(mostShown)
    .execute();
  const last = await lastJob(application, model);
  // A command may have probed the model since.
  const newest = (last?.finished_at ?? 0) >= (rows[0]?.probed_at ?? 0);
  return {
    underWay: isUnderWay(last),
    failed: last?.state === 'failed' && newest ? last.error : null,
    probes: rows.map((row) => {
      const content = readJson(StoredProbe, row.content, 'model_probe.content');
      return {
        at: row.probed_at,
        fault: content.fault,
        kinds: kindsInWords(content),
        lines: linesOf(content),
      };
    }),
  };
}
