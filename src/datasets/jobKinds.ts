import type { JobKind } from '#jobs/kinds.js';
import { discardJob } from './imports/discardJob.js';
import { recheckJob } from './imports/recheckJob.js';
import { importJob, smallImportJob } from './imports/importJob.js';

/** The long work of datasets, for main.ts to hand to the queue. */
export const jobKinds: readonly JobKind[] = [importJob, smallImportJob, discardJob, recheckJob];
