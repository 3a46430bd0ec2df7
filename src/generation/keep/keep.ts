import { setImmediate } from 'node:timers/promises';
import { inSteps, paceFor } from '#datasets/imports/pace.js';
import {
  addDecisions,
  type Decision,
  type FlowCandidate,
  hashOf,
  sourceOf,
} from '../candidates.js';
import { allFields, exampleOf } from '../example.js';
import { currentStages } from '../generation.js';
import { likelihoodName } from '../judge.js';
import type { Pipeline } from '../pipeline.js';
import { type RowMaker, rowMaker } from '../publish/rows.js';
import { readScores } from '../scoring/read.js';
import type { StageContext, StageWork } from '../stages.js';
import { fieldsOf } from '../template.js';
import { findingOf } from './findings.js';
import { leastMass, meanOf, type OneScore, scoreIn } from './mean.js';
import { decide, type Row } from './rule.js';

type Context = StageContext<'keep'>;

/** Candidates whose scores are read at once. */
const together = 5_000;

/** The scores of every candidate by the judges between the stage that made it and this one. */
async function readAll({
  database: { db },
  generation,
  stage,
  candidates,
}: Context): Promise<Map<number, OneScore[]>> {
  const all = await currentStages(db, generation.id);
  const source = sourceOf(all, stage.position);
  const stages = all.filter(
    ({ position }) => position > (source?.position ?? -1) && position < stage.position,
  );
  const ids = candidates.map(({ id }) => id).toSorted((one, other) => one - other);
  const found = new Map<number, OneScore[]>();
  for (let at = 0; at < ids.length; at += together) {
    const part = ids.slice(at, at + together);
    for (const [id, scores] of await readScores(db, { generation, stages, ids: part }))
      found.set(id, scores);
  }
  return found;
}

/** The fields of a candidate that its example shows, without what all have in common. */
function ownText({ example }: Pipeline, { fields }: Pick<FlowCandidate, 'fields'>): string {
  const names = [...new Set([example.text, ...example.choices].flatMap(fieldsOf))];
  return names.flatMap((name) => fields[name] ?? []).join('\n');
}

function rowOf(
  { generation: { pipeline }, settings }: Context,
  candidate: FlowCandidate,
  { scores, maker }: { readonly scores: readonly OneScore[]; readonly maker: RowMaker },
): Row | null {
  const example = exampleOf(pipeline, candidate);
  const { findings, nearDuplicates, quota } = settings.switches;
  const compared = nearDuplicates !== null || quota !== null;
  const finding = findings.length === 0 ? null : findingOf(maker, candidate, findings);
  if (example === null || finding === undefined) return null;
  const { label, slot, place, fields } = candidate;
  const { per } = settings;
  return {
    label,
    group: per === null ? null : (allFields(pipeline, candidate)[per] ?? null),
    mean: meanOf(scores, settings),
    // By what the text is, so that it is the same on every machine; then by where it stands.
    // Seldom asked for.
    get tie() {
      const numbers = [label ?? -1, slot, place];
      const padded = numbers.map((number) => String(number + 1).padStart(10, '0'));
      return [hashOf(fields).toString('hex'), ...padded].join(' ');
    },
    text: compared ? ownText(pipeline, candidate) : '',
    likelihood: scoreIn(scores, likelihoodName),
    mass: leastMass(scores),
    finding,
  };
}

/**
 * Keeps the candidates that the rule keeps, and stores why the others go: see `decide`. What makes no
 * example goes first.
 */
export const keep: StageWork<'keep'> = async (context) => {
  const { stage, settings, candidates, now, signal, generation } = context;
  const { db } = context.database;
  const { pipeline } = generation;
  const scores = await readAll(context);
  const rows: { candidate: FlowCandidate; row: Row }[] = [];
  const decisions: Decision[] = [];
  const maker = rowMaker(pipeline, { canary: null, position: stage.position });
  for (const [index, candidate] of candidates.entries()) {
    if (index % together === 0) await setImmediate();
    signal.throwIfAborted();
    const row = rowOf(context, candidate, { scores: scores.get(candidate.id) ?? [], maker });
    if (row !== null) rows.push({ candidate, row });
    else {
      const candidateId = candidate.id;
      decisions.push({ candidateId, reason: 'no-example', detail: null, rank: null });
    }
  }
  const { verdicts, kept } = decide(
    rows.map(({ row }) => row),
    { settings, labels: pipeline.labels.length, seed: `keep ${pipeline.seed}` },
  );
  for (const [index, verdict] of verdicts.entries()) {
    const candidateId = rows[index]?.candidate.id;
    if (candidateId === undefined) continue;
    decisions.push({ candidateId, ...verdict });
  }
  await inSteps(decisions, { db, pace: paceFor(db, now), signal }, (trx, some) =>
    addDecisions(trx, stage, some),
  );
  return { made: 0, kept };
};
