import type { Request, Response } from 'express';
import { z } from 'zod';
import { isNothing } from '#assignment/nothing.js';
import { atWork } from '#assignment/rate.js';
import { currentItem } from '#assignment/slots.js';
import { getRater } from '#raters/rater.js';
import { wording } from '#raters/wording.js';
import { currentForm, getStudy, settingsOf } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireRater } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  answerTraining,
  behaviourTextOf,
  trainingOf,
  trainingOrder,
  trainingStand,
} from './training.js';

/** The wording of the question that the training asks: the form’s own. */
async function questionOf(application: Application, studyId: number): Promise<string> {
  const { form } = await currentForm(application.db, studyId);
  return form.questions.find(({ type }) => type === 'label')?.wording ?? wording.training.question;
}

/** Whether the rater who calls is to train now; where not, the rating page says why. */
async function mayTrain(request: Request, application: Application): Promise<boolean> {
  const current = await currentItem(atWork(request, application));
  return isNothing(current) && current.reason === 'training';
}

async function show(
  request: Request,
  response: Response,
  application: Application,
  given: { looking: number | null; fault: string | null },
): Promise<void> {
  const { db, database } = application;
  const rater = await getRater(db, requireRater(request).raterId);
  const study = await getStudy(db, rater.study_id);
  const settings = settingsOf(study);
  const examples = await trainingOf(db, study.id);
  const stand = await trainingStand(db, rater, {
    examples: examples.length,
    attempts: settings.trainingAttempts,
  });
  const { looking, fault } = given;
  // Feedback on the last answer of an attempt belongs to the attempt before.
  const shownAnswers =
    stand.answered.length === 0 && looking === examples.length - 1 && stand.attempt > 1
      ? await trainingStand(db, rater, { examples: Infinity, attempts: settings.trainingAttempts })
      : stand;
  const told = looking === null ? undefined : shownAnswers.answered[looking];
  const index = told === undefined || looking === null ? stand.answered.length : looking;
  const example = examples[index];
  if (example === undefined || (told === undefined && !(await mayTrain(request, application)))) {
    response.redirect(303, '/rate');
    return;
  }
  const order = trainingOrder(example, { rater, shuffle: settings.shuffleChoices });
  renderPage(request, response, application, {
    view: 'quality/training',
    shell: {
      layout: 'rater',
      title: settings.raterTitle,
      styles: ['css/rating.css'],
      wayOut: wording.leaving.link,
    },
    status: fault === null ? 200 : 422,
    page: {
      wording,
      title: settings.raterTitle,
      contact: settings.contact,
      index,
      count: examples.length,
      attempt: shownAnswers.attempt,
      attempts: settings.trainingAttempts,
      wanted: Math.ceil(settings.trainingShare * examples.length - 1e-9),
      before: stand.answered.length === 0 && told === undefined ? stand.before : null,
      behaviour: await behaviourTextOf(database, {
        studyId: study.id,
        datasetId: example.datasetId,
      }),
      question: await questionOf(application, study.id),
      text: example.text,
      choices: order.map((choice, position) => ({
        value: position,
        text: example.choices[choice]?.text ?? '',
        chosen: told !== undefined && choice === told.choice,
        right: told !== undefined && choice === example.answer,
      })),
      told: told === undefined ? null : { correct: told.correct, explanation: example.explanation },
      fault,
    },
  });
}

const Query = z.object({
  answered: z
    .string()
    .regex(/^\d{1,4}$/)
    .optional(),
});

/** GET /training: the next example of the training, or what is said to the one just answered. */
export const showTraining: Handler = async (request, response, application) => {
  const { answered } = Query.safeParse(request.query).data ?? {};
  await show(request, response, application, {
    looking: answered === undefined ? null : Number(answered),
    fault: null,
  });
};

const Body = z.object({
  index: z.string().regex(/^\d{1,4}$/),
  choice: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional(),
});

/** POST /training: stores an answer and says what is right. */
export const createTrainingAnswer: Handler = async (request, response, application) => {
  const { index, choice } = parse(Body, request.body);
  const { raterId } = requireRater(request);
  if (choice === undefined)
    return show(request, response, application, {
      looking: null,
      fault: wording.training.missing,
    });
  const rater = await getRater(application.db, raterId);
  const settings = settingsOf(await getStudy(application.db, rater.study_id));
  const example = (await trainingOf(application.db, rater.study_id))[Number(index)];
  const meant =
    example === undefined
      ? undefined
      : trainingOrder(example, { rater, shuffle: settings.shuffleChoices })[Number(choice)];
  if (meant !== undefined && (await mayTrain(request, application)))
    await answerTraining(application.database, {
      raterId,
      index: Number(index),
      choice: meant,
      now: application.now(),
    });
  response.redirect(303, `/training?answered=${index}`);
};
