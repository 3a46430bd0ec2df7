import type { Route } from '#web/route.js';
import { apiRoutes } from './api.js';
import { showAsked, updateAsked } from './asked/page.js';
import {
  downloadDataset,
  downloadHtml,
  downloadJson,
  downloadPlot,
  downloadPublication,
  downloadTables,
} from './downloads.js';
import { createFrozen } from './freeze.js';
import { frozenApiRoutes } from './frozenApi.js';
import {
  downloadFrozenData,
  downloadFrozenFile,
  downloadFrozenPlot,
  showFrozen,
  showFrozenDataset,
  showFrozenPair,
} from './frozenPage.js';
import { showReport, showReportDataset, showReportPair } from './page.js';

export const routes: readonly Route[] = [
  { method: 'get', path: '/studies/:study/report', access: 'researcher', handler: showReport },
  {
    method: 'get',
    path: '/studies/:study/report/datasets/:dataset',
    access: 'researcher',
    handler: showReportDataset,
  },
  {
    method: 'get',
    path: '/studies/:study/report/pairs/:dataset',
    access: 'researcher',
    handler: showReportPair,
  },
  {
    method: 'get',
    path: '/studies/:study/report/plots/:plot',
    access: 'researcher',
    handler: downloadPlot,
  },
  {
    method: 'get',
    path: '/studies/:study/report.html',
    access: 'researcher',
    handler: downloadHtml,
  },
  {
    method: 'get',
    path: '/studies/:study/report.json',
    access: 'researcher',
    handler: downloadJson,
  },
  { method: 'get', path: '/studies/:study/asked', access: 'researcher', handler: showAsked },
  { method: 'post', path: '/studies/:study/asked', access: 'researcher', handler: updateAsked },
  { method: 'get', path: '/studies/:study/tables', access: 'researcher', handler: downloadTables },
  {
    method: 'get',
    path: '/studies/:study/datasets/:dataset',
    access: 'researcher',
    handler: downloadDataset,
  },
  {
    method: 'get',
    path: '/studies/:study/publications/:publication',
    access: 'researcher',
    handler: downloadPublication,
  },
  {
    method: 'get',
    path: '/studies/:study/datasets/:dataset/publications/:publication',
    access: 'researcher',
    handler: downloadPublication,
  },
  {
    method: 'post',
    path: '/studies/:study/report/freeze',
    access: 'researcher',
    handler: createFrozen,
  },
  { method: 'get', path: '/reports/:report', access: 'researcher', handler: showFrozen },
  {
    method: 'get',
    path: '/reports/:report/datasets/:dataset',
    access: 'researcher',
    handler: showFrozenDataset,
  },
  {
    method: 'get',
    path: '/reports/:report/pairs/:dataset',
    access: 'researcher',
    handler: showFrozenPair,
  },
  {
    method: 'get',
    path: '/reports/:report/plots/:plot',
    access: 'researcher',
    handler: downloadFrozenPlot,
  },
  {
    method: 'get',
    path: '/reports/:report/file.json',
    access: 'researcher',
    handler: downloadFrozenData,
  },
  {
    method: 'get',
    path: '/reports/:report/:file',
    access: 'researcher',
    handler: downloadFrozenFile,
  },
  ...apiRoutes,
  ...frozenApiRoutes,
];
