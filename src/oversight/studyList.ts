import type { Db } from '#storage/database.js';
import { planStudy } from '#studies/plan.js';
import { listStudies, type Study } from '#studies/study.js';
import { plural } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type Need, needsOf } from './needs.js';
import type { StudyProgress } from './progress.js';
import { keptProgress } from './serverProgress.js';

/** One study as lists show it. */
export interface ListedStudy {
  readonly id: string;
  readonly title: string;
  readonly state: Study['state'];
  readonly createdAt: number;
  readonly items: number;
  readonly judgments: number;
  readonly wanted: number;
  readonly raters: number;
  /** Raters that are programs. */
  readonly simulated: number;
  readonly perHour: number | null;
  readonly needs: readonly Need[];
}

async function draftNeeds(
  db: Db,
  study: Study,
): Promise<{ items: number; judgments: number; needs: Need[] }> {
  const plan = await planStudy(db, study);
  const review = { href: `/studies/${study.public_id}/review`, words: 'Review it' };
  const sentence =
    plan.obstacles.length === 0
      ? 'The draft can be opened.'
      : `${plural(plan.obstacles.length, 'thing keeps', 'things keep')} the draft from being opened.`;
  return {
    items: plan.items,
    judgments: plan.judgments,
    needs: [{ sentence, calm: plan.obstacles.length === 0, link: review }],
  };
}

/** Every study, newest first, with how far it is and what it needs. */
export async function listedStudies(
  db: Db,
  progressOf: (study: Study) => Promise<StudyProgress>,
): Promise<ListedStudy[]> {
  const studies: ListedStudy[] = [];
  for (const study of await listStudies(db)) {
    const common = {
      id: study.public_id,
      title: study.title,
      state: study.state,
      createdAt: study.created_at,
    };
    if (study.state === 'draft') {
      const draft = await draftNeeds(db, study);
      studies.push({
        ...common,
        items: draft.items,
        judgments: 0,
        wanted: draft.judgments,
        raters: 0,
        simulated: 0,
        perHour: null,
        needs: draft.needs,
      });
      continue;
    }
    const progress = await progressOf(study);
    studies.push({
      ...common,
      items: progress.items,
      judgments: progress.judgments,
      wanted: progress.wanted,
      raters: progress.raters.filter((rater) => rater.state !== 'invited').length,
      simulated: progress.raters.filter((rater) => rater.simulated).length,
      perHour: study.state === 'open' ? progress.perHour : null,
      needs:
        study.state === 'closed'
          ? []
          : needsOf({ id: study.public_id, state: study.state }, progress),
    });
  }
  return studies;
}

/** GET /studies: what needs somebody first, then every study. */
export const showStudies: Handler = async (request, response, application) => {
  const studies = await listedStudies(application.db, (study) => keptProgress(application, study));
  const needs = studies.flatMap((study) =>
    study.needs
      .filter((need) => !need.calm || study.state === 'draft')
      .slice(0, 2)
      .map((need) => ({ ...need, title: study.title, href: `/studies/${study.id}` })),
  );
  const running = studies.filter((study) => study.state === 'open');
  renderPage(request, response, application, {
    view: 'oversight/studies',
    shell: {
      layout: 'staff',
      title: 'Studies',
      section: 'studies',
      styles: ['css/studies.css'],
      scripts: ['js/sort_tables.js'],
    },
    page: {
      mayWrite: findStaff(request)?.role === 'admin',
      sentence: `${plural(studies.length, 'study', 'studies')}, ${running.length === 0 ? 'none of them open' : `${running.length} open`}.`,
      needs,
      studies: studies.map((study) => ({
        ...study,
        href: study.state === 'draft' ? `/studies/${study.id}/review` : `/studies/${study.id}`,
        pace:
          study.perHour === null
            ? ''
            : study.perHour < 10
              ? study.perHour.toFixed(1)
              : String(Math.round(study.perHour)),
      })),
    },
  });
};
