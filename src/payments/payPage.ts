import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { titled } from '#platforms/check.js';
import { confirmed } from '#platforms/confirmation.js';
import { recruitmentsOf, requireRecruitment } from '#platforms/recruitment.js';
import { findRater } from '#raters/rater.js';
import { inTransaction } from '#storage/transaction.js';
import { planStudy } from '#studies/plan.js';
import { presentSettings, requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { percent } from '#web/format.js';
import { findStaff, requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { type FieldFault, notFound, Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  formatOf,
  makePaymentFile,
  payableTo,
  paymentFileContent,
  unknownPeople,
} from './files.js';
import { accountsOf, correctPay, postPay } from './ledger.js';
import { amountIn, amountWords, currencies } from './money.js';
import { hourly, payFor } from './owed.js';
import { payableThere, payThere } from './payThere.js';
import { type EnteredRule, enteredRule, readRule } from './payForm.js';
import { currentRule, type PayRule, storeRule } from './rule.js';
import { workOfStudy } from './work.js';

const studyOf = (request: Request, { db }: Application): Promise<Study> =>
  requireStudy(db, String(request.params['study']));
const pathOf = (study: Study): string => `/studies/${study.public_id}/pay`;

/** What the whole study will cost at this rule, fees included; null where that depends on time. */
async function forecastOf(
  application: Application,
  study: Study,
  rule: PayRule,
): Promise<{ pay: string; whole: string; judgments: number } | null> {
  if (rule.per === 'hour') return null;
  const { judgments } = await planStudy(application.db, study);
  // Least pay and what is judged beside the sample depend on how many people come.
  const pay = payFor({ ...rule, least: 0 }, { judgments, activeMs: 0 });
  return {
    judgments,
    pay: amountWords(pay, rule.currency),
    whole: amountWords(Math.ceil(pay * (1 + rule.fee)), rule.currency),
  };
}

/** What became of the call that pays a file. */
const paidThere: Readonly<Record<string, string>> = {
  wanted: 'waits to be sent to Prolific',
  sent: 'is on its way to Prolific',
  done: 'paid at Prolific',
  refused: 'refused by Prolific; its entries stand open again',
  unknown: 'nobody knows whether it was paid: look at Prolific and say so under Prolific',
};

/** The recruitments of a study whose people can be paid, with what stands open for them. */
async function payableByRecruitment(application: Application, study: Study) {
  const found = [];
  for (const recruitment of await recruitmentsOf(application.db, study.id)) {
    const payable = await payableTo(application.db, study.id, recruitment.row);
    if (payable.length === 0) continue;
    found.push({
      id: recruitment.row.public_id,
      title: titled(recruitment),
      people: payable.length,
      sum: payable.reduce((total, { sum }) => total + sum, 0),
      there: recruitment.row.platform_account_id !== null,
    });
  }
  const currency = (await currentRule(application.db, study.id))?.rule.currency ?? 'GBP';
  return found.map((one) => ({ ...one, sum: amountWords(one.sum, currency) }));
}

async function show(
  request: Request,
  response: Response,
  application: Application,
  given: { study: Study; entered?: EnteredRule; faults?: readonly FieldFault[] },
): Promise<void> {
  const { db, config } = application;
  const { study, faults = [] } = given;
  const stored = await currentRule(db, study.id);
  const rule = stored?.rule ?? null;
  const { medianMs, unmeasured } = await workOfStudy(db, study.id);
  const words = (minor: number): string => amountWords(minor, rule?.currency ?? 'GBP');
  const accounts = await accountsOf(db, study);
  const files = await db
    .selectFrom('payment_file')
    .leftJoin('platform_action', 'platform_action.id', 'payment_file.platform_action_id')
    .selectAll('payment_file')
    .select('platform_action.state as action')
    .where('payment_file.study_id', '=', study.id)
    .orderBy('payment_file.id', 'desc')
    .execute();
  const corrections = await db
    .selectFrom('ledger_entry')
    .innerJoin('rater', 'rater.id', 'ledger_entry.rater_id')
    .leftJoin('account', 'account.id', 'ledger_entry.made_by')
    .select(['pseudonym', 'amount_minor', 'reason', 'at', 'account.email'])
    .where('ledger_entry.study_id', '=', study.id)
    .where('kind', '=', 'correction')
    .orderBy('ledger_entry.id', 'desc')
    .execute();
  const gives = rule === null ? null : hourly(rule, medianMs);
  const open = accounts.reduce((sum, account) => sum + account.open, 0);
  renderPage(request, response, application, {
    view: 'payments/pay',
    shell: {
      layout: 'staff',
      title: `Pay: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      id: study.public_id,
      title: study.title,
      mayWrite: findStaff(request)?.role === 'admin',
      hasKey: config.platforms.secretKey !== null,
      hasRule: rule !== null,
      version: stored?.version ?? 0,
      currencies,
      entered: given.entered ?? enteredRule(rule),
      faults: [...faults],
      forecast: rule === null ? null : await forecastOf(application, study, rule),
      checks: presentSettings(study).blockItems + presentSettings(study).goldItems,
      fee: rule === null ? '' : percent(rule.fee, 1),
      hourly: gives === null ? null : words(gives),
      unmeasured: rule?.per === 'hour' ? unmeasured : 0,
      underFloor: rule?.floor != null && gives !== null && gives < rule.floor,
      accounts: accounts.map((account) => ({
        href: `/studies/${study.public_id}/raters/${account.publicId}`,
        id: account.publicId,
        pseudonym: account.pseudonym,
        judgments: account.judgments,
        posted: words(account.posted),
        rewarded: words(account.rewarded),
        open: words(account.open),
      })),
      posted: words(accounts.reduce((sum, account) => sum + account.posted, 0)),
      open: words(open),
      somethingOpen: open > 0,
      rewards: accounts.some(({ rewarded }) => rewarded !== 0),
      recruitments: await payableByRecruitment(application, study),
      files: files.map((file) => ({
        href: `${pathOf(study)}/files/${file.public_id}.csv`,
        format: formatOf(file.platform).title,
        paid:
          file.released_at === null ? (paidThere[file.action ?? ''] ?? null) : paidThere['refused'],
        at: file.made_at,
        total: amountWords(file.total_minor, file.currency),
        entries: file.entries,
        sha256: file.sha256,
      })),
      unknown: (await unknownPeople(db, study.id)).map((person) => ({
        pseudonym: person.pseudonym,
        sum: words(person.sum),
      })),
      corrections: corrections.map((row) => ({
        pseudonym: row.pseudonym,
        amount: words(row.amount_minor),
        reason: row.reason,
        at: row.at,
        by: row.email,
      })),
      key: randomUUID(),
    },
  });
}

/** GET /studies/:study/pay */
export const showPay: Handler = async (request, response, application) =>
  show(request, response, application, { study: await studyOf(request, application) });

const text = z
  .string()
  .max(200)
  .default('')
  .transform((value) => value.trim());
const RuleBody = z.object({
  currency: text,
  per: text,
  amount: text,
  batch: text,
  least: text,
  floor: text,
  reward: text,
  fee: text,
});

/** POST /studies/:study/pay/rule */
export const createRule: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const entered = parse(RuleBody, request.body);
  const { medianMs } = await workOfStudy(application.db, study.id);
  const read = readRule(entered, medianMs);
  if ('faults' in read)
    return show(request, response, application, { study, entered, faults: read.faults });
  const { rule } = read;
  const staff = requireStaff(request);
  await storeRule(application.db, { study, rule, now: application.now(), staff });
  response.redirect(303, pathOf(study));
};

/** POST /studies/:study/pay/post: enters what is owed. */
export const createPosting: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  await postPay(application.db, { study, now: application.now(), staff: requireStaff(request) });
  response.redirect(303, `${pathOf(study)}#ledger`);
};

const CorrectionBody = z.object({
  rater: z.string().max(40),
  amount: z.string().max(40),
  sign: z.enum(['more', 'less']),
  reason: z.string().trim().min(1, 'is empty').max(1000),
  key: z.string().min(8).max(80),
});

/** POST /studies/:study/pay/corrections */
export const createCorrection: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await studyOf(request, application);
  const body = parse(CorrectionBody, request.body);
  const rater = await findRater(db, study.id, body.rater);
  if (rater === undefined) throw notFound('rater');
  const currency = (await currentRule(db, study.id))?.rule.currency ?? 'GBP';
  const amount = amountIn(body.amount, currency);
  if (amount === null || amount === 0)
    throw new Problem(
      422,
      'invalid_input',
      `“${body.amount}” is no amount of ${currency}.`,
      'Nothing was entered. Go back and correct it.',
    );
  await correctPay(db, {
    study,
    raterId: rater.id,
    amount: body.sign === 'less' ? -amount : amount,
    reason: body.reason,
    key: body.key,
    now: application.now(),
    staff: requireStaff(request),
  });
  response.redirect(303, `${pathOf(study)}#ledger`);
};

const FileBody = z.object({ recruitment: z.string().max(40) });

const recruitmentIn = async (request: Request, { db }: Application, study: Study) =>
  (await requireRecruitment(db, study, parse(FileBody, request.body).recruitment)).row;

/** POST /studies/:study/pay/files */
export const createFile: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  await makePaymentFile(application, {
    study,
    recruitment: await recruitmentIn(request, application, study),
    now: application.now(),
    staff: requireStaff(request),
  });
  response.redirect(303, `${pathOf(study)}#files`);
};

/** POST /studies/:study/pay/there: has Prolific pay, once the sum was confirmed. */
export const createPaymentThere: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const recruitment = await recruitmentIn(request, application, study);
  const { total } = await payableThere(application, study, recruitment);
  const back = `${pathOf(study)}#files`;
  if (!confirmed(request, response, application, { amountMinor: total, back })) return;
  await payThere(application, {
    study,
    recruitment,
    confirmedMinor: total,
    now: application.now(),
    staff: requireStaff(request),
  });
  response.redirect(303, back);
};

/** GET /studies/:study/pay/files/:file.csv */
export const downloadFile: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const name = /^([\w-]{1,40})\.csv$/.exec(String(request.params['file']))?.[1] ?? '';
  const file = await application.db
    .selectFrom('payment_file')
    .selectAll()
    .where('study_id', '=', study.id)
    .where('public_id', '=', name)
    .executeTakeFirst();
  if (file === undefined) throw notFound('payment file');
  const content = await paymentFileContent(application, file);
  await inTransaction(application.db, (trx) =>
    recordAudit(trx, {
      at: application.now(),
      staff: requireStaff(request),
      action: 'pay.download',
      subject: `payment file ${file.public_id}`,
      detail: { total: file.total_minor },
    }),
  );
  response.attachment(`payment-${file.public_id}.csv`).type('text/csv').send(content);
};
