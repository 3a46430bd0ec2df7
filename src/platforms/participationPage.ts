import { inSnapshot } from '#storage/transaction.js';
import { requireStudy } from '#studies/study.js';
import { csvCell } from '#web/csvCell.js';
import { isoTime } from '#web/format.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  type Participant,
  type Participation,
  participantsOf,
  participations,
  totalOf,
} from './participation.js';

const classNames = Object.keys(participations) as readonly Participation[];

/** GET /studies/:study/participation: what became of everybody, and which answers count. */
export const showParticipation: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const participants = await inSnapshot(application.db, (trx) => participantsOf(trx, study));
  const groups = classNames.map((name) => {
    const members = participants.filter(({ participation }) => participation === name);
    return { name, words: participations[name], members, ...totalOf(members) };
  });
  renderPage(request, response, application, {
    view: 'platforms/participation',
    shell: {
      layout: 'staff',
      title: `Who counts: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: { id: study.public_id, title: study.title, groups, all: totalOf(participants) },
  });
};

const columns: readonly (readonly [string, (one: Participant) => string])[] = [
  ['rater', ({ rater }) => rater?.pseudonym ?? ''],
  ['class', ({ participation }) => participation],
  ['arrival', ({ arrival }) => arrival],
  ['visits', ({ visits }) => String(visits)],
  ['answers_sent', ({ sent }) => String(sent)],
  ['answers_counted', ({ counted }) => String(counted)],
  ['visit_ended', ({ outcome }) => outcome ?? ''],
  ['at', ({ at }) => isoTime(at)],
  ['exclusion_reason', ({ reason }) => reason ?? ''],
];

/** Everybody as CSV, one line each. */
export const participationCsv = (participants: readonly Participant[]): string =>
  [
    columns.map(([name]) => name),
    ...participants.map((one) => columns.map(([, cell]) => csvCell(cell(one)))),
  ]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');

/** GET /studies/:study/participation.csv */
export const downloadParticipation: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const participants = await inSnapshot(application.db, (trx) => participantsOf(trx, study));
  response
    .attachment(`participation-${study.public_id}.csv`)
    .type('text/csv')
    .send(participationCsv(participants));
};
