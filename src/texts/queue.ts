import type { Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { missingTexts } from './measureStudy.js';
import type { TextsPayload } from './textsJob.js';

/** What a page says of the measuring of a study's texts. */
export interface TextsState {
  /** Datasets and pairs that are not measured yet. */
  readonly missing: number;
  /** Why the last attempt failed; null where none did. */
  readonly fault: string | null;
}

/**
 * Has the texts of a study, opened or not, measured where a measure is missing, unless that is under way
 * already.
 */
export async function queueTexts(application: Application, study: Study): Promise<TextsState> {
  const missing = await missingTexts(application.db, study.id);
  if (missing === 0) return { missing, fault: null };
  const payload: TextsPayload = { study: study.public_id };
  const last = await application.jobs.latest('texts', payload);
  await application.jobs.addOnce('texts', payload, null);
  return { missing, fault: last?.state === 'failed' ? last.error : null };
}
