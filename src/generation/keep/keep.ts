import { setImmediate } from 'node:timers/promises';
import { type Candidate, hashOf, sourceOf } from '../candidates.js';
import { allFields, exampleOf } from '../example.js';
import { currentStages } from '../generation.js';
import { likelihoodName } from '../judge.js';
import type { Pipeline } from '../pipeline.js';
import { type RowMaker, rowMaker } from '../publish/rows.js';
import { readScores } from '../scoring/read.js';
import { ScoreStore } from '../scoring/store.js';
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
function ownText({ example }: Pipeline, { fields }: Pick<Candidate, 'fields'>): string {
  const names = [...new Set([example.text, ...example.choices].flatMap(fieldsOf))];
  return names.flatMap((name) => fields[name] ?? []).join('\n');
}

function rowOf(
  { generation: { pipeline }, settings }: Context,
  candidate: Candidate,
  { scores, maker }: { readonly scores: readonly OneScore[]; readonly maker: RowMaker },
): Row | null {
  const example = exampleOf(pipeline, candidate);
  const { findings } = settings.switches;
  const finding = findings.length === 0 ? null : findingOf(maker, candidate, findings);
  if (example === null || finding === undefined) return null;
  const { label, slot, place, fields } = candidate;
  const { per } = settings;
  return {
    label,
    group: per === null ? null : (allFields(pipeline, candidate)[per] ?? null),
    mean: meanOf(scores, settings),
    // By what the text is, so that it is the same on every machine; then by where it stands.
    tie: [
      hashOf(fields).toString('hex'),
      ...[label ?? -1, slot, place].map((number) => String(number + 1).padStart(10, '0')),
    ].join(' '),
    text: ownText(pipeline, candidate),
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
  const { database, stage, settings, candidates, signal, generation } = context;
  const { pipeline } = generation;
  const scores = await readAll(context);
  const rows: { candidate: Candidate; row: Row }[] = [];
  const store = new ScoreStore(database, stage);
  const maker = rowMaker(pipeline, { canary: null, position: stage.position });
  for (const [index, candidate] of candidates.entries()) {
    if (index % together === 0) await setImmediate();
    signal.throwIfAborted();
    const row = rowOf(context, candidate, { scores: scores.get(candidate.id) ?? [], maker });
    if (row !== null) rows.push({ candidate, row });
    else {
      const candidateId = candidate.id;
      await store.add([], { candidateId, reason: 'no-example', detail: null, rank: null });
    }
  }
  const { verdicts, kept } = decide(
    rows.map(({ row }) => row),
    { settings, labels: pipeline.labels.length, seed: `keep ${pipeline.seed}` },
  );
  for (const [index, verdict] of verdicts.entries()) {
    const candidateId = rows[index]?.candidate.id;
    if (candidateId === undefined) continue;
    signal.throwIfAborted();
    await store.add([], { candidateId, ...verdict });
  }
  await store.flush();
  return { made: 0, kept };
};
