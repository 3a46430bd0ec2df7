import type { Route } from '#web/route.js';
import {
  askPreviewedFlag,
  askPreviewedSkip,
  createPreviewedAhead,
  createPreviewedFlag,
  createPreviewedSkip,
  createPreviewedSubmission,
  showPreview,
  showPreviewedAgain,
  showPreviewedGuidelines,
} from './pages.js';

/**
 * The rating page as staff try it: the addresses below `/rate`, with an index instead of an
 * assignment.
 */
export const previewRoutes: readonly Route[] = [
  { method: 'get', path: '/studies/:study/preview', access: 'researcher', handler: showPreview },
  {
    method: 'post',
    path: '/studies/:study/preview',
    access: 'researcher',
    handler: createPreviewedSubmission,
  },
  {
    method: 'post',
    path: '/studies/:study/preview/ahead',
    access: 'researcher',
    handler: createPreviewedAhead,
  },
  {
    method: 'get',
    path: '/studies/:study/preview/:index',
    access: 'researcher',
    handler: showPreviewedAgain,
  },
  {
    method: 'get',
    path: '/studies/:study/preview/:index/guidelines',
    access: 'researcher',
    handler: showPreviewedGuidelines,
  },
  {
    method: 'get',
    path: '/studies/:study/preview/:index/skip',
    access: 'researcher',
    handler: askPreviewedSkip,
  },
  {
    method: 'post',
    path: '/studies/:study/preview/:index/skip',
    access: 'researcher',
    handler: createPreviewedSkip,
  },
  {
    method: 'get',
    path: '/studies/:study/preview/:index/flag',
    access: 'researcher',
    handler: askPreviewedFlag,
  },
  {
    method: 'post',
    path: '/studies/:study/preview/:index/flag',
    access: 'researcher',
    handler: createPreviewedFlag,
  },
];
