import { emptiedAnswer } from '#models/emptied.js';
import { ModelAnswer, ModelRequest } from '#models/request.js';
import type { Db } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { notFound } from '#web/problem.js';
import { type Candidate, Fields } from './candidates.js';
import { type SeenCandidate, seenCandidates } from './candidateSearch.js';
import type { Generation } from './generation.js';
import { publishedRowOf } from './publish/publication.js';
import { reasonOf } from './reasons.js';
import { findByRules } from './screening/byRules.js';

/** The request to a model that a candidate comes from. */
export interface CallOfCandidate {
  readonly model: string;
  readonly modelId: string;
  readonly prompt: string;
  /** Null where no answer came, or where it holds texts that are not shown to everybody. */
  readonly answer: string | null;
  /** Why the answer is not shown; null where it is, or where there is none. */
  readonly hidden: string | null;
  readonly state: string;
  readonly error: string | null;
  readonly attempts: number;
  readonly sentAt: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What the run of this generation paid for it, in millionths of the currency. */
  readonly cost: number;
}

const candidateOf = async (
  db: Db,
  generation: Pick<Generation, 'id'>,
  where: { id: number } | { publicId: string },
): Promise<Candidate | undefined> => {
  const row = await db
    .selectFrom('candidate')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate.stage_id')
    .selectAll('candidate')
    .where('generation_id', '=', generation.id)
    .$if('id' in where, (query) => query.where('candidate.id', '=', 'id' in where ? where.id : 0))
    .$if('publicId' in where, (query) =>
      query.where('candidate.public_id', '=', 'publicId' in where ? where.publicId : ''),
    )
    .executeTakeFirst();
  return row === undefined
    ? undefined
    : { ...row, fields: readJson(Fields, row.fields, 'candidate.fields') };
};

/** The candidate with this public id, as people see it. Throws “not found”. */
export async function requireCandidate(
  db: Db,
  generation: Pick<Generation, 'id'>,
  publicId: string,
): Promise<SeenCandidate> {
  const candidate = await candidateOf(db, generation, { publicId });
  if (candidate === undefined) throw notFound('candidate');
  const [seen] = await seenCandidates(db, generation, [candidate]);
  if (seen === undefined) throw notFound('candidate');
  return seen;
}

/** What a candidate was made from, and what that was made from: the nearest first. */
export async function parentsOf(
  db: Db,
  generation: Pick<Generation, 'id'>,
  candidate: Pick<Candidate, 'parent_id'>,
): Promise<SeenCandidate[]> {
  const chain: Candidate[] = [];
  let next = candidate.parent_id;
  while (next !== null) {
    const parent = await candidateOf(db, generation, { id: next });
    if (parent === undefined) break;
    chain.push(parent);
    next = parent.parent_id;
  }
  return seenCandidates(db, generation, chain);
}

/**
 * Whether the stage that asked for a candidate could read nothing in the answer: no stage behind it
 * ever saw it, so none screened it.
 */
export const isUnread = ({ made, decisions, reading }: SeenCandidate): boolean =>
  reading === 'unscreened' &&
  decisions.some(
    ({ kept, position, attempt, reason }) =>
      !kept &&
      position === made.position &&
      attempt === made.attempt &&
      reasonOf(reason ?? '')?.wellFormed === false,
  );

/**
 * The request that wrote a candidate; null where no model did.
 * @param options.raw gives an answer in which nothing could be read too, where the rules of screening
 * find nothing in it and in its prompt
 */
