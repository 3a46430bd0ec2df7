import { z } from 'zod';
import { requireStudy } from '#studies/study.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { InvitationCount, inviteRaters } from './invitations.js';
import type { StudyProgress } from './progress.js';
import { keptProgress, serverProgress } from './serverProgress.js';
import { listedStudies } from './studyList.js';

const StateName = z.enum(['draft', 'open', 'paused', 'closed']);

export const StudyList = z.object({
  studies: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      state: StateName,
      created_at: z.int(),
      items: z.int(),
      judgments: z.int(),
      wanted: z.int(),
      raters: z.int(),
      simulated_raters: z.int(),
      needs: z.array(z.string()),
    }),
  ),
});

export const ProgressAnswer = z.object({
  state: StateName,
  items: z.int(),
  complete: z.int().describe('Items with all their judgments.'),
  judgments: z.int().describe('Counted judgments.'),
  wanted: z.int(),
  surplus: z.int().describe('Judgments that count nowhere: late, beyond k, excluded or withdrawn.'),
  per_hour: z.number().nullable(),
  done_at: z
    .number()
    .nullable()
    .describe('When the last judgment comes at this pace, UTC milliseconds.'),
  at_work: z.int(),
  skipped_by_all: z.int(),
  flags: z.int(),
  comments: z.int(),
  datasets: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      behaviour: z.string(),
      source: z.enum(['generated', 'human']),
      part: z.enum(['kept', 'dropped']).nullable(),
      items: z.int(),
      complete: z.int(),
      judgments: z.int(),
      wanted: z.int(),
      labelled: z.int(),
      upheld: z.int(),
      mean_relevance: z.number().nullable(),
      unclear: z.number().nullable(),
    }),
  ),
  raters: z.array(
    z.object({
      id: z.string(),
      pseudonym: z.string(),
      state: z.enum(['invited', 'consented', 'finished', 'blocked', 'withdrawn']),
      simulated: z.boolean(),
      excluded: z.boolean(),
      stopped: z.boolean(),
      judgments: z.int(),
      counted: z.int(),
      skipped: z.int(),
      median_ms: z.number().nullable(),
      last_seen_at: z.int().nullable(),
    }),
  ),
});

export const InvitationList = z.object({
  invitations: z.array(z.object({ rater: z.string(), link: z.string() })),
});

/** A study's progress as the API and the command line print it. */
export const progressAnswer = (progress: StudyProgress): z.output<typeof ProgressAnswer> => ({
  state: progress.state,
  items: progress.items,
  complete: progress.complete,
  judgments: progress.judgments,
  wanted: progress.wanted,
  surplus: progress.surplus,
  per_hour: progress.perHour,
  done_at: progress.doneAt,
  at_work: progress.atWork,
  skipped_by_all: progress.skippedByAll,
  flags: progress.flags,
  comments: progress.comments,
  datasets: progress.datasets.map(
    ({
      id,
      name,
      behaviour,
      source,
      part,
      items,
      complete,
      judgments,
      wanted,
      labelled,
      upheld,
      meanRelevance,
      unclear,
    }) => ({
      id,
      name,
      behaviour,
      source,
      part,
      items,
      complete,
      judgments,
      wanted,
      labelled,
      upheld,
      mean_relevance: meanRelevance,
      unclear,
    }),
  ),
  raters: progress.raters.map(
    ({
      id,
      pseudonym,
      state,
      simulated,
      excluded,
      stopped,
      judgments,
      counted,
      skipped,
      medianMs,
      lastSeenAt,
    }) => ({
      id,
      pseudonym,
      state,
      simulated,
      excluded,
      stopped,
      judgments,
      counted,
      skipped,
      median_ms: medianMs,
      last_seen_at: lastSeenAt,
    }),
  ),
});

/** All studies as the API and the command line print them. */
export const studyListAnswer = async (
  ...given: Parameters<typeof listedStudies>
): Promise<z.output<typeof StudyList>> => ({
  studies: (await listedStudies(...given)).map(
    ({ id, title, state, createdAt, items, judgments, wanted, raters, simulated, needs }) => ({
      id,
      title,
      state,
      created_at: createdAt,
      items,
      judgments,
      wanted,
      raters,
      simulated_raters: simulated,
      needs: needs.map((need) => need.sentence),
    }),
  ),
});

/** GET /api/v1/studies */
export const listStudiesByApi: Handler = async (_request, response, application) => {
  response.json(await studyListAnswer(application.db, (study) => keptProgress(application, study)));
};

/** GET /api/v1/studies/:study/progress */
export const showProgressByApi: Handler = async (request, response, application) => {
  response.json(
    progressAnswer(
      await serverProgress(
        application,
        await requireStudy(application.db, String(request.params['study'])),
      ),
    ),
  );
};

/** POST /api/v1/studies/:study/invitations */
export const createInvitationsByApi: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const { count } = parse(InvitationCount, request.body);
  response.status(201).json({
    invitations: await inviteRaters(application.db, {
      study,
      count,
      baseUrl: application.config.baseUrl,
      now: application.now(),
      staff: requireStaff(request),
    }),
  });
};
