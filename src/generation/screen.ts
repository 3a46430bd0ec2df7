import { setImmediate } from 'node:timers/promises';
import { inTransaction } from '#storage/transaction.js';
import { addDecisions, type FlowCandidate, sourceOf } from './candidates.js';
import { allStages } from './candidateSearch.js';
import { currentStages } from './generation.js';
import { putQuestion } from './judge.js';
import type { StageOf } from './pipeline.js';
import { scoreCandidates } from './scoring/candidates.js';
import type { Lane } from './scoring/lane.js';
import { reasonNames } from './reasons.js';
import { screeningsOf } from './screened.js';
import { type Score, ScoreStore } from './scoring/store.js';
import { type Found, findByRules } from './screening/byRules.js';
import type { StageContext, StageWork } from './stages.js';

/** The name of the score that says how probable it is that a candidate is harmful. */
export const harmName = 'harm';

/** Candidates between two looks at whether the work is to stop. */
const atOnce = 500;

/** Drops what an earlier attempt of a screening dropped: doing it again lets nothing through. */
async function asBefore({
  database: { db },
  generation,
  stage,
  candidates,
}: StageContext<'screen'>): Promise<FlowCandidate[]> {
  const all = await allStages(db, generation.id);
  const source = sourceOf(await currentStages(db, generation.id), stage.position);
  const earlier = source === undefined ? [] : screeningsOf(all, source);
  const rows = await db
    .selectFrom('candidate_decision')
    .select(['candidate_id', 'reason', 'detail'])
    .where('kept', '=', 0)
    .where('stage_id', 'in', [0, ...earlier.map(({ id }) => id)])
    .where('stage_id', '<>', stage.id)
    .orderBy('stage_id')
    .execute();
  const dropped = new Map(rows.map((row) => [row.candidate_id, row]));
  const again = candidates.flatMap(({ id }) => dropped.get(id) ?? []);
  await inTransaction(
    db,
    (trx) =>
      addDecisions(
        trx,
        stage,
        again.map(({ candidate_id: candidateId, reason, detail }) => ({
          candidateId,
          reason: reasonNames.find((name) => name === reason) ?? 'harm',
          detail,
          rank: null,
        })),
      ),
    { repeatable: true },
  );
  return candidates.filter(({ id }) => !dropped.has(id));
}

async function byRules(
  context: StageContext<'screen'>,
  candidates: readonly FlowCandidate[],
): Promise<FlowCandidate[]> {
  const { settings, database, stage, signal } = context;
  const store = new ScoreStore(database, stage);
  const through: FlowCandidate[] = [];
  for (const [index, candidate] of candidates.entries()) {
    if (index % atOnce === 0) await setImmediate();
    signal.throwIfAborted();
    const found = findByRules(settings, candidate);
    if (found === null) through.push(candidate);
    else await store.add([], { candidateId: candidate.id, ...found, rank: null });
  }
  await store.flush();
  return through;
}

async function byModels(
  context: StageContext<'screen'>,
  asked: NonNullable<StageOf<'screen'>['asked']>,
  candidates: readonly FlowCandidate[],
): Promise<void> {
  const { seed, generation } = context;
  const { pipeline } = generation;
  const { prompt, choices, harmful: wanted, least, kinds, samples } = asked;
  const lanes = asked.models.map((name): Lane => ({
    name: harmName,
    model: context.model(name),
    kinds,
    samples,
    seed,
    side: 'most',
    put: (candidate) => putQuestion(pipeline, { prompt, choices, wanted }, candidate),
  }));
  const decide = (scores: readonly Score[]): Found | null =>
    scores.reduce((sum, { value }) => sum + value, 0) / scores.length >= least
      ? { reason: 'harm', detail: 'asked of models' }
      : null;
  await scoreCandidates(context, candidates, lanes, decide);
}

/**
 * Drops what nobody should have to read unprepared, before a person sees it: by rules, and what they
 * let through by models where the pipeline asks them. What models cannot be asked about goes too.
 */
export const screen: StageWork<'screen'> = async (context) => {
  const { asked } = context.settings;
  const through = await byRules(context, await asBefore(context));
  if (asked !== null) await byModels(context, asked, through);
  return { made: 0, kept: null };
};
