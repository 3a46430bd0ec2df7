import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { notFound } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { planStudy } from './plan.js';
import {
  planOfRegistration,
  planToRegister,
  registerPlan,
  registrationsOf,
} from './registration.js';
import { requireStudy } from './study.js';

/**
 * GET /studies/:study/register: what will be written down, and the two things that only people can
 * say.
 */
export const askRegistration: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const registrations = await registrationsOf(application.db, study.id);
  const [newest] = registrations;
  const before = newest === undefined ? null : planOfRegistration(newest);
  renderPage(request, response, application, {
    view: 'studies/register',
    shell: {
      layout: 'staff',
      title: `Register the plan of ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      draft: study.state === 'draft',
      questions: before?.questions ?? '',
      exclusionRules: before?.exclusionRules ?? '',
      registrations: registrations.map((registration) => ({
        href: `/studies/${study.public_id}/registrations/${registration.public_id}`,
        at: registration.registered_at,
        sha256: registration.sha256,
      })),
    },
  });
};

const Body = z.object({
  questions: z.string().max(20_000, 'is longer than 20,000 characters').default(''),
  exclusionRules: z.string().max(20_000, 'is longer than 20,000 characters').default(''),
});

/** POST /studies/:study/register */
export const createRegistration: Handler = async (request, response, application) => {
  const { db } = application;
  const staff = requireStaff(request);
  const body = parse(Body, request.body);
  const study = await requireStudy(db, String(request.params['study']));
  const plan = await planStudy(db, study);
  const document = await planToRegister(db, study, plan, {
    questions: body.questions.trim(),
    exclusionRules: body.exclusionRules.trim(),
  });
  const now = application.now();
  await inTransaction(db, async (trx) => {
    const registration = await registerPlan(trx, {
      study,
      plan: document,
      now,
      accountId: staff.accountId,
    });
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'study.register',
      subject: `study ${study.public_id}`,
      detail: { registration: registration.public_id, sha256: registration.sha256 },
    });
  });
  response.redirect(303, `/studies/${study.public_id}/register`);
};

/**
 * GET /studies/:study/registrations/:registration: the plan as it was registered, byte for byte.
 */
export const downloadRegistration: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const registration = (await registrationsOf(application.db, study.id)).find(
    (known) => known.public_id === String(request.params['registration']),
  );
  if (registration === undefined) throw notFound('registered plan');
  response
    .attachment(`plan-${registration.sha256.slice(0, 12)}.json`)
    .type('json')
    .send(registration.document);
};
