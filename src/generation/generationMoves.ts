import type { Request } from 'express';
import { z } from 'zod';
import { getRun } from '#models/run.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { type FieldFault, notFound } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { stageAgain } from './again.js';
import { requireGeneration } from './generation.js';
import { renderGeneration } from './generationPage.js';
import { goOn } from './goOn.js';
import { type Move, moveGeneration, startGeneration } from './moves.js';

const moveOf = async (request: Request, { db, now }: Application): Promise<Move> => ({
  generation: await requireGeneration(db, String(request.params['generation'])),
  staff: requireStaff(request),
  now: now(),
});

const hrefOf = ({ generation }: Move): string => `/generations/${generation.public_id}`;

/** POST /generations/:generation/pause */
export const createPause: Handler = async (request, response, application) => {
  const move = await moveOf(request, application);
  await moveGeneration(application.db, { ...move, verb: 'pause', budget: null });
  response.redirect(303, hrefOf(move));
};

/** POST /generations/:generation/resume */
export const createResume: Handler = async (request, response, application) => {
  const move = await moveOf(request, application);
  await moveGeneration(application.db, { ...move, verb: 'resume', budget: null });
  await startGeneration(application, move.generation, move.staff);
  response.redirect(303, hrefOf(move));
};

/** POST /generations/:generation/cancel */
export const createCancel: Handler = async (request, response, application) => {
  const move = await moveOf(request, application);
  await moveGeneration(application.db, { ...move, verb: 'cancel', budget: null });
  response.redirect(303, hrefOf(move));
};

/** POST /generations/:generation/go-on: ends the review at which it stands. */
export const createGoOn: Handler = async (request, response, application) => {
  const move = await moveOf(request, application);
  await goOn(application.db, move);
  await startGeneration(application, move.generation, move.staff);
  response.redirect(303, hrefOf(move));
};

/** POST /generations/:generation/stages/:position/again */
export const createAttempt: Handler = async (request, response, application) => {
  const move = await moveOf(request, application);
  const position = z.coerce.number().int().min(0).safeParse(request.params['position']);
  if (!position.success || position.data >= move.generation.pipeline.stages.length)
    throw notFound('stage');
  await stageAgain(application.db, { ...move, position: position.data });
  await startGeneration(application, move.generation, move.staff);
  response.redirect(303, hrefOf(move));
};

const BudgetBody = z.object({ budget: z.string().trim().max(40).catch('') });

/** A sum as a person enters it, in millionths of the currency; null where it is none. */
export function budgetOf(entered: string): number | null {
  const value = entered === '' ? Number.NaN : Number(entered.replace(',', '.'));
  return value >= 0 && value <= 1_000_000 ? Math.round(value * 1e6) : null;
}

/**
 * Sets the whole budget, in millionths of the currency: a paused run stays paused, others go on with
 * it. Throws a `Problem` where the run is in another state.
 */
export async function setBudget(
  application: Application,
  options: Move & { budget: number },
): Promise<void> {
  const { generation, staff } = options;
  const { state } = await getRun(application.db, generation.run_id);
  const verb = state === 'paused' ? 'pause' : 'resume';
  await moveGeneration(application.db, { ...options, verb });
  if (verb === 'resume') await startGeneration(application, generation, staff);
}

/**
 * POST /generations/:generation/budget: the whole budget from now on. A run that is out of budget
 * goes on with it.
 */
export const createBudget: Handler = async (request, response, application) => {
  const { db } = application;
  const { budget: entered } = parse(BudgetBody, request.body);
  const move = await moveOf(request, application);
  const run = await getRun(db, move.generation.run_id);
  const budget = budgetOf(entered);
  const faults: FieldFault[] =
    budget === null
      ? [{ field: 'budget', message: 'The budget is not a number between 0 and 1,000,000.' }]
      : budget < run.spent + run.reserved
        ? [{ field: 'budget', message: 'The budget is below what is spent or under way already.' }]
        : [];
  if (faults.length > 0 || budget === null)
    return renderGeneration(request, response, application, {
      generation: move.generation,
      entered: { budget: entered },
      faults,
    });
  await setBudget(application, { ...move, budget });
  response.redirect(303, hrefOf(move));
};
