import type { Request, Response } from 'express';
import { sourceWords } from '#datasets/dataset.js';
import { callsToLookAt } from '#platforms/actions.js';
import { findingsBeforeArrivals } from '#platforms/check.js';
import { plannedShare } from '#statistics/power/precision.js';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { count, fixed, percent, time } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import { renderFragment, renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { decisionRule } from '#studies/decisionRule.js';
import { currentForm, requireStudy, settingsOf, type Study, studyEvents } from '#studies/study.js';
import { keptDocuments } from './keptDocuments.js';
import { fastRaters, needsOf } from './needs.js';
import { newestTimed, type RaterProgress, type StudyProgress } from './progress.js';
import { keptProgress, serverProgress } from './serverProgress.js';

/** Milliseconds as people say them. */
export const duration = (ms: number | null): string =>
  ms === null
    ? '–'
    : ms < 100_000
      ? `${(ms / 1000).toFixed(1)} s`
      : `${Math.round(ms / 60_000)} min`;

/** How long ago, in words. */
export function ago(at: number | null, now: number): string {
  if (at === null) return '–';
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 2) return 'now';
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 48 * 60
    ? `${Math.floor(minutes / 60)} h ago`
    : `${Math.floor(minutes / 1440)} days ago`;
}

/** How a rater's standing reads: exclusion beside the state. */
export function standingOf(
  rater: Pick<RaterProgress, 'state' | 'excluded' | 'stopped' | 'training'>,
): string {
  if (rater.state === 'withdrawn') return 'withdrawn';
  if (rater.excluded) return 'excluded';
  if (rater.stopped && rater.state !== 'blocked') return 'stopped';
  if (rater.training === 'failed') return 'not qualified';
  return rater.state === 'consented' ? 'active' : rater.state;
}

/** The part of a study's page that is fetched again and again. */
async function liveView(
  db: Db,
  study: Study,
  { progress, now }: { progress: StudyProgress; now: number },
): Promise<object> {
  const calls = await callsToLookAt(db, study.id);
  const fast = new Set(fastRaters(progress.raters).map(({ rater }) => rater.id));
  const smallest = Math.min(
    ...progress.datasets.flatMap(({ part, items }) => (part === 'dropped' ? [] : items)),
  );
  return {
    id: study.public_id,
    finished: false,
    judgments: progress.judgments,
    wanted: progress.wanted,
    surplus: progress.surplus,
    perHour:
      progress.perHour === null
        ? null
        : progress.perHour < 10
          ? fixed(progress.perHour, 1)
          : count(progress.perHour),
    pace:
      progress.judgments >= progress.wanted
        ? 'all judgments are in'
        : progress.doneAt === null
          ? study.state === 'open'
            ? 'no judgment within the last hour'
            : `the study is ${study.state}`
          : `done about ${time(progress.doneAt)}`,
    raters: progress.raters.filter((rater) => rater.state !== 'invited').length,
    invited: progress.raters.filter((rater) => rater.state === 'invited').length,
    atWork: progress.atWork,
    halfWidth:
      progress.items === 0 || !progress.datasets.some((dataset) => dataset.items > 0)
        ? null
        : (plannedShare(Math.max(1, smallest)).halfWidth * 100).toFixed(1),
    needs: needsOf({ id: study.public_id, state: study.state }, progress, calls),
    datasets: progress.datasets.map((dataset) => ({
      href: `/datasets/${dataset.id}`,
      behaviour: dataset.behaviour,
      name: dataset.name,
      source: dataset.source,
      sourceWord: `${sourceWords[dataset.source]}${dataset.part === 'dropped' ? ', dropped' : ''}`,
      judgments: dataset.judgments,
      wanted: dataset.wanted,
      complete: dataset.complete,
      items: dataset.items,
      upheld: dataset.labelled === 0 ? null : percent(dataset.upheld / dataset.labelled),
      interval:
        dataset.upheldInterval === null
          ? ''
          : `[${(dataset.upheldInterval.lower * 100).toFixed(1)}, ${(dataset.upheldInterval.upper * 100).toFixed(1)}]`,
      relevance: dataset.meanRelevance === null ? '–' : fixed(dataset.meanRelevance, 1),
      unclear: dataset.unclear === null ? '–' : percent(dataset.unclear, 0),
    })),
    people: progress.raters.map((rater) => ({
      href: `/studies/${study.public_id}/raters/${rater.id}`,
      pseudonym: rater.pseudonym,
      standing: standingOf(rater),
      simulated: rater.simulated,
      fast: fast.has(rater.id),
      judgments: rater.judgments,
      counted: rater.counted,
      skipped: rater.skipped,
      medianMs: rater.medianMs ?? '',
      median: duration(rater.medianMs),
      lastSeenAt: rater.lastSeenAt ?? '',
      lastSeen: rater.state === 'invited' ? 'not yet' : ago(rater.lastSeenAt, now),
    })),
    timed: progress.judgments + progress.surplus > newestTimed ? newestTimed : null,
  };
}

const points = (share: number): string => `${Number((share * 100).toFixed(2))}`;

/**
 * Shows a study that was opened, as far as it is; also right after something was made that is shown
 * once.
 */
export async function showStudyPage(
  request: Request,
  response: Response,
  application: Application,
  study: Study,
): Promise<void> {
  const { db } = application;
  const now = application.now();
  const settings = settingsOf(study);
  const progress = await serverProgress(application, study);
  const rule = await decisionRule(db, study);
  const moves = (await studyEvents(db, study.id)).filter((event) => event.to_state === study.state);
  renderPage(request, response, application, {
    view: 'oversight/study',
    shell: {
      layout: 'staff',
      title: study.title,
      section: 'studies',
      styles: ['css/studies.css'],
      scripts: ['js/fragment.js', 'js/sort_tables.js', 'js/copy_to_clipboard.js'],
    },
    page: {
      title: study.title,
      state: study.state,
      since: moves[0]?.at ?? study.opened_at ?? study.created_at,
      formVersion: (await currentForm(db, study.id)).version,
      overlap: settings.overlap,
      mayWrite: findStaff(request)?.role === 'admin',
      kept: await keptDocuments(db, study),
      findings: study.state === 'closed' ? [] : await findingsBeforeArrivals(application, study),
      joinLink: `${application.config.baseUrl}/join/${study.join_token}`,
      simulated: progress.raters.filter((rater) => rater.simulated).length,
      rule: {
        threshold: points(rule.threshold),
        agreementMargin: points(rule.agreementMargin),
        relevanceMargin: String(rule.relevanceMargin),
        setAt: rule.setAt,
        postHoc: rule.postHoc,
        opened: {
          threshold: points(rule.opened.threshold),
          agreementMargin: points(rule.opened.agreementMargin),
          relevanceMargin: String(rule.opened.relevanceMargin),
        },
      },
      ...(await liveView(db, study, { progress, now })),
    },
  });
}

/** GET /studies/:study: a draft's page is its review. */
export const showStudy: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  if (study.state === 'draft') {
    response.redirect(303, `/studies/${study.public_id}/review`);
    return;
  }
  await showStudyPage(request, response, application, study);
};

/**
 * GET /studies/:study/progress?state=: the live part alone; tells the page to load anew once the
 * state is another one.
 */
export const showStudyProgress: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const now = application.now();
  const view = {
    ...(await liveView(application.db, study, {
      progress: await keptProgress(application, study),
      now,
    })),
    ...(request.query['state'] === study.state ? {} : { finished: true }),
  };
  response.type('html').send(renderFragment(request, application, 'oversight/progress', view));
};
