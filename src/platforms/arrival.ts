import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { onwardOfVisitor, wrongLink } from '#raters/arrival.js';
import { raterOfSession } from '#raters/raterOfSession.js';
import { beginJoining, beginVisit, beginWaiting } from '#raters/visit.js';
import { wording } from '#raters/wording.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { getStudy, lockStudy, settingsOf, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type Door, doorOf } from './door.js';
import { findSubmission, recruitmentOfSubmission, wayBack } from './endings.js';
import { faultAt, showFault } from './faultPage.js';
import { hear, placeOfPerson, type Submission } from './hear.js';
import { isFault, type Parameters, readParameters } from './parameters.js';
import { askAbout } from './prolific/poll.js';
import { fingerprintOf, projectOf, type Recruitment, recruitmentOf } from './recruitment.js';
import { secretsOf } from './secrets.js';
import { checkSignature } from './signedLink.js';
import { barredWords } from './takingPart.js';

async function recruitmentOfLink(db: Db, token: string): Promise<Recruitment> {
  const row = await db
    .selectFrom('platform_study')
    .selectAll()
    .where('link_token', '=', token)
    .where('retired_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw wrongLink;
  return recruitmentOf(row);
}

/** Whether a study at the platform is another one than that of this link. */
async function isAnotherStudy(
  db: Db,
  { row }: Recruitment,
  study: string | null,
): Promise<boolean> {
  if (study === null) return false;
  if (row.external_id !== null) return study !== row.external_id;
  const other = await db
    .selectFrom('platform_study')
    .select('id')
    .where('platform', '=', row.platform)
    .where('external_id', '=', study)
    .where('retired_at', 'is', null)
    .executeTakeFirst();
  return other !== undefined;
}

/**
 * Notes an arrival, once for a person and session, and gives its submission; undefined where
 * somebody else came with this session before. The id of the person is stored encrypted, and its
 * fingerprint beside it.
 */
async function noteArrival(
  db: Db,
  options: {
    readonly recruitment: Recruitment;
    readonly parameters: Parameters;
    readonly secretKey: string;
    readonly now: number;
  },
): Promise<Submission | undefined> {
  const { recruitment, parameters, now } = options;
  const { row, platform } = recruitment;
  const secrets = secretsOf(options.secretKey);
  const project = await projectOf(db, row.study_id);
  const fingerprint = fingerprintOf(secrets, recruitment, project, parameters.person);
  const externalId = parameters.submission ?? `person ${fingerprint}`;
  const { submission } = await inTransaction(
    db,
    (trx) =>
      hear(
        trx,
        {
          platformStudyId: row.id,
          externalId,
          source: 'arrival',
          deliveryId: createHash('sha256')
            .update(JSON.stringify(['arrival', row.id, externalId, fingerprint]))
            .digest('base64url'),
          reported: null,
          occurredAt: now,
          now,
          payload: {},
          person: {
            fingerprint,
            sealed: (id) => secrets.seal(placeOfPerson(id), parameters.person),
          },
        },
        (reported) => platform.stateOf(reported),
      ),
    { repeatable: true },
  );
  const known = submission.fingerprint;
  return known === null || known === fingerprint ? submission : undefined;
}

/** Leads somebody on who came: to their examples, to the consent, or to why neither is possible. */
async function enter(
  request: Request,
  response: Response,
  application: Application,
  arrived: { recruitment: Recruitment; study: Study; submission: Submission },
): Promise<void> {
  const { recruitment, study, submission } = arrived;
  const ticket = submission.public_id;
  const door = await doorOf(application.db, arrived);
  if (door.stands === 'rater') {
    const { rater } = door;
    if (submission.rater_id === null)
      await application.db
        .updateTable('platform_submission')
        .set({ rater_id: rater.id })
        .where('id', '=', submission.id)
        .execute();
    // In their own session nothing changes, so that pages in other tabs go on.
    const known = await raterOfSession(request, application);
    if (known?.raterId === rater.id) request.session.arrivalTicket = ticket;
    else await beginVisit(request, rater, { ticket, unproven: true });
    response.redirect(303, '/rate');
    return;
  }
  if (door.stands === 'may-join') {
    await beginJoining(request, { studyId: study.id, arrival: recruitment.platform.name, ticket });
    response.redirect(303, '/consent');
    return;
  }
  await beginWaiting(request, ticket);
  response.redirect(303, '/arrival');
}

/**
 * GET /p/:token: the link of a recruitment. What it says of the person goes no further than the
 * database, encrypted; every answer but that to a faulty link leads to an address without it.
 */
export const enterByPlatform: Handler = async (request, response, application) => {
  const { db, config } = application;
  const recruitment = await recruitmentOfLink(db, String(request.params['token']));
  const study = await getStudy(db, recruitment.row.study_id);
  const at = { recruitment, study };
  const { secretKey } = config.platforms;
  if (secretKey === null)
    return showFault(request, response, application, { ...at, fault: { why: 'no-key' } });
  const { platform, settings } = recruitment;
  const parameters = readParameters(request.query, settings.parameters, platform);
  if (isFault(parameters))
    return showFault(request, response, application, { ...at, fault: parameters });
  if (settings.signed && platform.keys !== null) {
    const signature = await checkSignature({
      query: request.query,
      names: settings.parameters,
      keys: `${config.platforms.prolificUrl}${platform.keys}`,
      site: config.baseUrl,
      now: application.now(),
    });
    if (signature !== 'right')
      return showFault(request, response, application, { ...at, fault: faultAt(signature) });
  }
  if (await isAnotherStudy(db, recruitment, parameters.study)) {
    const fault = { name: settings.parameters.study ?? '', why: 'another-study' } as const;
    return showFault(request, response, application, { ...at, fault });
  }
  const now = application.now();
  const submission = await noteArrival(db, { recruitment, parameters, secretKey, now });
  if (submission === undefined) {
    const fault = { name: settings.parameters.submission ?? '', why: 'another-person' } as const;
    return showFault(request, response, application, { ...at, fault });
  }
  // What is known there may be newer; nobody waits for it.
  void askAbout(application, submission.id);
  return enter(request, response, application, { ...at, submission });
};

const noVisit = new Problem(
  403,
  'no_visit',
  'This page belongs to somebody who came by a platform’s link.',
  'Open the study from the platform again.',
);

/** What the page says to somebody who does not go on. */
function wordsAtDoor(
  door: Exclude<Door, { stands: 'rater' | 'may-join' }>,
  study: Study,
): { readonly title: string; readonly text: string } {
  const { atTheDoor } = wording;
  if (door.stands === 'not-begun') return atTheDoor.notBegun;
  if (door.stands === 'paused') return atTheDoor.paused;
  if (door.barred !== null && door.outcome === 'screened-out')
    return { title: atTheDoor.barred, text: barredWords[door.barred.because] };
  return door.outcome === 'nothing-left' && study.state === 'closed'
    ? atTheDoor.closed
    : atTheDoor[door.outcome];
}

/** GET /arrival: why somebody does not take part, and how they go back. */
export const showArrival: Handler = async (request, response, application) => {
  const { db } = application;
  const { arrivalTicket: ticket } = request.session;
  const submission = ticket === undefined ? undefined : await findSubmission(db, ticket);
  if (submission === undefined) throw noVisit;
  const recruitment = await recruitmentOfSubmission(db, submission);
  const study = await getStudy(db, recruitment.row.study_id);
  const at = { recruitment, study, submission };
  const door = await doorOf(db, at);
  if (door.stands === 'rater' || door.stands === 'may-join')
    return enter(request, response, application, at);
  const { raterTitle: title, contact } = settingsOf(study);
  const words = wordsAtDoor(door, study);
  const onward =
    door.stands !== 'ended'
      ? null
      : door.outcome === 'no-consent'
        ? await onwardOfVisitor({
            arrival: recruitment.platform.name,
            ticket,
            because: 'declined',
            application,
          })
        : await wayBack(application, {
            recruitment,
            submission,
            outcome: door.outcome,
            // They may have agreed in another window since.
            async still(trx) {
              await lockStudy(trx, study.id);
              return (await doorOf(trx, at)).stands === 'ended';
            },
          });
  if (onward === undefined) return enter(request, response, application, at);
  renderPage(request, response, application, {
    view: 'raters/end',
    shell: { layout: 'rater', title, styles: ['css/rating.css'] },
    page: { wording, title, contact, heading: words.title, text: words.text, onward },
  });
};
