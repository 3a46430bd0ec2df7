import { z } from 'zod';
import { parse } from '#web/parse.js';
import type { Handler, Route } from '#web/route.js';
import { GenerationParams } from './apiParams.js';
import { allStages, searchCandidates } from './candidateSearch.js';
import { CandidateQuery, filterOf, shownText } from './candidatesPage.js';
import { requireGeneration } from './generation.js';

export const CandidateList = z.object({
  found: z.int(),
  page: z.int(),
  pages: z.int(),
  candidates: z.array(
    z.object({
      id: z.string(),
      slot: z.int().describe('Which request of its stage it comes from, from 0.'),
      place: z.int().describe('Which of the texts in the answer it is, from 0.'),
      label: z.int().nullable().describe('Index of the label that it was written for.'),
      prompt: z.int().nullable().describe('Index of the prompt that wrote it.'),
      reading: z
        .enum(['open', 'withheld', 'unscreened'])
        .describe('Only the text of “open” ones is given; screening dropped “withheld” ones.'),
      fields: z.record(z.string(), z.string()).nullable(),
      text: z.string().nullable().describe('As raters would see it; null where it is no example.'),
      choices: z.array(z.string()).nullable(),
      edited: z.boolean(),
      decisions: z.array(
        z.object({
          position: z.int(),
          attempt: z.int(),
          current: z.boolean().describe('Whether that attempt counts now.'),
          kept: z.boolean(),
          reason: z.string().nullable(),
          rank: z.int().nullable(),
        }),
      ),
      scores: z.array(
        z.object({
          position: z.int(),
          current: z.boolean(),
          name: z.string(),
          model: z.string(),
          value: z.number(),
          mass: z.number().nullable(),
          kind: z.string(),
        }),
      ),
    }),
  ),
});

const candidatesByApi: Handler = async (request, response, { db }) => {
  const generation = await requireGeneration(db, String(request.params['generation']));
  const query = parse(CandidateQuery, request.query);
  const stages = await allStages(db, generation.id);
  const { found, pages, rows } = await searchCandidates(db, generation, {
    filter: filterOf(query, stages),
    page: query.page,
  });
  response.json({
    found,
    page: query.page,
    pages,
    candidates: rows.map((seen) => {
      const open = seen.reading === 'open';
      const shown = open ? shownText(generation, seen) : null;
      const example = shown !== null && shown.fields.length === 0 ? shown : null;
      const { candidate } = seen;
      return {
        id: candidate.public_id,
        slot: candidate.slot,
        place: candidate.place,
        label: candidate.label,
        prompt: candidate.prompt,
        reading: seen.reading,
        fields: open ? candidate.fields : null,
        text: example?.text ?? null,
        choices: example?.choices.map(({ text }) => text) ?? null,
        edited: seen.edited,
        decisions: seen.decisions.map(({ position, attempt, current, kept, reason, rank }) => ({
          position,
          attempt,
          current,
          kept,
          reason,
          rank,
        })),
        scores: seen.scores.map(({ position, current, name, model, value, mass, kind }) => ({
          position,
          current,
          name,
          model,
          value,
          mass,
          kind,
        })),
      };
    }),
  });
};

export const candidateApiRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/generations/:generation/candidates',
    access: 'researcher',
    handler: candidatesByApi,
    operation: {
      summary: 'Candidates of a generation, fifty a page, with decisions and scores.',
      params: GenerationParams,
      query: CandidateQuery,
      answer: CandidateList,
    },
  },
];
