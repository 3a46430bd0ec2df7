import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { findStaff, requireStaff } from '#web/identity.js';
import { faultsOf, parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import type { Request, Response } from 'express';
import {
  confirmDescription,
  describeBehaviour,
  descriptionHistory,
  requireBehaviour,
} from './behaviour.js';
import { listDatasets, sourceWords } from './dataset.js';

/** A description as a form sends it. */
export const DescriptionForm = z.object({
  csrf: z.string().optional(),
  short: z
    .string()
    .trim()
    .min(1, 'Write what the behaviour is, in one line.')
    .max(200, 'This is longer than 200 characters; the longer text has room.'),
  long: z.string().trim().max(4000, 'This is longer than 4,000 characters.').default(''),
  confirm: z.literal('yes').optional(),
});

const ConfirmForm = z.object({
  csrf: z.string().optional(),
  version: z.coerce.number().int().min(1),
});

async function render(
  request: Request,
  response: Response,
  application: Application,
  given?: { short: string; long: string; faults: readonly FieldFault[] },
): Promise<void> {
  const { db } = application;
  const behaviour = await requireBehaviour(db, String(request.params['behaviour']));
  const history = await descriptionHistory(db, behaviour.id);
  const [latest] = history;
  const datasets = (await listDatasets(db)).filter(
    (dataset) => dataset.behaviour_id === behaviour.id,
  );
  renderPage(request, response, application, {
    view: 'datasets/behaviour',
    shell: {
      layout: 'staff',
      title: behaviour.name,
      section: 'datasets',
      styles: ['css/datasets.css'],
    },
    status: given === undefined ? 200 : 422,
    page: {
      name: behaviour.name,
      href: `/datasets/behaviours/${behaviour.public_id}`,
      mayWrite: findStaff(request)?.role === 'admin',
      latest:
        latest === undefined
          ? null
          : {
              version: latest.version,
              short: latest.short,
              long: latest.long,
              confirmedAt: latest.confirmed_at,
            },
      short: given?.short ?? latest?.short ?? '',
      long: given?.long ?? latest?.long ?? '',
      faults: given?.faults ?? [],
      history: history.map((entry) => ({
        version: entry.version,
        short: entry.short,
        long: entry.long,
        createdAt: entry.created_at,
        confirmedAt: entry.confirmed_at,
      })),
      datasets: datasets.map((dataset) => ({
        href: `/datasets/${dataset.public_id}`,
        name: dataset.name,
        version: dataset.version,
        source: dataset.source,
        sourceWord: sourceWords[dataset.source],
        examples: dataset.example_count,
        fewShot: dataset.role === 'few-shot',
      })),
    },
  });
}

/** GET /datasets/behaviours/:behaviour */
export const showBehaviour: Handler = (request, response, application) =>
  render(request, response, application);

/**
 * POST /datasets/behaviours/:behaviour: writes a description; a confirmed one stays and a new
 * version follows.
 */
export const writeDescription: Handler = async (request, response, application) => {
  const { db } = application;
  const behaviour = await requireBehaviour(db, String(request.params['behaviour']));
  const form = DescriptionForm.safeParse(request.body);
  if (!form.success) {
    const body = z
      .object({ short: z.string().catch(''), long: z.string().catch('') })
      .parse(request.body ?? {});
    await render(request, response, application, { ...body, faults: faultsOf(form.error) });
    return;
  }
  const staff = requireStaff(request);
  const { short, long, confirm } = form.data;
  await inTransaction(db, async (trx) => {
    const { description, changed } = await describeBehaviour(trx, {
      behaviourId: behaviour.id,
      text: { short, long },
      confirm: confirm === 'yes',
      now: application.now(),
      accountId: staff.accountId,
    });
    if (!changed) return;
    await recordAudit(trx, {
      at: application.now(),
      staff,
      action: confirm === 'yes' ? 'behaviour.confirm' : 'behaviour.describe',
      subject: `behaviour ${behaviour.public_id}`,
      detail: { version: description.version },
    });
  });
  response.redirect(303, `/datasets/behaviours/${behaviour.public_id}`);
};

/** POST /datasets/behaviours/:behaviour/confirm: lets raters see the newest description. */
export const confirmBehaviour: Handler = async (request, response, application) => {
  const { db } = application;
  const behaviour = await requireBehaviour(db, String(request.params['behaviour']));
  const { version } = parse(ConfirmForm, request.body);
  const staff = requireStaff(request);
  await inTransaction(db, async (trx) => {
    const { changed } = await confirmDescription(trx, {
      behaviourId: behaviour.id,
      version,
      now: application.now(),
      accountId: staff.accountId,
    });
    if (!changed) return;
    await recordAudit(trx, {
      at: application.now(),
      staff,
      action: 'behaviour.confirm',
      subject: `behaviour ${behaviour.public_id}`,
      detail: { version },
    });
  });
  response.redirect(303, `/datasets/behaviours/${behaviour.public_id}`);
};
