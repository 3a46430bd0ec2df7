import { setTimeout as sleep } from 'node:timers/promises';
import { recordAudit } from '#accounts/audit.js';
import { failDeadRun, getRun, type ModelRun, moveRun, type RunVerb } from '#models/run.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import type { Generation } from './generation.js';
import { generateJob } from './generateJob.js';

/** Somebody who moves a generation, and when. */
export interface Move {
  readonly generation: Generation;
  /** Null for the command line. */
  readonly staff: Staff | null;
  readonly now: number;
}

/** Moves the run of a generation and writes the line of the audit log, in one transaction. */
export async function moveInside(
  trx: Trx,
  { generation, staff, now }: Move,
  given: { verb: RunVerb; budget?: number | null; detail?: Record<string, unknown> },
): Promise<ModelRun> {
  const { verb, budget = null, detail = {} } = given;
  const run = await moveRun(trx, { runId: generation.run_id, verb, budget, now });
  await recordAudit(trx, {
    at: now,
    staff,
    action: `generation.${verb}`,
    subject: `generation ${generation.public_id}`,
    detail: { ...detail, ...(budget === null ? {} : { budget }) },
  });
  return run;
}

/**
 * Pauses, resumes or cancels a generation. Throws a `Problem` where its run is in another state than
 * the verb starts from. One that waits afterwards has to be started.
 * @param options.budget the whole budget from now on, in millionths of the currency; null leaves it
 */
export const moveGeneration = (
  db: Db,
  options: Move & { verb: Extract<RunVerb, 'pause' | 'resume' | 'cancel'>; budget: number | null },
): Promise<ModelRun> => inTransaction(db, (trx) => moveInside(trx, options, options));

/** Fails the runs whose process has died where no job will go on with them; people may resume them. */
export async function sweepDeadRuns({ db, now }: Pick<Application, 'db' | 'now'>): Promise<void> {
  const dead = await db
    .selectFrom('model_run')
    .innerJoin('generation', 'generation.run_id', 'model_run.id')
    .select(['model_run.id', 'generation.public_id'])
    .where('model_run.state', '=', 'running')
    .execute();
  for (const { id, public_id: publicId } of dead) {
    const job = await db
      .selectFrom('job')
      .select('id')
      .where('kind', '=', generateJob.kind)
      .where('state', 'in', ['queued', 'running'])
      .where('payload', 'like', `{"generation":"${publicId}"%`)
      .limit(1)
      .executeTakeFirst();
    if (job === undefined) await failDeadRun(db, id, now());
  }
}

/** How often it is asked whether a job that had not begun the run does so, in milliseconds. */
const lookEvery = 100;

/**
 * Has a generation that waits worked on by a job. To be called by everybody who makes one or moves
 * one to `waiting`, after the transaction. One job is enough until it has begun the run: one that
 * has may be about to end, so another follows it. A job that runs may also have seen the run before
 * it waited, and end without beginning it: that one is waited for.
 */
export async function startGeneration(
  { db, jobs }: Pick<Application, 'db' | 'jobs'>,
  generation: Pick<Generation, 'public_id' | 'run_id'>,
  staff: Staff | null = null,
): Promise<void> {
  const { epoch } = await getRun(db, generation.run_id);
  const payload = { generation: generation.public_id, epoch };
  for (;;) {
    const job = await jobs.addOnce(generateJob.kind, payload, staff?.accountId ?? null);
    if (job.state !== 'running') return;
    await sleep(lookEvery);
    const run = await getRun(db, generation.run_id);
    if (run.state !== 'waiting' || run.epoch !== epoch) return;
  }
}
