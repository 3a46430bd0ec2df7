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
import { confirmDescription, descriptionHistory, requireBehaviour } from './behaviour.js';
import { listDatasets, remarkOn, sourceWords } from './dataset.js';
import { DescriptionForm, DescriptionTyped, storeDescription } from './descriptionForm.js';

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
        remark: remarkOn(dataset),
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
    const body = parse(DescriptionTyped, request.body ?? {});
    await render(request, response, application, { ...body, faults: faultsOf(form.error) });
    return;
  }
  const staff = requireStaff(request);
  await storeDescription(application, {
    behaviourOf: () => Promise.resolve(behaviour),
    form: form.data,
    staff,
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
