import { z } from 'zod';
import { visible } from '#datasets/browse.js';
import { getRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import { fixed } from '#web/format.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  allStages,
  type CandidateFilter,
  lastMaking,
  makesCandidates,
  searchCandidates,
  type SeenCandidate,
  type StageScore,
} from './candidateSearch.js';
import { exampleOf } from './example.js';
import { type Generation, requireGeneration, type Stage } from './generation.js';
import { sentenceOfReason } from './generationView.js';
import { stageWord } from './words.js';

const text = z.string().trim().max(200).catch('');
/** What a search may say; anything else is left out. */
export const CandidateQuery = z.object({
  stage: text,
  at: text,
  decision: z.enum(['any', 'kept', 'dropped']).catch('any'),
  reason: text,
  label: z
    .string()
    .regex(/^\d{1,3}$/)
    .catch(''),
  q: text,
  page: z.coerce.number().int().min(1).max(1_000_000).catch(1),
});
export type CandidateQuery = z.output<typeof CandidateQuery>;

/** How an attempt of a stage is named in an address: `2.1` is the first attempt at position 2. */
export const stageKey = ({ position, attempt }: Pick<Stage, 'position' | 'attempt'>): string =>
  `${position}.${attempt}`;

const stageTitle = (stage: Stage, stages: readonly Stage[]): string => {
  const several = stages.filter(({ position }) => position === stage.position).length > 1;
  return `${stage.position + 1}. ${stageWord(stage.kind)}${several ? `, attempt ${stage.attempt}` : ''}`;
};

/** The filter that a query says, with the stages that it names. */
export function filterOf(query: CandidateQuery, stages: readonly Stage[]): CandidateFilter {
  const named = (key: string): Stage | null =>
    stages.find((stage) => stageKey(stage) === key) ?? null;
  return {
    stage: named(query.stage),
    at: named(query.at),
    decision: query.decision,
    reason: query.reason === '' ? null : query.reason,
    label: query.label === '' ? null : Number(query.label),
    text: query.q,
  };
}

/** A probability or a likelihood with three decimals. */
const figure = (value: number): string => fixed(value, 3);

/** A score in the words of a page. */
export const scoreInWords = (score: StageScore): object => ({
  name: score.name,
  value: figure(score.value),
  model: score.model,
  kind: score.kind,
  mass: score.mass === null ? null : figure(score.mass),
  number: score.position + 1,
  current: score.current,
});

/** What became of a candidate so far. */
export function fateOf(
  seen: SeenCandidate,
  done: boolean,
): { kept: boolean; words: string; detail: string | null } {
  const dropped = seen.decisions.find(({ kept, current }) => !kept && current);
  if (dropped !== undefined)
    return {
      kept: false,
      words: `Dropped at stage ${dropped.position + 1}: ${sentenceOfReason(dropped.reason ?? '')}`,
      detail: seen.reading === 'open' ? dropped.detail : null,
    };
  const ranked = seen.decisions.findLast(
    ({ kept, current, rank }) => kept && current && rank !== null,
  );
  const place = ranked === undefined ? '' : `, rank ${ranked.rank}`;
  return { kept: true, words: `${done ? 'Kept' : 'Goes on so far'}${place}`, detail: null };
}

/** The text of a candidate as raters would see it; its fields where they make no example yet. */
export function shownText(
  generation: Pick<Generation, 'pipeline'>,
  seen: Pick<SeenCandidate, 'candidate'>,
): {
  text: string;
  choices: { text: string; isLabel: boolean }[];
  fields: { name: string; value: string }[];
} {
  const { candidate } = seen;
  const example = exampleOf(generation.pipeline, candidate);
  if (example === null)
    return {
      text: '',
      choices: [],
      fields: Object.entries(candidate.fields).map(([name, value]) => ({
        name,
        value: visible(value),
      })),
    };
  return {
    text: visible(example.text),
    choices: example.choices.map((choice, index) => ({
      text: visible(choice),
      isLabel: index === example.label,
    })),
    fields: [],
  };
}

export const labelOf = (
  generation: Pick<Generation, 'pipeline'>,
  label: number | null,
): string | null =>
  label === null ? null : visible(generation.pipeline.labels[label]?.choice ?? String(label));

/** The reasons for which candidates of a generation were dropped. */
const reasonsOf = async (db: Db, generationId: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('candidate_decision')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate_decision.stage_id')
    .select('candidate_decision.reason')
    .distinct()
    .where('generation_id', '=', generationId)
    .where('candidate_decision.kept', '=', 0)
    .execute();
  return rows.flatMap(({ reason }) => (reason === null ? [] : [reason])).toSorted();
};

const addressOf = (path: string, query: CandidateQuery, page: number): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, page: String(page) }))
    if (value !== '' && value !== 'any' && !(name === 'page' && value === '1'))
      parameters.set(name, String(value));
  const search = parameters.toString();
  return search === '' ? path : `${path}?${search}`;
};

/** GET /generations/:generation/candidates */
export const showCandidates: Handler = async (request, response, application) => {
  const { db } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  const query = parse(CandidateQuery, request.query);
  const stages = await allStages(db, generation.id);
  const filter = filterOf(query, stages);
  const { found, pages, rows } = await searchCandidates(db, generation, {
    filter,
    page: query.page,
  });
  const run = await getRun(db, generation.run_id);
  const href = `/generations/${generation.public_id}`;
  const path = `${href}/candidates`;
  const made = filter.stage ?? lastMaking(stages.filter(({ state }) => state !== 'stale'));
  renderPage(request, response, application, {
    view: 'generation/candidates',
    shell: {
      layout: 'staff',
      title: `Candidates of ${generation.name}`,
      section: 'generations',
      styles: ['css/datasets.css', 'css/generation.css'],
    },
    page: {
      href,
      path,
      name: generation.name,
      query,
      filtered:
        filter.at !== null ||
        filter.reason !== null ||
        filter.label !== null ||
        query.q !== '' ||
        query.decision !== 'any',
      stages: stages.filter(makesCandidates).map((stage) => ({
        key: stageKey(stage),
        title: stageTitle(stage, stages),
        chosen: stage.id === made?.id,
      })),
      deciding: stages.map((stage) => ({ key: stageKey(stage), title: stageTitle(stage, stages) })),
      reasons: (await reasonsOf(db, generation.id)).map((name) => ({
        name,
        sentence: sentenceOfReason(name),
      })),
      labels: generation.pipeline.labels.map(({ choice }, index) => ({
        index: String(index),
        choice: visible(choice),
      })),
      found,
      page: query.page,
      pages,
      previous: query.page > 1 ? addressOf(path, query, Math.min(query.page - 1, pages)) : null,
      next: query.page < pages ? addressOf(path, query, query.page + 1) : null,
      rows: rows.map((seen) => ({
        id: seen.candidate.public_id,
        number: `${seen.candidate.slot + 1}.${seen.candidate.place + 1}`,
        reading: seen.reading,
        ...shownText(generation, seen),
        label: labelOf(generation, seen.candidate.label),
        prompt: seen.candidate.prompt === null ? null : seen.candidate.prompt + 1,
        edited: seen.edited,
        fate: fateOf(seen, run.state === 'done'),
        scores: seen.scores.filter(({ current }) => current).map(scoreInWords),
      })),
    },
  });
};
