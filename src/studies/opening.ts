import type { Insertable } from 'kysely';
import { recordAudit } from '#accounts/audit.js';
import type { Db, Trx } from '#storage/database.js';
import { readJson, writeJson } from '#storage/json.js';
import type { ItemTable } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { checkItems, knownExamples, type Left } from './checks.js';
import { eligibleExamples, findingsByExample, undrawnConfidence } from './eligibility.js';
import { moveStudyIn } from './lifeCycle.js';
import { planStudy, type StudyPlan } from './plan.js';
import { ItemFindings, Sampling } from './sampled.js';
import { sampleExamples } from './sampling.js';
import { StudySettings } from './settings.js';
import { lockStudy, type Study } from './study.js';

const rowsPerInsert = 1000;

/** The mask of an item none of whose k places is taken. */
export const allPlacesFree = (overlap: number): number => 2 ** overlap - 1;

async function insertItems(trx: Trx, items: readonly Insertable<ItemTable>[]): Promise<void> {
  for (let from = 0; from < items.length; from += rowsPerInsert)
    await trx
      .insertInto('item')
      .values(items.slice(from, from + rowsPerInsert))
      .execute();
}

/**
 * Samples every dataset of the plan and writes the items, and those beside the sample; `position` is
 * the seeded order, `rank` moves with places taken.
 */
async function sampleItems(
  trx: Trx,
  study: Study,
  settings: StudySettings,
  plan: StudyPlan,
): Promise<void> {
  const known = await knownExamples(trx, study.id);
  const left: Left[] = [];
  for (const [position, planned] of plan.datasets.entries()) {
    const { dataset, description } = planned;
    const seed = `${study.seed} ${dataset.public_id}`;
    const candidates = (await eligibleExamples(trx, dataset.id, planned.excluded)).filter(
      ({ id }) => !known.has(id),
    );
    const { drawn: sample, strata } = sampleExamples(candidates, {
      size: settings.sampleSize,
      seed,
      part: dataset.part,
    });
    if (dataset.part !== 'dropped') {
      const drawn = new Set(sample.map(({ id }) => id));
      left.push({
        datasetId: dataset.id,
        candidates: candidates.filter(({ id }) => !drawn.has(id)),
      });
    }
    const findings = await findingsByExample(trx, dataset.id);
    const sampling: Sampling = {
      seed,
      examples: planned.eligibility.examples,
      eligible: planned.eligibility.eligible,
      sampled: sample.length,
      excludedFindings: [...planned.excluded],
      leftOut: planned.eligibility.leftOut.map(({ finding, count }) => ({ finding, count })),
      strata: [...strata],
    };
    await trx
      .insertInto('study_dataset')
      .values({
        study_id: study.id,
        dataset_id: dataset.id,
        behaviour_id: dataset.behaviour_id,
        behaviour_description_id: description?.id ?? null,
        position,
        sampling: writeJson(Sampling, sampling),
      })
      .execute();
    await insertItems(
      trx,
      sample.map((candidate, index) => ({
        study_id: study.id,
        dataset_id: dataset.id,
        example_id: candidate.id,
        role: 'validation' as const,
        overlap: settings.overlap,
        free_places: allPlacesFree(settings.overlap),
        rank: 0,
        position: index,
        findings: writeJson(ItemFindings, findings.get(candidate.id) ?? []),
      })),
    );
    const undrawn = await undrawnConfidence(trx, {
      studyId: study.id,
      datasetId: dataset.id,
      excluded: planned.excluded,
    });
    await trx
      .updateTable('study_dataset')
      .set({ sampling: writeJson(Sampling, { ...sampling, undrawn }) })
      .where('study_id', '=', study.id)
      .where('dataset_id', '=', dataset.id)
      .execute();
  }
  await insertItems(trx, await checkItems(trx, { study, settings, left }));
}

/**
 * Opens a draft: checks that nothing stands in the way, samples, writes the items, stores the
 * settings as opened and the versions of the behaviours' descriptions. All of it or nothing. Throws
 * a `Problem` that lists what is missing.
 */
export async function openStudy(
  db: Db,
  options: { study: Study; now: number; staff: Staff | null },
): Promise<Study> {
  return inTransaction(db, async (trx) => {
    const study = await lockStudy(trx, options.study.id);
    if (study.state === 'open') return study;
    if (study.state !== 'draft')
      return moveStudyIn(trx, {
        studyId: study.id,
        to: 'open',
        now: options.now,
        accountId: options.staff?.accountId ?? null,
      });
    const settings = readJson(StudySettings, study.settings, 'study.settings');
    const plan = await planStudy(trx, study);
    if (plan.obstacles.length > 0) {
      throw new Problem(
        409,
        'study_not_ready',
        'The study cannot be opened yet.',
        'Nothing was changed.',
        plan.obstacles.map((obstacle) => ({ field: 'study', message: obstacle.message })),
      );
    }
    await trx.deleteFrom('study_dataset').where('study_id', '=', study.id).execute();
    await sampleItems(trx, study, settings, plan);
    const opened = await moveStudyIn(trx, {
      studyId: study.id,
      to: 'open',
      now: options.now,
      accountId: options.staff?.accountId ?? null,
    });
    await recordAudit(trx, {
      at: options.now,
      staff: options.staff,
      action: 'study.open',
      subject: `study ${study.public_id}`,
      detail: { items: plan.items, overlap: settings.overlap },
    });
    return opened;
  });
}
