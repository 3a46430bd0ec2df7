import { setImmediate } from 'node:timers/promises';
import { eachAtOnce } from '../atOnce.js';
import type { FlowCandidate, Decision } from '../candidates.js';
import type { StageKind } from '../pipeline.js';
import type { StageContext } from '../stages.js';
import { type Lane, Scorer } from './lane.js';
import { readStored, type Score, ScoreStore } from './store.js';

type Context = Pick<StageContext<StageKind>, 'database' | 'stage' | 'asking' | 'signal'>;

/** Candidates under way for each request that the models take at once: some wait for the database. */
const perRequest = 2;
const mostUnderWay = 512;

function widthFor(lanes: readonly Lane[]): number {
  const models = new Map(lanes.map(({ model }) => [model.id, model.settings.atOnce]));
  const atOnce = [...models.values()].reduce((sum, one) => sum + one, 0);
  return Math.min(mostUnderWay, perRequest * atOnce);
}

/**
 * Scores every candidate by every lane, in their order, and stores what came of it, many rows in one
 * transaction. A candidate is asked about no further once one question drops it. `decide` looks at
 * the scores of one that has all, and may drop it. Begun anew, it goes on behind what is stored.
 * Throws `RunStopped` where the run cannot go on.
 */
export async function scoreCandidates(
  { database, stage, asking, signal }: Context,
  candidates: readonly FlowCandidate[],
  lanes: readonly Lane[],
  decide: (scores: readonly Score[]) => Pick<Decision, 'reason' | 'detail'> | null = () => null,
): Promise<void> {
  const scorers = lanes.map((lane) => new Scorer(asking, lane));
  for (const scorer of scorers) await scorer.settle(candidates);
  const stored = await readStored(database, stage);
  const store = new ScoreStore(database, stage);
  const open = candidates.filter(
    ({ id }) => !stored.dropped.has(id) && (stored.scores.get(id) ?? 0) < lanes.length,
  );
  try {
    await eachAtOnce(open, widthFor(lanes), async (candidate, index) => {
      if (index % 1_000 === 0) await setImmediate();
      signal.throwIfAborted();
      const drop = (why: Pick<Decision, 'reason' | 'detail'>): Decision => ({
        candidateId: candidate.id,
        reason: why.reason,
        detail: why.detail,
        rank: null,
      });
      const scores: Score[] = [];
      for (const scorer of scorers) {
        const outcome = await scorer.score(candidate);
        if (outcome.kind === 'dropped') return store.add(scores, drop(outcome));
        scores.push({
          candidate_id: candidate.id,
          name: scorer.lane.name,
          model_id: scorer.lane.model.id,
          value: outcome.value,
          mass: outcome.mass,
          kind: outcome.scoreKind,
          call_id: outcome.callId,
        });
      }
      const decided = decide(scores);
      await store.add(scores, decided === null ? null : drop(decided));
    });
  } finally {
    await store.flush();
  }
}
