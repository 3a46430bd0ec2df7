import type { Route } from '#web/route.js';
import { apiRoutes } from './api.js';
import { showCandidate, showRow, showWithheld } from './candidatePage.js';
import { showCandidates } from './candidatesPage.js';
import {
  createAttempt,
  createBudget,
  createCancel,
  createGoOn,
  createPause,
  createResume,
} from './generationMoves.js';
import { downloadPipeline, showGeneration, showGenerationProgress } from './generationPage.js';
import { showGenerations } from './generationsPage.js';
import { newGeneration, postGeneration, uploadPipeline } from './newPage.js';
import { createDecision, createPublication, showPublications } from './publishPage.js';
import { createReopening, createReview, showReview } from './reviewPage.js';

const one = '/generations/:generation';

export const routes: readonly Route[] = [
  { method: 'get', path: '/generations', access: 'researcher', handler: showGenerations },
  { method: 'get', path: '/generations/new', access: 'admin', handler: newGeneration },
  { method: 'post', path: '/generations', access: 'admin', handler: postGeneration },
  {
    method: 'post',
    path: '/generations/file',
    access: 'admin',
    handler: uploadPipeline,
    body: 'stream',
  },
  { method: 'get', path: one, access: 'researcher', handler: showGeneration },
  {
    method: 'get',
    path: `${one}/progress`,
    access: 'researcher',
    handler: showGenerationProgress,
  },
  { method: 'get', path: `${one}/pipeline.yaml`, access: 'researcher', handler: downloadPipeline },
  { method: 'post', path: `${one}/pause`, access: 'admin', handler: createPause },
  { method: 'post', path: `${one}/resume`, access: 'admin', handler: createResume },
  { method: 'post', path: `${one}/cancel`, access: 'admin', handler: createCancel },
  { method: 'post', path: `${one}/budget`, access: 'admin', handler: createBudget },
  {
    method: 'post',
    path: `${one}/stages/:position/again`,
    access: 'admin',
    handler: createAttempt,
  },
  { method: 'get', path: `${one}/candidates`, access: 'researcher', handler: showCandidates },
  {
    method: 'get',
    path: `${one}/candidates/:candidate`,
    access: 'researcher',
    handler: showCandidate,
  },
  {
    method: 'post',
    path: `${one}/candidates/:candidate/text`,
    access: 'admin',
    handler: showWithheld,
  },
  {
    method: 'get',
    path: `${one}/rows/:dataset/:line`,
    access: 'researcher',
    handler: showRow,
  },
  { method: 'get', path: `${one}/review`, access: 'admin', handler: showReview },
  { method: 'post', path: `${one}/review`, access: 'admin', handler: createReview },
  { method: 'post', path: `${one}/review/reopen`, access: 'admin', handler: createReopening },
  { method: 'post', path: `${one}/go-on`, access: 'admin', handler: createGoOn },
  { method: 'get', path: `${one}/publish`, access: 'researcher', handler: showPublications },
  { method: 'post', path: `${one}/publish`, access: 'admin', handler: createPublication },
  {
    method: 'post',
    path: `${one}/publications/:publication`,
    access: 'admin',
    handler: createDecision,
  },
  ...apiRoutes,
];
