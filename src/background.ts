import { recomputeAtStart, sweepLeases } from '#assignment/sweep.js';
import { sweepImportsByJobs } from '#datasets/imports/discard.js';
import { removeUnanswered } from '#datasets/imports/refused.js';
import { jobKinds as datasetJobKinds } from '#datasets/jobKinds.js';
import { generateJob } from '#generation/generateJob.js';
import type { JobKind } from '#jobs/kinds.js';
import { sweepDeadRuns } from '#generation/moves.js';
import { publishJob, sweepPublications } from '#generation/publish/publishJob.js';
import { retentionJob, sweepDropped } from '#generation/publish/retentionJob.js';
import { sweepIds } from '#platforms/erasing.js';
import { sweepSubmissions } from '#platforms/prolific/poll.js';
import { sweepActions } from '#platforms/prolific/send.js';
import { probeJob } from '#models/probeJob.js';
import { textsJob } from '#texts/textsJob.js';
import type { Application } from '#web/application.js';
import { sweepRateLimits } from '#web/rateLimit.js';
import { sweepSessions } from '#web/sessions.js';
import type { Config } from './config.js';

/** Something that a server process does again and again. */
export interface Sweep {
  readonly name: string;
  readonly everyMs: number;
  run(application: Application): Promise<unknown>;
}

/** The features' kinds of long work. */
export const jobKinds = (config: Config): readonly JobKind[] => [
  ...datasetJobKinds,
  publishJob,
  retentionJob,
  textsJob(config.embeddings),
  probeJob.of(config.models),
  generateJob.of(config.models),
];

/** What the server does in the background while it runs. */
export const sweeps: readonly Sweep[] = [
  { name: 'jobs', everyMs: 2_000, run: ({ jobs }) => jobs.look() },
  { name: 'sessions', everyMs: 3_600_000, run: sweepSessions },
  { name: 'rate limits', everyMs: 600_000, run: sweepRateLimits },
  { name: 'dead generations', everyMs: 20_000, run: sweepDeadRuns },
  { name: 'dead imports', everyMs: 60_000, run: sweepImportsByJobs },
  { name: 'approved publications', everyMs: 60_000, run: sweepPublications },
  { name: 'dropped texts', everyMs: 3_600_000, run: sweepDropped },
  { name: 'uploads of refused files', everyMs: 3_600_000, run: removeUnanswered },
  { name: 'calls to platforms', everyMs: 60_000, run: sweepActions },
  { name: 'submissions at platforms', everyMs: 600_000, run: sweepSubmissions },
  { name: 'ids of people', everyMs: 3_600_000, run: sweepIds },
  { name: 'leases', everyMs: 30_000, run: sweepLeases },
];

/** What a server does once, before it listens: cleans up what a killed process left behind. */
export async function startUp(application: Application): Promise<void> {
  await sweepImportsByJobs(application);
  await recomputeAtStart(application);
}
