import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { requireStudy } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { reportPart } from './thread/reporting.js';
import type { Part, Subject } from './thread/tasks.js';
import { frozenReportsOf, requireFrozen, subjectOf } from './frozen/frozen.js';
import { publications } from './publication/publications.js';
import { queueTexts, type TextsState } from '#texts/queue.js';

/** What the frame says of a report that was frozen. */
interface Frozen {
  readonly id: string;
  readonly at: number;
  readonly sha256: string;
  /** When a rater withdrew whose answers it holds; null where nobody did. */
  readonly superseded: number | null;
}

interface Frame {
  readonly subject: Subject;
  readonly base: string;
  readonly study: { readonly id: string; readonly title: string };
  readonly frozen: Frozen | null;
  /** How far the texts are measured. */
  readonly texts: TextsState;
  /** Reports of this study that were frozen. */
  readonly kept: readonly { readonly href: string; readonly at: number }[];
}

/**
 * What is computed, or null where it takes longer; it is computed on, and whoever asks again shares
 * it.
 */
async function withinWait<T>(computation: Promise<T>, milliseconds: number): Promise<T | null> {
  const enough = new AbortController();
  const waited = wait(milliseconds, null, { signal: enough.signal }).catch(() => null);
  try {
    return await Promise.race([computation, waited]);
  } finally {
    enough.abort();
    // Whoever looks again hears of a fault.
    computation.catch(() => undefined);
  }
}

async function frameOf(request: Request, application: Application): Promise<Frame> {
  const { db } = application;
  const report = request.params['report'];
  if (report === undefined) {
    const study = await requireStudy(db, String(request.params['study']));
    const kept = (await frozenReportsOf(db, study.id)).map((frozen) => ({
      href: `/reports/${frozen.public_id}`,
      at: frozen.frozen_at,
    }));
    return {
      subject: { study: study.public_id },
      base: `/studies/${study.public_id}/report`,
      study: { id: study.public_id, title: study.title },
      frozen: null,
      texts: await queueTexts(application, study),
      kept,
    };
  }
  const frozen = await requireFrozen(db, String(report));
  const study = await db
    .selectFrom('study')
    .select(['public_id', 'title'])
    .where('id', '=', frozen.study_id)
    .executeTakeFirstOrThrow();
  const subject = await subjectOf(db, frozen);
  return {
    subject,
    base: `/reports/${frozen.public_id}`,
    study: { id: study.public_id, title: study.title },
    frozen: {
      id: frozen.public_id,
      at: frozen.frozen_at,
      sha256: frozen.sha256,
      superseded: subject.superseded,
    },
    texts: { missing: 0, fault: null },
    kept: [],
  };
}

/** How long a page that waits for a report stands before it looks again. */
const lookAgainSeconds = 2;

/**
 * A report that takes long, many sets just after a start, is computed on while the browser has
 * something to show.
 */
function showWaiting(
  request: Request,
  response: Response,
  application: Application,
  frame: Frame,
): void {
  response.set({ refresh: String(lookAgainSeconds), 'cache-control': 'no-store' });
  renderPage(request, response, application, {
    view: 'reports/waiting',
    shell: { layout: 'staff', title: `Report: ${frame.study.title}`, section: 'studies' },
    page: { study: frame.study, href: request.originalUrl },
    status: 202,
  });
}

async function showPart(
  request: Request,
  response: Response,
  application: Application,
  part: Part,
): Promise<void> {
  const frame = await frameOf(request, application);
  const computed = await withinWait(
    reportPart(application, frame.subject, part, frame.base),
    application.config.reportWaitMs,
  );
  if (computed === null) return showWaiting(request, response, application, frame);
  const { outline, body } = computed;
  const named =
    part.kind === 'overview'
      ? undefined
      : part.kind === 'dataset'
        ? outline.datasets.find((dataset) => dataset.id === part.id)?.title
        : outline.pairs.find((pair) => pair.id === part.id)?.behaviour;
  const title =
    named === undefined
      ? `Report: ${outline.title}`
      : part.kind === 'pair'
        ? `${named}: generated against human-written`
        : named;
  renderPage(request, response, application, {
    view: 'reports/page',
    shell: {
      layout: 'staff',
      title: `${title}${named === undefined ? '' : ` – ${outline.title}`}`,
      section: 'studies',
      styles: ['css/report.css'],
      scripts: ['js/sort_tables.js'],
    },
    page: {
      ...frame,
      title,
      part: part.kind,
      partId: part.kind === 'overview' ? null : part.id,
      outline,
      body,
      publications,
    },
  });
}

/**
 * GET /studies/:study/report and /reports/:report: the report's first page, of the study as it
 * stands now or as it was frozen.
 */
export const showReport: Handler = (request, response, application) =>
  showPart(request, response, application, { kind: 'overview' });

/** GET …/datasets/:dataset: everything about one dataset. */
export const showReportDataset: Handler = (request, response, application) =>
  showPart(request, response, application, {
    kind: 'dataset',
    id: String(request.params['dataset']),
  });

/** GET …/pairs/:dataset: one comparison, by its generated dataset. */
export const showReportPair: Handler = (request, response, application) =>
  showPart(request, response, application, { kind: 'pair', id: String(request.params['dataset']) });
