import { StudyParams } from '#studies/api.js';
import type { Route } from '#web/route.js';
import {
  createInvitationsByApi,
  InvitationList,
  listStudiesByApi,
  ProgressAnswer,
  showProgressByApi,
  StudyList,
} from './api.js';
import { showDraft } from './draftPage.js';
import { showDoubtfulExamples } from './examplesPage.js';
import { showHistory } from './historyPage.js';
import { createInvitations, InvitationCount } from './invitations.js';
import {
  createBlock,
  createExclusion,
  createPersonalLink,
  createRestoration,
  createUnblock,
  createWithdrawal,
} from './raterActions.js';
import { showRater } from './raterPage.js';
import { showStudies } from './studyList.js';
import { showStudy, showStudyProgress } from './studyPage.js';

/** What staff see and do while people judge. */
export const routes: readonly Route[] = [
  { method: 'get', path: '/studies', access: 'researcher', handler: showStudies },
  { method: 'get', path: '/studies/:study', access: 'researcher', handler: showStudy },
  { method: 'get', path: '/studies/:study/review', access: 'researcher', handler: showDraft },
  {
    method: 'get',
    path: '/studies/:study/progress',
    access: 'researcher',
    handler: showStudyProgress,
  },
  { method: 'get', path: '/studies/:study/history', access: 'researcher', handler: showHistory },
  {
    method: 'get',
    path: '/studies/:study/examples',
    access: 'researcher',
    handler: showDoubtfulExamples,
  },
  {
    method: 'post',
    path: '/studies/:study/invitations',
    access: 'admin',
    handler: createInvitations,
  },
  {
    method: 'get',
    path: '/studies/:study/raters/:rater',
    access: 'researcher',
    handler: showRater,
  },
  {
    method: 'post',
    path: '/studies/:study/raters/:rater/block',
    access: 'admin',
    handler: createBlock,
  },
  {
    method: 'post',
    path: '/studies/:study/raters/:rater/unblock',
    access: 'admin',
    handler: createUnblock,
  },
  {
    method: 'post',
    path: '/studies/:study/raters/:rater/exclude',
    access: 'admin',
    handler: createExclusion,
  },
  {
    method: 'post',
    path: '/studies/:study/raters/:rater/restore',
    access: 'admin',
    handler: createRestoration,
  },
  {
    method: 'post',
    path: '/studies/:study/raters/:rater/withdraw',
    access: 'admin',
    handler: createWithdrawal,
  },
  {
    method: 'post',
    path: '/studies/:study/raters/:rater/link',
    access: 'admin',
    handler: createPersonalLink,
  },
  {
    method: 'get',
    path: '/api/v1/studies',
    access: 'researcher',
    handler: listStudiesByApi,
    operation: { summary: 'All studies with their progress, newest first.', answer: StudyList },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/progress',
    access: 'researcher',
    handler: showProgressByApi,
    operation: {
      summary: 'How far a study is, by dataset and by rater.',
      params: StudyParams,
      answer: ProgressAnswer,
    },
  },
  {
    method: 'post',
    path: '/api/v1/studies/:study/invitations',
    access: 'admin',
    handler: createInvitationsByApi,
    operation: {
      summary: 'Makes personal links for raters; they are answered now and stored nowhere.',
      params: StudyParams,
      body: InvitationCount,
      answer: InvitationList,
      status: 201,
    },
  },
];
