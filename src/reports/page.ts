import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { requireStudy } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { reportPart } from './thread/reporting.js';
import type { Part } from './thread/tasks.js';
import { frozenReportsOf } from './frozen/frozen.js';
import { liveAddress, type Offer, offersOf, pagesOf, type ReportPage } from './offers.js';
import { queueTexts, type TextsState } from '#texts/queue.js';

/** The study that a report is of. */
export interface ReportOf {
  readonly id: string;
  readonly title: string;
}

/** What the frame around a page of a report shows. */
export interface FramedPage {
  readonly study: ReportOf;
  /** Address of the report's first page. */
  readonly base: string;
  /** Name of this page among `pages`. */
  readonly current: string;
  readonly heading: string;
  /** What the frame says of a report that was frozen; null for the report as it stands now. */
  readonly frozen: {
    readonly at: number;
    readonly sha256: string;
    /** When a rater withdrew whose answers it holds; null where nobody did. */
    readonly superseded: number | null;
    /** The version that froze it, where this one cannot compute its numbers again; or null. */
    readonly verifiedBy: string | null;
  } | null;
  readonly pages: readonly Pick<ReportPage, 'name' | 'title' | 'note'>[];
  readonly files: readonly (Pick<Offer, 'kind' | 'page' | 'title' | 'sentence'> & {
    readonly href: string;
  })[];
  /** Reports of this study that were frozen, where the page lists them. */
  readonly kept: readonly { readonly href: string; readonly at: number }[];
  /** How far the texts are measured. */
  readonly texts: TextsState;
  readonly body: string;
}

/**
 * What is computed, or null where it takes longer; it is computed on, and whoever asks again shares
 * it.
 */
export async function withinWait<T>(
  computation: Promise<T>,
  milliseconds: number,
): Promise<T | null> {
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

/** How long a page that waits for a report stands before it looks again. */
const lookAgainSeconds = 2;

/**
 * A report that takes long, many sets just after a start, is computed on while the browser has
 * something to show.
 */
export function showWaiting(
  request: Request,
  response: Response,
  application: Application,
  study: ReportOf,
): void {
  response.set({ refresh: String(lookAgainSeconds), 'cache-control': 'no-store' });
  renderPage(request, response, application, {
    view: 'reports/waiting',
    shell: { layout: 'staff', title: `Report: ${study.title}`, section: 'studies' },
    page: { study, href: request.originalUrl },
    status: 202,
  });
}

/** Puts one page of a report, live or frozen, into its frame and sends it. */
export function sendReportPage(
  request: Request,
  response: Response,
  application: Application,
  page: FramedPage & { readonly title: string },
): void {
  renderPage(request, response, application, {
    view: 'reports/page',
    shell: {
      layout: 'staff',
      title: page.title,
      section: 'studies',
      styles: ['css/report.css'],
      scripts: ['js/sort_tables.js'],
    },
    page,
  });
}

async function showPart(
  request: Request,
  response: Response,
  application: Application,
  part: Part,
): Promise<void> {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  const reportOf = { id: study.public_id, title: study.title };
  const texts = await queueTexts(application, study);
  const computed = await withinWait(
    reportPart(application, study.public_id, part),
    application.config.reportWaitMs,
  );
  if (computed === null) return showWaiting(request, response, application, reportOf);
  const { outline, body } = computed;
  const base = `/studies/${study.public_id}/report`;
  const name = part.kind === 'overview' ? '' : `${part.kind}s/${part.id}`;
  const pages = pagesOf(outline);
  const heading = pages.find((page) => page.name === name)?.heading ?? '';
  const frozen = await frozenReportsOf(db, study.id);
  sendReportPage(request, response, application, {
    title: name === '' ? heading : `${heading} – ${outline.title}`,
    study: reportOf,
    base,
    current: name,
    heading,
    frozen: null,
    pages,
    files: offersOf(outline).map((offer) => ({
      ...offer,
      href: liveAddress(study.public_id, offer.download),
    })),
    kept: frozen.map(({ public_id, frozen_at, stamp }) => ({
      href: `/reports/${public_id}`,
      at: frozen_at,
      provisional: stamp !== null && stamp !== '',
    })),
    texts,
    body,
  });
}

/** GET /studies/:study/report: the first page of a study's report, as it stands now. */
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
