import { sql } from 'kysely';
import { choicesOf } from '#datasets/storedExample.js';
import { findRater, type Rater, raterEvents } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { currentForm, requireStudy, type Study } from '#studies/study.js';
import { fixed } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import { notFound } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type Answer, OtherAnswers } from '#studies/questions/questionType.js';
import { skipReasons } from '#assignment/return.js';
import { median } from './progress.js';
import { newLink, possibleVerbs, raterVerbs } from './raterVerbs.js';
import { ago, duration, standingOf } from './studyPage.js';

const answersAPage = 50;

/** A rater of this study. Throws "not found". */
export async function requireRaterOf(db: Db, study: Study, publicId: string): Promise<Rater> {
  const rater = await findRater(db, study.id, publicId);
  if (rater === undefined) throw notFound('rater');
  return rater;
}

const standing = sql<number>`(select max(later.revision) from judgment as later where later.assignment_id = judgment.assignment_id)`;

/**
 * How often a rater chose the same answer as another counted rater of the same item, over all such
 * comparisons.
 */
async function agreementWithOthers(
  db: Db,
  raterId: number,
): Promise<{ same: number; compared: number }> {
  const row = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('assignment as others', 'others.item_id', 'assignment.item_id')
    .innerJoin('judgment as theirs', 'theirs.assignment_id', 'others.id')
    .select((eb) => [
      eb.fn.countAll<number>().as('compared'),
      sql<
        number | null
      >`sum(case when judgment.label_choice = theirs.label_choice then 1 else 0 end)`.as('same'),
    ])
    .where('assignment.rater_id', '=', raterId)
    .where('assignment.state', '=', 'submitted')
    .whereRef('others.rater_id', '<>', 'assignment.rater_id')
    .where('others.place_no', 'is not', null)
    .where('others.state', '=', 'submitted')
    .where('judgment.label_choice', 'is not', null)
    .where('theirs.label_choice', 'is not', null)
    .where('judgment.revision', '=', standing)
    .where(
      'theirs.revision',
      '=',
      sql<number>`(select max(later.revision) from judgment as later where later.assignment_id = others.id)`,
    )
    .executeTakeFirstOrThrow();
  return { same: row.same ?? 0, compared: row.compared };
}

const answersOf = (db: Db, raterId: number, page: number) =>
  db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .innerJoin('dataset', 'dataset.id', 'item.dataset_id')
    .select([
      'example.text',
      'example.choices',
      'example.label_choice as own_label',
      'example.line_number',
      'dataset.public_id as dataset',
      'dataset.name',
      'dataset.source',
      'judgment.label_choice',
      'judgment.ambiguous',
      'judgment.relevance',
      'judgment.answers',
      'judgment.comment',
      'judgment.revision',
      'judgment.submitted_at',
      'judgment.active_ms',
      'judgment.shown_at',
      'judgment.blanked_at',
      'assignment.place_no',
      'assignment.excluded_at',
    ])
    .where('assignment.rater_id', '=', raterId)
    .where('judgment.revision', '=', standing)
    .orderBy('assignment.submitted_at', 'desc')
    .orderBy('assignment.id', 'desc')
    .limit(answersAPage)
    .offset(page * answersAPage)
    .execute();

const timesOf = async (db: Db, raterId: number): Promise<number[]> =>
  (
    await db
      .selectFrom('judgment')
      .select(sql<number>`coalesce(active_ms, submitted_at - shown_at)`.as('ms'))
      .where('rater_id', '=', raterId)
      .where('revision', '=', 1)
      .execute()
  ).map((row) => row.ms);

const actionWords: Readonly<Record<string, string>> = {
  join: 'Joined',
  invite: 'Was invited',
  consent: 'Consented',
  guidelines: 'Opened the guidelines',
  block: 'Blocked',
  unblock: 'May work again',
  exclude: 'Judgments excluded',
  restore: 'Judgments restored',
  withdraw: 'Withdrawn, answers blanked',
  trained: 'Went through the training',
  'not qualified': 'Did not get enough of the training right',
  stop: 'Stopped',
  finished: 'Finished',
  'back at work': 'Came back to work',
  link: 'New personal link',
};

const told = (answer: Answer): string => {
  if (typeof answer === 'boolean') return answer ? 'yes' : 'no';
  return Array.isArray(answer) ? answer.join('; ') : String(answer);
};

