import { setImmediate } from 'node:timers/promises';
import type { FlowCandidate } from './candidates.js';
import { putQuestion } from './judge.js';
import type { StageOf } from './pipeline.js';
import { scoreCandidates } from './scoring/candidates.js';
import type { Lane } from './scoring/lane.js';
import { type Score, ScoreStore } from './scoring/store.js';
import { harmRules } from './screening/harm.js';
import { personalDataRules } from './screening/personalData.js';
import type { StageContext, StageWork } from './stages.js';

/** The name of the score that says how probable it is that a candidate is harmful. */
export const harmName = 'harm';

interface Found {
  readonly reason: 'personal-data' | 'harm';
  /** The name of the rule, never what it found. */
  readonly detail: string;
}

/** The first rule that finds something in a candidate's own fields; null where none does. */
export function findByRules(
  { personalData, harm }: Pick<StageOf<'screen'>, 'personalData' | 'harm'>,
  { fields }: Pick<FlowCandidate, 'fields'>,
): Found | null {
  const texts = Object.values(fields);
  const found = (rules: typeof harmRules): string | undefined =>
    rules.find((rule) => texts.some((text) => rule.finds(text)))?.name;
  const own = personalData ? found(personalDataRules) : undefined;
  if (own !== undefined) return { reason: 'personal-data', detail: own };
  const harmful = harm ? found(harmRules) : undefined;
  return harmful === undefined ? null : { reason: 'harm', detail: harmful };
}

/** Candidates between two looks at whether the work is to stop. */
const atOnce = 500;

async function byRules(context: StageContext<'screen'>): Promise<FlowCandidate[]> {
  const { candidates, settings, database, stage, signal } = context;
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
  const through = await byRules(context);
  if (asked !== null) await byModels(context, asked, through);
  return { made: 0, kept: null };
};
