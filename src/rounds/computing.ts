import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { requireGeneration } from '#generation/generation.js';
import { fingerprintOf } from '#reports/input/fingerprint.js';
import { newestOf } from '#reports/thread/newest.js';
import { requireStudy } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireJudged } from './list.js';
import type { RoundTask } from './round.worker.js';
import type { Round } from './schema.js';

/** A study of many judgments takes seconds to read, so a thread does; it ends when it is not used. */
const computing = new Piscina({
  filename: fileURLToPath(new URL('./round.worker.js', import.meta.url)),
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 60_000,
  resourceLimits: { maxOldGenerationSizeMb: 4096, maxYoungGenerationSizeMb: 128 },
});

const kept = newestOf<Round>(50);
const running = new Map<string, Promise<Round>>();

/**
 * The round of a study as it stands now, given back as it is where nothing has changed since. Two
 * who ask at once share one computation. Throws “not found” where there is no such generation or
 * study, and a 409 `Problem` where the study holds nothing that the generation kept.
 */
export async function computeRound(
  { database }: Pick<Application, 'database'>,
  names: { readonly generation: string; readonly study: string },
): Promise<Round> {
  const { db, location } = database;
  await requireJudged(
    db,
    await requireGeneration(db, names.generation),
    await requireStudy(db, names.study),
  );
  const fingerprint = await fingerprintOf(db, names.study);
  const key = JSON.stringify([location, names, fingerprint]);
  const known = kept.get(key) ?? running.get(key);
  if (known !== undefined) return known;
  const task: RoundTask = { location, ...names };
  const computation = (async (): Promise<Round> => {
    const round: Round = await computing.run(task);
    kept.put(key, round);
    return round;
  })().finally(() => running.delete(key));
  running.set(key, computation);
  return computation;
}
