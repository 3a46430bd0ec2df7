import { z } from 'zod';
import { parse } from '#web/parse.js';
import type { Handler, Route } from '#web/route.js';
import { computeRound } from './computing.js';
import { Round } from './schema.js';

const RoundParams = z.object({ generation: z.string(), study: z.string() });

const readRound: Handler = async (request, response, application) => {
  const names = parse(RoundParams, request.params);
  response.json(Round.parse(await computeRound(application, names)));
};

export const apiRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/generations/:generation/rounds/:study',
    access: 'researcher',
    handler: readRound,
    operation: {
      summary:
        'The prompts of a generation compared by what raters of a study upheld, and the next round as a pipeline file, with what changed and why.',
      params: RoundParams,
      answer: Round,
    },
  },
];
