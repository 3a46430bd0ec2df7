import { visible } from '#datasets/browse.js';
import { costByModel } from '#models/forecast.js';
import { getRun, type ModelRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import { count, plural } from '#web/format.js';
import { countsOf, type ReviewCounts, type StageCounts } from './flowCounts.js';
import { forecastOfGeneration } from './forecast.js';
import {
  currentStages,
  type Generation,
  resultOf,
  type Stage,
  type StageResult,
} from './generation.js';
import { makingKinds } from './pipeline.js';
import { reasonOf } from './reasons.js';
import { deadEnd } from './results.js';
import { screenedSentence } from './screenedSentence.js';
import { deadEndNext, deadEndSentence, money, stageWord, stateWords, workTime } from './words.js';

/** How many of the sentences behind the reasons a page shows. */
const mostDetails = 20;

const attemptWords: Readonly<Record<Stage['state'], string>> = {
  waiting: 'waiting',
  running: 'running',
  review: 'waits for review',
  done: 'done',
  stale: 'replaced',
};

/** A stage under way stops with its run. */
const attemptWord = ({ state }: Stage, run: ModelRun): string =>
  state === 'running' && run.state !== 'running' && run.state !== 'waiting'
    ? `stopped: ${stateWords[run.state].word}`
    : attemptWords[state];

export const sentenceOfReason = (name: string): string => reasonOf(name)?.sentence ?? name;

/** Counts by name, the commonest first. */
const ranked = (counts: Readonly<Record<string, number>>): { name: string; n: number }[] =>
  Object.entries(counts)
    .map(([name, n]) => ({ name, n }))
    .toSorted((a, b) => b.n - a.n || a.name.localeCompare(b.name));

/** What a stage that is not done has stored so far, in words; empty before it began. */
function soFar(stage: Stage, { made, scored, decided }: StageCounts): string {
  if (stage.state !== 'running' && stage.state !== 'review') return '';
  if ((makingKinds as readonly string[]).includes(stage.kind)) return `${count(made)} made so far`;
  if (scored > 0) return `${count(scored)} scored so far`;
  return decided > 0 ? `${count(decided)} decided so far` : '';
}

/** The counts of `keep`, as the paper would have kept and as it kept, by label. */
export function keptOf(generation: Generation, result: StageResult | null): object | null {
  const kept = result?.kept ?? null;
  if (kept === null) return null;
  const { labels } = generation.pipeline;
  const sum = (counts: readonly number[]): number => counts.reduce((all, n) => all + n, 0);
  return {
    rows: kept.asPaper.map((asPaper, index) => ({
      label: visible(labels[index]?.choice ?? 'all'),
      asPaper,
      withSwitches: kept.withSwitches[index] ?? 0,
    })),
    asPaper: sum(kept.asPaper),
    withSwitches: sum(kept.withSwitches),
    bySwitch: ranked(kept.bySwitch).map(({ name, n }) => ({
      sentence: sentenceOfReason(name),
      n,
    })),
  };
}

function attemptOf(stage: Stage, counts: StageCounts | undefined, run: ModelRun): object {
  const own = counts ?? { made: 0, scored: 0, decided: 0, activeMs: 0, review: null };
  const result = resultOf(stage);
  return {
    attempt: stage.attempt,
    state: stage.state,
    word: attemptWord(stage, run),
    startedAt: stage.started_at,
    finishedAt: stage.finished_at,
    soFar: soFar(stage, own),
    people: own.activeMs === 0 ? null : workTime(own.activeMs),
    figures: result === null ? null : { in: result.in, made: result.made, out: result.out },
    dropped:
      result === null
        ? []
        : ranked(result.dropped).map(({ name, n }) => ({
            name,
            sentence: sentenceOfReason(name),
            n,
          })),
    details: (result?.details ?? []).slice(0, mostDetails).map(({ reason, detail, count: n }) => ({
      sentence: sentenceOfReason(reason),
      detail: screenedSentence(detail),
      n,
    })),
    review: reviewWords(result?.review ?? counts?.review ?? null),
  };
}

/** What reviewers did, as far as they did it, in words; null where nobody reviews. */
export function reviewWords(
  review: StageResult['review'] | Partial<ReviewCounts> | null,
): string | null {
  if (review === null) return null;
  const words = Object.entries(review).map(([name, n]) => `${count(n)} ${name}`);
  return words.length === 0 ? null : words.join(', ');
}

/** Every stage of the pipeline with the attempt that counts, and the earlier ones. */
async function stagesOf(db: Db, generation: Generation, run: ModelRun): Promise<object[]> {
  const all = await db
    .selectFrom('generation_stage')
    .selectAll()
    .where('generation_id', '=', generation.id)
    .orderBy('position')
    .orderBy('attempt', 'desc')
    .execute();
  const current = await currentStages(db, generation.id);
  const counts = await countsOf(db, all);
  return generation.pipeline.stages.map((settings, position) => {
    const now = current.find((stage) => stage.position === position);
    return {
      number: position + 1,
      position,
      kind: settings.kind,
      title: stageWord(settings.kind),
      makes: (makingKinds as readonly string[]).includes(settings.kind),
      id: now === undefined ? null : `${now.position}.${now.attempt}`,
      now: now === undefined ? null : attemptOf(now, counts.get(now.id), run),
      kept: now === undefined ? null : keptOf(generation, resultOf(now)),
      earlier: all
        .filter((stage) => stage.position === position && stage.id !== now?.id)
        .map((stage) => attemptOf(stage, counts.get(stage.id), run)),
      mayBeDoneAgain: now?.state === 'done',
      after: generation.pipeline.stages.length - position - 1,
    };
  });
}

async function costsOf(db: Db, generation: Generation, run: ModelRun): Promise<object> {
  const byModel = await costByModel(db, run.id);
  const ended = run.state === 'done' || run.state === 'cancelled';
  const { calls, cost } = ended
    ? { calls: 0, cost: null }
    : await forecastOfGeneration(db, generation);
  return {
    spent: money(run.spent),
    reserved: money(run.reserved),
    budget: money(run.budget),
    share: run.budget === 0 ? 0 : Math.min(1, run.spent / run.budget),
    toAsk: calls === 0 ? null : plural(calls, 'request'),
    forecast:
      calls === 0 || cost === null
        ? null
        : {
            more: money(cost.more),
            range:
              money(cost.low) === money(cost.high)
                ? ''
                : `${money(cost.low)} to ${money(cost.high)}`,
            over: run.spent + cost.more > run.budget,
          },
    byModel: byModel.map((model) => ({
      name: `${model.name}@${model.version}`,
      calls: model.calls,
      answered: model.answered,
      refused: model.refused,
      lost: model.lost,
      input: model.inputTokens,
      output: model.outputTokens,
      cost: money(model.cost),
    })),
  };
}

/** The part of the page of a generation that changes while it runs. */
export async function progressOf(
  db: Db,
  generation: Generation,
  mayRun: boolean,
): Promise<Record<string, unknown> & { readonly deadEnd: boolean }> {
  const run = await getRun(db, generation.run_id);
  const stages = await currentStages(db, generation.id);
  const at = stages.findLast(({ state }) => state === 'running' || state === 'review');
  const words = stateWords[run.state];
  const ended =
    run.state === 'failed' &&
    stages.some((stage) => {
      const result = resultOf(stage);
      return result !== null && deadEnd(generation.pipeline, stage, result) !== null;
    });
  return {
    href: `/generations/${generation.public_id}`,
    mayRun,
    state: run.state,
    live: run.state === 'running' || run.state === 'waiting',
    sentence:
      run.state === 'running' && at !== undefined
        ? `It is at stage ${at.position + 1} of ${generation.pipeline.stages.length}: ${stageWord(at.kind).toLowerCase()}.`
        : ended
          ? deadEndSentence
          : words.sentence,
    next: ended ? deadEndNext : words.next,
    deadEnd: ended,
    reason:
      run.state === 'done' || run.state === 'running' || run.reason === null
        ? null
        : screenedSentence(run.reason),
    costs: await costsOf(db, generation, run),
    stages: await stagesOf(db, generation, run),
  };
}
