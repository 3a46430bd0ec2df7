import type { Route } from '#web/route.js';
import {
  askFlag,
  askSkip,
  createFlag,
  createLeave,
  createSkip,
  createTakeUp,
  updateKeys,
} from './asides.js';
import { askWithdrawal, createOwnWithdrawal, createStop, showLeaving } from './leaving.js';
import { previewRoutes } from './preview/previewRoutes.js';
import { createActivity, createAhead, showRating, showSent } from './rate.js';
import { createSubmission } from './submission.js';

export const routes: readonly Route[] = [
  { method: 'get', path: '/rate', access: 'rater', handler: showRating },
  { method: 'post', path: '/rate', access: 'rater', handler: createSubmission },
  { method: 'post', path: '/rate/ahead', access: 'rater', handler: createAhead },
  { method: 'post', path: '/rate/leave', access: 'rater', handler: createLeave },
  { method: 'post', path: '/rate/keys', access: 'rater', handler: updateKeys },
  { method: 'get', path: '/rate/:assignment', access: 'rater', handler: showSent },
  { method: 'get', path: '/rate/:assignment/skip', access: 'rater', handler: askSkip },
  { method: 'post', path: '/rate/:assignment/skip', access: 'rater', handler: createSkip },
  { method: 'get', path: '/rate/:assignment/flag', access: 'rater', handler: askFlag },
  { method: 'post', path: '/rate/:assignment/flag', access: 'rater', handler: createFlag },
  { method: 'post', path: '/rate/:assignment/again', access: 'rater', handler: createTakeUp },
  { method: 'post', path: '/rate/:assignment/activity', access: 'rater', handler: createActivity },
  { method: 'get', path: '/leave', access: 'rater', handler: showLeaving },
  { method: 'post', path: '/leave/stop', access: 'rater', handler: createStop },
  { method: 'get', path: '/leave/withdraw', access: 'rater', handler: askWithdrawal },
  { method: 'post', path: '/leave/withdraw', access: 'rater', handler: createOwnWithdrawal },
  ...previewRoutes,
];