export async function callOf(
  db: Db,
  generation: Pick<Generation, 'id' | 'run_id'>,
  candidate: Pick<Candidate, 'call_id'>,
  { raw = false }: { readonly raw?: boolean } = {},
): Promise<CallOfCandidate | null> {
  if (candidate.call_id === null) return null;
  const call = await db
    .selectFrom('model_call')
    .innerJoin('model', 'model.id', 'model_call.model_id')
    .leftJoin('model_run_call', (join) =>
      join
        .onRef('model_run_call.call_id', '=', 'model_call.id')
        .on('model_run_call.run_id', '=', generation.run_id),
    )
    .selectAll('model_call')
    .select(['model.name', 'model.version', 'model.public_id', 'model_run_call.cost'])
    .where('model_call.id', '=', candidate.call_id)
    .executeTakeFirst();
  if (call === undefined) return null;
  const siblings = await db
    .selectFrom('candidate')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate.stage_id')
    .selectAll('candidate')
    .where('generation_id', '=', generation.id)
    .where('candidate.call_id', '=', candidate.call_id)
    .execute();
  const seen = await seenCandidates(
    db,
    generation,
    siblings.map((row) => ({ ...row, fields: readJson(Fields, row.fields, 'candidate.fields') })),
  );
  const removed = call.answer === emptiedAnswer;
  const answer =
    call.answer === null || removed
      ? null
      : readJson(ModelAnswer, call.answer, 'model_call.answer');
  // An answer may hold more than its candidates: the items of a list of which the first is read.
  const rest = answer?.verb === 'complete' ? answer.text : '';
  const { prompt } = readJson(ModelRequest, call.request, 'model_call.request');
  const found = findByRules(
    { personalData: true, harm: true },
    { fields: raw ? { prompt, rest } : { rest } },
  );
  const closed =
    found !== null || seen.some((one) => one.reading !== 'open' && !(raw && isUnread(one)));
  return {
    model: `${call.name}@${call.version}`,
    modelId: call.public_id,
    prompt: raw && closed ? '' : prompt,
    answer: closed || answer?.verb !== 'complete' ? null : answer.text,
    hidden: removed
      ? 'Its texts were removed when the time for which dropped texts are kept was over.'
      : closed && answer !== null
        ? raw && found !== null
          ? `It is not shown: screening finds “${found.detail}”.`
          : 'It holds texts that were not screened, or that screening dropped, so it is not shown.'
        : null,
    state: call.state,
    error: closed ? null : call.error,
    attempts: call.attempts,
    sentAt: call.sent_at,
    inputTokens: call.input_tokens,
    outputTokens: call.output_tokens,
    cost: call.cost ?? 0,
  };
}

/** What reviewers did with a candidate, the first first. */
export async function reviewsOf(
  db: Db,
  candidate: Pick<Candidate, 'id'>,
): Promise<
  {
    action: string;
    by: string;
    at: number;
    activeMs: number;
    number: number;
    before: Fields;
    after: Fields | null;
  }[]
> {
  const rows = await db
    .selectFrom('candidate_review')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate_review.stage_id')
    .leftJoin('account', 'account.id', 'candidate_review.account_id')
    .selectAll('candidate_review')
    .select(['generation_stage.position', 'account.name'])
    .where('candidate_review.candidate_id', '=', candidate.id)
    .orderBy('candidate_review.id')
    .execute();
  return rows.map((row) => ({
    action: row.action,
    by: row.name ?? 'somebody whose account is gone',
    at: row.at,
    activeMs: row.active_ms,
    number: row.position + 1,
    before: readJson(Fields, row.before, 'candidate_review.before'),
    after: row.after === null ? null : readJson(Fields, row.after, 'candidate_review.after'),
  }));
}

/** The row of a published dataset that a candidate became; null where it became none. */
export async function publishedAs(
  db: Db,
  candidate: Pick<Candidate, 'id'>,
): Promise<{ part: 'kept' | 'dropped'; line: number; dataset: string; name: string } | null> {
  const row = await publishedRowOf(db, candidate.id);
  if (row === undefined) return null;
  const dataset = await db
    .selectFrom('dataset')
    .select(['public_id', 'name'])
    .where('id', '=', row.dataset_id)
    .executeTakeFirst();
  return dataset === undefined
    ? null
    : { part: row.part, line: row.line_number, dataset: dataset.public_id, name: dataset.name };
}