/** GET /studies/:study/raters/:rater: pace, agreement, history and answers of one rater. */
export const showRater: Handler = async (request, response, application) => {
  const { db } = application;
  const now = application.now();
  const study = await requireStudy(db, String(request.params['study']));
  const rater = await requireRaterOf(db, study, String(request.params['rater']));
  const asked = Number(request.query['page'] ?? 0);
  const pageNumber = Number.isInteger(asked) && asked > 0 && asked < 100_000 ? asked : 0;
  const times = await timesOf(db, rater.id);
  const { same, compared } = await agreementWithOthers(db, rater.id);
  const answers = await answersOf(db, rater.id, pageNumber);
  const { form } = await currentForm(db, study.id);
  const wordingOf = (id: string): string =>
    form.questions.find((question) => question.id === id)?.wording ?? id;
  const counts = await db
    .selectFrom('assignment')
    .select((eb) => [
      'state',
      eb.fn.countAll<number>().as('count'),
      eb.fn.count<number>('place_no').as('placed'),
    ])
    .where('rater_id', '=', rater.id)
    .groupBy('state')
    .execute();
  const submitted = counts.find((row) => row.state === 'submitted');
  const relevances = await db
    .selectFrom('judgment')
    .select((eb) => [eb.fn.avg<number | null>('relevance').as('mean')])
    .where('rater_id', '=', rater.id)
    .where('revision', '=', standing)
    .executeTakeFirstOrThrow();
  const skips = await db
    .selectFrom('assignment_return')
    .innerJoin('assignment', 'assignment.id', 'assignment_return.assignment_id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select([
      'assignment_return.at',
      'assignment_return.reason',
      'assignment_return.comment',
      'assignment_return.undone_at',
      'example.text',
    ])
    .where('assignment.rater_id', '=', rater.id)
    .orderBy('assignment_return.id', 'desc')
    .limit(50)
    .execute();
  const state = standingOf({
    state: rater.state,
    excluded: rater.excluded_at !== null,
    stopped: rater.stopped_at !== null,
    training: rater.training,
  });
  renderPage(request, response, application, {
    view: 'oversight/rater',
    shell: {
      layout: 'staff',
      title: `${rater.pseudonym} in ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      study: { id: study.public_id, title: study.title, state: study.state },
      rater: {
        id: rater.public_id,
        pseudonym: rater.pseudonym,
        state: rater.state,
        excluded: rater.excluded_at !== null,
        exclusionReason: rater.exclusion_reason,
        simulated: rater.origin === 'simulated',
      },
      standing: state,
      verbs:
        rater.state === 'withdrawn' || findStaff(request)?.role !== 'admin'
          ? []
          : possibleVerbs({
              blocked: rater.state === 'blocked',
              excluded: rater.excluded_at !== null,
            }).map((verb) => ({ verb, ...(verb === 'link' ? newLink : raterVerbs[verb]) })),
      judgments: submitted?.count ?? 0,
      counted: submitted?.placed ?? 0,
      skipped: counts.find((row) => row.state === 'returned')?.count ?? 0,
      median: duration(median(times)),
      fastest: duration(
        times.length === 0 ? null : times.reduce((least, ms) => Math.min(least, ms), Infinity),
      ),
      same,
      compared,
      relevance: relevances.mean === null ? null : fixed(Number(relevances.mean), 1),
      lastSeen: rater.state === 'invited' ? 'not yet' : ago(rater.last_seen_at, now),
      history: (await raterEvents(db, rater.id)).map((event) => ({
        at: event.at,
        words: actionWords[event.action] ?? event.action,
        reason: event.reason,
        by: event.email,
      })),
      skips: skips.map((skip) => ({
        at: skip.at,
        reason: Object.hasOwn(skipReasons, skip.reason)
          ? skipReasons[skip.reason as keyof typeof skipReasons]
          : skip.reason,
        comment: skip.comment,
        undone: skip.undone_at !== null,
        text: skip.text.slice(0, 200),
      })),
      answers: answers.map((answer) => {
        const choices = choicesOf(answer);
        return {
          text: answer.text,
          href: `/datasets/${answer.dataset}/examples/${answer.line_number}`,
          name: answer.name,
          line: answer.line_number,
          source: answer.source,
          chosen:
            answer.label_choice === null ? null : (choices[answer.label_choice]?.text ?? null),
          upheld:
            answer.label_choice === null || answer.own_label === null
              ? null
              : answer.label_choice === answer.own_label,
          unclear: answer.ambiguous === 1,
          relevance: answer.relevance,
          others: Object.entries(readJson(OtherAnswers, answer.answers, 'judgment.answers')).map(
            ([id, value]) => ({ wording: wordingOf(id), value: told(value) }),
          ),
          comment: answer.comment,
          revised: answer.revision - 1,
          at: answer.submitted_at,
          took: duration(answer.active_ms ?? answer.submitted_at - answer.shown_at),
          blanked: answer.blanked_at !== null,
          counts: answer.place_no !== null,
        };
      }),
      pageNumber,
      more: (submitted?.count ?? 0) > (pageNumber + 1) * answersAPage,
    },
  });
};
