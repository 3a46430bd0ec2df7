import { requireStudy } from '#studies/study.js';
import { fixed, percent } from '#web/format.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { inThread } from './inThread.js';

const share = (value: number): string => percent(value, 0);

/** GET /studies/:study/quality/groups: raters who answer too much alike, and what could be found. */
export const showGroups: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  const seen = await inThread(application, { studyId: study.id, what: 'groups' });
  const people = new Map(
    (
      await db
        .selectFrom('rater')
        .select(['id', 'public_id', 'pseudonym'])
        .where('study_id', '=', study.id)
        .execute()
    ).map((rater) => [rater.id, { id: rater.public_id, pseudonym: rater.pseudonym }]),
  );
  renderPage(request, response, application, {
    view: 'quality/groups',
    shell: {
      layout: 'staff',
      title: `Groups of raters: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      because: seen.kind === 'not-possible' ? seen.because : null,
      groups:
        seen.kind === 'not-possible'
          ? []
          : seen.groups.map(({ members, copied }) => ({
              members: members.flatMap((id) => people.get(id) ?? []),
              copied: share(copied.value),
              interval: `${share(copied.lower)} to ${share(copied.upper)}`,
            })),
      oneAnswer:
        seen.kind === 'not-possible'
          ? []
          : seen.oneAnswer.flatMap(({ raterId, share: part }) => {
              const person = people.get(raterId);
              return person === undefined ? [] : [{ ...person, share: share(part) }];
            }),
      study:
        seen.kind === 'not-possible'
          ? null
          : {
              raters: seen.raters,
              items: seen.items,
              falseAlarms: share(seen.falseAlarms),
              effective: fixed(seen.effective.value, 1),
              interval: `${fixed(seen.effective.lower, 1)} to ${fixed(seen.effective.upper, 1)}`,
            },
      power:
        seen.kind === 'not-possible'
          ? []
          : seen.power.map((one) => ({
              size: one.size,
              copied: share(one.copied),
              noticed: share(one.noticed),
              members: share(one.members),
            })),
    },
  });
};
