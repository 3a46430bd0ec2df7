import { join } from 'node:path';
import { recordAudit } from '#accounts/audit.js';
import { type Habits, ordinaryHabits } from '#simulation/habits.js';
import { simulate } from '#simulation/simulate.js';
import { inviteSimulatedRaters, renewSimulatedRaters } from '#simulation/simulatedRaters.js';
import { readTruthFile } from '#simulation/truth.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { createDraft } from '#studies/draft.js';
import { moveStudy } from '#studies/lifeCycle.js';
import { openStudy } from '#studies/opening.js';
import { StudySettings } from '#studies/settings.js';
import { findStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { plural } from '#web/format.js';
import { demoData, type DemoTarget } from './target.js';

/** One study of the demonstration. */
export interface DemoStudy {
  /** Its name in the audit log, by which it is found again whatever its title is by then. */
  readonly part: string;
  readonly title: string;
  readonly sampleSize: number;
  readonly raters: readonly Habits[];
  /** Stops after so many judgments; null means when nothing is left. */
  readonly most: number | null;
  readonly endsAs: 'closed' | 'paused';
}

const rater = (accuracy: number, leaning: number, scatter = 0.7): Habits => ({
  ...ordinaryHabits,
  accuracy,
  leaning,
  scatter,
});

/**
 * A finished study, and one that was paused soon after it began. The last rater of the first works
 * carelessly.
 */
export const demoStudies: readonly DemoStudy[] = [
  {
    part: 'finished',
    title: 'Demo: generated against human-written, finished',
    sampleSize: 40,
    raters: [
      rater(0.97, 0),
      rater(0.95, 0.3),
      rater(0.94, -0.4),
      rater(0.96, 0.1),
      rater(0.93, 0),
      rater(0.95, -0.2),
      rater(0.96, 0.2),
      rater(0.7, 0.5, 1.3),
    ],
    most: null,
    endsAs: 'closed',
  },
  {
    part: 'paused',
    title: 'Demo: paused after a few judgments',
    sampleSize: 20,
    raters: [rater(0.95, 0), rater(0.95, 0.2), rater(0.92, -0.3)],
    most: 36,
    endsAs: 'paused',
  },
];

const noteOf = (plan: DemoStudy): string => JSON.stringify({ part: plan.part });

async function findDemoStudy(db: Db, plan: DemoStudy): Promise<Study | undefined> {
  const note = await db
    .selectFrom('audit_event')
    .select('subject')
    .where('action', '=', 'demo.study')
    .where('detail', '=', noteOf(plan))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return note === undefined ? undefined : findStudy(db, note.subject.replace(/^study /, ''));
}

async function createDemoStudy(
  application: Application,
  plan: DemoStudy,
  datasets: readonly string[],
): Promise<Study> {
  const now = application.now();
  const settings = StudySettings.parse({
    raterTitle: 'Demo: rating study',
    datasets,
    sampleSize: plan.sampleSize,
    overlap: 3,
  });
  return inTransaction(application.db, async (trx) => {
    const study = await createDraft(trx, { title: plan.title, settings }, { now, accountId: null });
    await recordAudit(trx, {
      at: now,
      staff: null,
      action: 'demo.study',
      subject: `study ${study.public_id}`,
      detail: { part: plan.part },
    });
    return study;
  });
}

const isFilled = async (db: Db, study: Study): Promise<boolean> =>
  (await db
    .selectFrom('audit_event')
    .select('id')
    .where('action', '=', 'demo.filled')
    .where('subject', '=', `study ${study.public_id}`)
    .executeTakeFirst()) !== undefined;

/**
 * The study's simulated raters by their links: those that it has already, after a start that was
 * interrupted, and new ones.
 */
async function linksOf(application: Application, study: Study, count: number): Promise<string[]> {
  const known = await renewSimulatedRaters(application.db, study.id);
  return [
    ...known,
    ...(await inviteSimulatedRaters(application.db, {
      studyId: study.id,
      count: Math.max(0, count - known.length),
      now: application.now(),
    })),
  ].slice(0, count);
}

/**
 * Makes, opens, fills and ends one study of the demonstration, as far as that was not done before.
 * Gives false where nothing was left to do, whatever somebody has done with the study since.
 */
export async function ensureDemoStudy(
  target: DemoTarget,
  plan: DemoStudy,
  datasets: readonly string[],
): Promise<boolean> {
  const { application } = target;
  const { db } = application;
  const found =
    (await findDemoStudy(db, plan)) ?? (await createDemoStudy(application, plan, datasets));
  if (await isFilled(db, found)) return false;
  const study = await openStudy(db, { study: found, now: application.now(), staff: null });
  target.say(`Demo: “${study.title}”: ${plural(plan.raters.length, 'simulated rater')} at work …`);
  const links = await linksOf(application, study, plan.raters.length);
  const result = await simulate({
    address: target.address,
    raters: plan.raters.flatMap((habits, index) => {
      const link = links[index];
      return link === undefined ? [] : [{ link, habits }];
    }),
    table: await readTruthFile(join(demoData, 'truth.jsonl')),
    seed: `demo ${plan.part}`,
    atOnce: 2,
    ...(plan.most === null ? {} : { most: plan.most }),
    signal: target.signal,
  });
  const now = application.now();
  await inTransaction(db, async (trx) => {
    await moveStudy(trx, { studyId: study.id, to: plan.endsAs, now, accountId: null });
    await recordAudit(trx, {
      at: now,
      staff: null,
      action: 'demo.filled',
      subject: `study ${study.public_id}`,
      detail: { judgments: result.judgments },
    });
  });
  target.say(
    `Demo: “${study.title}”: ${plural(result.judgments, 'simulated judgment')} in ${(result.milliseconds / 1000).toFixed(0)} s; it is ${plan.endsAs} now.`,
  );
  return true;
}
