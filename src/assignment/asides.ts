import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { formKey } from '#raters/formKey.js';
import { Preferences, preferencesOf } from '#raters/rater.js';
import { endVisit } from '#raters/visit.js';
import { wording } from '#raters/wording.js';
import { writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import { requireRater } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { atWork, gateNow, requireOwn, showNothing } from './rate.js';
import {
  flagItem,
  flagKinds,
  leaveForNow,
  returnItem,
  skipReasons,
  takeUpAgain,
} from './return.js';
import { lockAtWork } from './atWork.js';
import { nothingBecause } from './nothing.js';

const comment = z
  .string()
  .max(2000, 'is longer than 2,000 characters')
  .optional()
  .transform((text) => {
    const clean = (text ?? '').toWellFormed().trim();
    return clean === '' ? null : clean;
  });

/**
 * What the page that asks for a reason shows. It is made with a key of its own, so that its form
 * sent twice is stored once.
 */
export const asidePage = (
  kind: 'skip' | 'flag',
  page: { title: string; action: string; resume: string; preview: { back: string } | null },
) => ({
  ...page,
  wording,
  key: randomUUID(),
  heading: kind === 'skip' ? wording.skipTitle : wording.flagTitle,
  hint: kind === 'skip' ? wording.skipHint : wording.flagHint,
  name: kind === 'skip' ? 'reason' : 'kind',
  options: Object.entries(kind === 'skip' ? skipReasons : flagKinds),
});

const askFor =
  (kind: 'skip' | 'flag'): Handler =>
  async (request, response, application) => {
    const assignment = await requireOwn(
      application,
      requireRater(request).raterId,
      String(request.params['assignment']),
    );
    const { rating, gate } = await gateNow(request, application);
    // The rating page says why.
    if (gate.refusal(kind) !== undefined) return response.redirect(303, '/rate');
    renderPage(request, response, application, {
      view: 'assignment/aside',
      shell: {
        layout: 'rater',
        title: rating.settings.raterTitle,
        styles: ['css/rating.css'],
        wayOut: wording.leaving.link,
      },
      page: asidePage(kind, {
        title: rating.settings.raterTitle,
        action: `/rate/${assignment.public_id}/${kind}`,
        resume: '/rate',
        preview: null,
      }),
    });
  };

export const askSkip = askFor('skip');
export const askFlag = askFor('flag');

const keysOf = <T extends Record<string, string>>(
  list: T,
): [keyof T & string, ...(keyof T & string)[]] =>
  Object.keys(list) as [keyof T & string, ...(keyof T & string)[]];
export const SkipBody = z.object({
  key: formKey,
  reason: z.enum(keysOf(skipReasons), 'Choose a reason.'),
  comment,
});
export const FlagBody = z.object({
  key: formKey,
  kind: z.enum(keysOf(flagKinds), 'Choose what is wrong.'),
  comment,
});

export const createSkip: Handler = async (request, response, application) => {
  const body = parse(SkipBody, request.body);
  await returnItem(atWork(request, application), {
    assignment: String(request.params['assignment']),
    ...body,
  });
  response.redirect(303, '/rate');
};

export const createFlag: Handler = async (request, response, application) => {
  const body = parse(FlagBody, request.body);
  await flagItem(atWork(request, application), {
    assignment: String(request.params['assignment']),
    ...body,
  });
  response.redirect(303, '/rate?saved=flagged');
};

export const createTakeUp: Handler = async (request, response, application) => {
  const again = await takeUpAgain(
    atWork(request, application),
    String(request.params['assignment']),
  );
  response.redirect(303, again ? '/rate' : '/rate?saved=taken');
};

/** `POST /rate/leave`: the rater's session ends, so that nobody goes on in their name. */
export const createLeave: Handler = async (request, response, application) => {
  const refusal = await leaveForNow(atWork(request, application));
  await endVisit(request, response, application);
  const nothing = refusal === undefined ? ({ reason: 'left' } as const) : nothingBecause(refusal);
  await showNothing(request, response, application, { nothing });
};

const KeysBody = z.object({ letterKeys: z.enum(['on', 'off']) });

export const updateKeys: Handler = async (request, response, application) => {
  const { letterKeys } = parse(KeysBody, request.body);
  await inTransaction(application.db, async (trx) => {
    const { rater, gate } = await lockAtWork(trx, atWork(request, application));
    gate.require('setPreferences');
    const preferences = writeJson(Preferences, {
      ...preferencesOf(rater),
      letterKeys: letterKeys === 'on',
    });
    await trx.updateTable('rater').set({ preferences }).where('id', '=', rater.id).execute();
  });
  response.redirect(303, '/rate');
};
