import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Db, Trx } from '#storage/database.js';
import type { CandidateTable } from '#storage/generationTables.js';
import { newPublicId } from '#storage/identifiers.js';
import { insertRows } from '#storage/insertRows.js';
import { readJson, writeJson } from '#storage/json.js';
import { currentStages, type Stage } from './generation.js';
import { makingKinds } from './pipeline.js';
import type { ReasonName } from './reasons.js';

export const Fields = z.record(z.string(), z.string());
export type Fields = Readonly<Record<string, string>>;

/** A candidate with the fields that it has now: those of the newest edit, where there is one. */
export interface Candidate extends Omit<Selectable<CandidateTable>, 'fields'> {
  readonly fields: Fields;
}

/** What the work of a stage reads of a candidate: there may be some hundred thousand of them. */
export type FlowCandidate = Pick<
  Candidate,
  'id' | 'slot' | 'place' | 'label' | 'prompt' | 'fields'
>;

/** A candidate that a stage has made. */
export interface Made {
  /** The number of its request or row in the stage, and of the text in the answer. */
  readonly slot: number;
  readonly place: number;
  readonly parentId: number | null;
  readonly label: number | null;
  readonly prompt: number | null;
  readonly callId: number | null;
  /** All of them: those of its parent too. */
  readonly fields: Fields;
  /** Why it is dropped at once; null where it goes on. */
  readonly dropped: { readonly reason: ReasonName; readonly detail: string | null } | null;
}

export interface Decision {
  readonly candidateId: number;
  /** Null where it is kept. */
  readonly reason: ReasonName | null;
  readonly detail: string | null;
  readonly rank: number | null;
}

/** A text as duplicates are compared: without case, marks and white space. */
export const plainText = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** SHA-256 over the fields of a text, without case, marks and white space. */
export const hashOf = (fields: Fields): Buffer =>
  createHash('sha256')
    .update(
      Object.keys(fields)
        .toSorted()
        .map((name) => plainText(fields[name] ?? ''))
        .join('\n'),
    )
    .digest();

/** Rows of one statement, for both engines' limits of parameters. */
const rowsPerStatement = 500;
const inParts = <T>(rows: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(rows.length / rowsPerStatement) }, (_, part) =>
    rows.slice(part * rowsPerStatement, (part + 1) * rowsPerStatement),
  );

/**
 * Stores what a stage made, with what was dropped at once. What is stored already, by slot and
 * place, stays as it is, so that a stage may begin anew.
 */
export async function addCandidates(
  trx: Trx,
  stage: Pick<Stage, 'id'>,
  made: readonly Made[],
): Promise<void> {
  for (const part of inParts(made)) {
    const rows = await trx
      .insertInto('candidate')
      .values(
        part.map((one) => ({
          public_id: newPublicId(),
          stage_id: stage.id,
          slot: one.slot,
          place: one.place,
          parent_id: one.parentId,
          label: one.label,
          prompt: one.prompt,
          call_id: one.callId,
          fields: writeJson(Fields, { ...one.fields }),
          text_hash: hashOf(one.fields),
        })),
      )
      .onConflict((conflict) => conflict.columns(['stage_id', 'slot', 'place']).doNothing())
      .returning(['id', 'slot', 'place'])
      .execute();
    const ids = new Map(rows.map(({ id, slot, place }) => [`${slot} ${place}`, id]));
    const decisions = part.flatMap((one): Decision[] => {
      const candidateId = ids.get(`${one.slot} ${one.place}`);
      return candidateId === undefined || one.dropped === null
        ? []
        : [{ candidateId, ...one.dropped, rank: null }];
    });
    await addDecisions(trx, stage, decisions);
  }
}

/** Stores what a stage decided. What it decided before about the same candidates stays. */
export async function addDecisions(
  trx: Trx,
  stage: Pick<Stage, 'id'>,
  decisions: readonly Decision[],
): Promise<void> {
  await insertRows(
    trx,
    'candidate_decision',
    decisions.map(({ candidateId, reason, detail, rank }) => ({
      stage_id: stage.id,
      candidate_id: candidateId,
      kept: reason === null ? (1 as const) : (0 as const),
      reason,
      detail,
      rank,
    })),
  );
}

