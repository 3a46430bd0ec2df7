import type { Route } from '#web/route.js';
import { showGroups } from './groupsPage.js';
import { createKnownAnswers, showKnownAnswers } from './knownAnswersPage.js';
import { createTrainingAnswer, showTraining } from './trainingPage.js';
import { showQuality, showRaterQuality } from './qualityPage.js';

/** How far raters can be relied on. */
export const routes: readonly Route[] = [
  { method: 'get', path: '/training', access: 'rater', handler: showTraining },
  { method: 'post', path: '/training', access: 'rater', handler: createTrainingAnswer },
  {
    method: 'get',
    path: '/studies/:study/known-answers',
    access: 'researcher',
    handler: showKnownAnswers,
  },
  {
    method: 'post',
    path: '/studies/:study/known-answers',
    access: 'admin',
    handler: createKnownAnswers,
  },
  {
    method: 'get',
    path: '/studies/:study/quality',
    access: 'researcher',
    handler: showQuality,
  },
  {
    method: 'get',
    path: '/studies/:study/quality/groups',
    access: 'researcher',
    handler: showGroups,
  },
  {
    method: 'get',
    path: '/studies/:study/quality/:rater',
    access: 'researcher',
    handler: showRaterQuality,
  },
];