/** The stage whose candidates come into the stage at `position`; undefined where there is none. */
export const sourceOf = (stages: readonly Stage[], position: number): Stage | undefined =>
  stages.findLast(
    (stage) => stage.position < position && (makingKinds as readonly string[]).includes(stage.kind),
  );

/** An edit of a candidate that holds, and the position of the review that made it. */
interface Edit {
  readonly fields: Fields;
  readonly position: number;
}

async function readEdits(
  db: Db | Trx,
  stages: readonly Stage[],
  candidateIds: readonly number[] | undefined,
): Promise<Map<number, Edit>> {
  const edits = new Map<number, Edit>();
  for (const stage of stages.filter(({ kind }) => kind === 'review')) {
    const rows = await db
      .selectFrom('candidate_review')
      .select(['candidate_id', 'action', 'after'])
      .where('stage_id', '=', stage.id)
      .$if(candidateIds !== undefined, (query) =>
        query.where('candidate_id', 'in', candidateIds ?? []),
      )
      .orderBy('id')
      .execute();
    // An edit holds until another edit, or until the candidate is opened again.
    const ofStage = new Map<number, Fields>();
    for (const row of rows) {
      if (row.after !== null)
        ofStage.set(row.candidate_id, readJson(Fields, row.after, 'candidate_review.after'));
      if (row.action === 'reopened') ofStage.delete(row.candidate_id);
    }
    for (const [id, fields] of ofStage) edits.set(id, { fields, position: stage.position });
  }
  return edits;
}

/**
 * The newest edit of each candidate in these review stages, a later stage before an earlier one; of
 * these candidates alone, where some are named.
 */
export async function editsOf(
  db: Db | Trx,
  stages: readonly Stage[],
  candidateIds?: readonly number[],
): Promise<Map<number, Fields>> {
  const edits = await readEdits(db, stages, candidateIds);
  return new Map([...edits].map(([id, { fields }]) => [id, fields]));
}

/** The position of the last of these review stages that edited a candidate, by its id. */
export async function editedIn(
  db: Db | Trx,
  stages: readonly Stage[],
): Promise<Map<number, number>> {
  const edits = await readEdits(db, stages, undefined);
  return new Map([...edits].map(([id, { position }]) => [id, position]));
}

/**
 * The rows that come into the stage at `position`, as a query: those of the last stage before it that
 * makes any, without what a current stage has dropped since. Undefined where no stage makes any.
 */
export function flowRows(db: Db | Trx, stages: readonly Stage[], position: number) {
  const source = sourceOf(stages, position);
  if (source === undefined) return undefined;
  const between = stages.filter(
    (stage) => stage.position >= source.position && stage.position < position,
  );
  const rows = db
    .selectFrom('candidate')
    .where('candidate.stage_id', '=', source.id)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('candidate_decision')
            .select('candidate_decision.stage_id')
            .whereRef('candidate_decision.candidate_id', '=', 'candidate.id')
            .where('candidate_decision.kept', '=', 0)
            .where(
              'candidate_decision.stage_id',
              'in',
              between.map(({ id }) => id),
            ),
        ),
      ),
    );
  return { source, between, rows };
}

/** The candidates that come into the stage at `position`, in the order in which they were made. */
export async function readFlow(
  db: Db | Trx,
  generationId: number,
  position: number,
): Promise<FlowCandidate[]> {
  const flow = flowRows(db, await currentStages(db, generationId), position);
  if (flow === undefined) return [];
  const rows = await flow.rows
    .select(['id', 'slot', 'place', 'label', 'prompt', 'fields'])
    .orderBy('slot')
    .orderBy('place')
    .execute();
  const edits = await editsOf(db, flow.between);
  return rows.map((row) => ({
    ...row,
    fields: edits.get(row.id) ?? readJson(Fields, row.fields, 'candidate.fields'),
  }));
}

/** Those of the candidates that came into a stage which it has not dropped. */
export async function flowBehind(
  db: Db,
  stage: Pick<Stage, 'id'>,
  candidates: readonly FlowCandidate[],
): Promise<FlowCandidate[]> {
  const rows = await db
    .selectFrom('candidate_decision')
    .select('candidate_id')
    .where('stage_id', '=', stage.id)
    .where('kept', '=', 0)
    .execute();
  const dropped = new Set(rows.map(({ candidate_id: id }) => id));
  return candidates.filter(({ id }) => !dropped.has(id));
}
