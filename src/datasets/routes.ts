import type { Route } from '#web/route.js';
import {
  DatasetAnswer,
  DatasetList,
  DatasetParams,
  GuessedMappings,
  ImportAnswer,
  ImportParams,
  ImportQuery,
} from './api.js';
import { confirmBehaviour, showBehaviour, writeDescription } from './behaviourPage.js';
import { browseExamples, downloadRow, showExample } from './browse.js';
import { cancelImport } from './cancellation.js';
import { showCatalogue } from './catalogue.js';
import { listDatasetsByApi, showDatasetByApi } from './datasetByApi.js';
import { askDeletion, createDeletion } from './deletion.js';
import { createImportByApi, showImportByApi } from './importByApi.js';
import { answerDescription, askDescription } from './describe.js';
import { showImport, showProgress } from './importPage.js';
import { recheck, recheckByApi } from './recheckPage.js';
import { downloadRejectedCsv, downloadRejectedJsonl, showRejected } from './rejected.js';
import { reviewImport } from './review.js';
import { reviewFile, showReviewFile } from './reviewFile.js';
import { showDataset } from './showDataset.js';
import { createUpload, newUpload } from './upload.js';
import { answerRefused, answerRefusedByApi, RefusedAnswer } from './validRows.js';

export const routes: readonly Route[] = [
  { method: 'get', path: '/datasets', access: 'researcher', handler: showCatalogue },
  {
    method: 'get',
    path: '/datasets/behaviours/:behaviour',
    access: 'researcher',
    handler: showBehaviour,
  },
  {
    method: 'post',
    path: '/datasets/behaviours/:behaviour',
    access: 'admin',
    handler: writeDescription,
  },
  {
    method: 'post',
    path: '/datasets/behaviours/:behaviour/confirm',
    access: 'admin',
    handler: confirmBehaviour,
  },
  { method: 'get', path: '/datasets/:dataset', access: 'researcher', handler: showDataset },
  {
    method: 'get',
    path: '/datasets/:dataset/examples',
    access: 'researcher',
    handler: browseExamples,
  },
  {
    method: 'get',
    path: '/datasets/:dataset/examples/:line',
    access: 'researcher',
    handler: showExample,
  },
  {
    method: 'get',
    path: '/datasets/:dataset/examples/:line/raw',
    access: 'researcher',
    handler: downloadRow,
  },
  {
    method: 'get',
    path: '/datasets/:dataset/rejected',
    access: 'researcher',
    handler: showRejected,
  },
  {
    method: 'get',
    path: '/datasets/:dataset/rejected.csv',
    access: 'researcher',
    handler: downloadRejectedCsv,
  },
  {
    method: 'get',
    path: '/datasets/:dataset/rejected.jsonl',
    access: 'researcher',
    handler: downloadRejectedJsonl,
  },
  { method: 'get', path: '/datasets/:dataset/delete', access: 'admin', handler: askDeletion },
  { method: 'post', path: '/datasets/:dataset/delete', access: 'admin', handler: createDeletion },
  { method: 'post', path: '/datasets/:dataset/check', access: 'admin', handler: recheck },
  { method: 'get', path: '/imports/new', access: 'admin', handler: newUpload },
  { method: 'post', path: '/imports', access: 'admin', body: 'stream', handler: createUpload },
  { method: 'get', path: '/imports/:import', access: 'researcher', handler: showImport },
  { method: 'post', path: '/imports/:import', access: 'admin', handler: reviewImport },
  { method: 'get', path: '/imports/:import/progress', access: 'researcher', handler: showProgress },
  { method: 'post', path: '/imports/:import/cancel', access: 'admin', handler: cancelImport },
  { method: 'post', path: '/imports/:import/valid-rows', access: 'admin', handler: answerRefused },
  {
    method: 'get',
    path: '/imports/:import/descriptions',
    access: 'admin',
    handler: askDescription,
  },
  {
    method: 'post',
    path: '/imports/:import/descriptions',
    access: 'admin',
    handler: answerDescription,
  },
  {
    method: 'get',
    path: '/imports/:import/files/:file',
    access: 'admin',
    handler: showReviewFile,
  },
  { method: 'post', path: '/imports/:import/files/:file', access: 'admin', handler: reviewFile },
  {
    method: 'get',
    path: '/imports/:import/files/:file/rejected',
    access: 'researcher',
    handler: showRejected,
  },
  {
    method: 'get',
    path: '/imports/:import/files/:file/rejected.csv',
    access: 'researcher',
    handler: downloadRejectedCsv,
  },
  {
    method: 'get',
    path: '/imports/:import/files/:file/rejected.jsonl',
    access: 'researcher',
    handler: downloadRejectedJsonl,
  },
  {
    method: 'post',
    path: '/api/v1/imports',
    access: 'admin',
    body: 'stream',
    handler: createImportByApi,
    operation: {
      summary:
        'Uploads files as datasets: a multipart form with files, or one file as the body ' +
        'with ?path=. Starts the import where everything is understood; answers 422 with a ' +
        'proposed mapping where which column is what is a guess.',
      query: ImportQuery,
      answer: ImportAnswer,
      status: 202,
      refusal: { status: 422, answer: GuessedMappings },
    },
  },
  {
    method: 'get',
    path: '/api/v1/imports/:import',
    access: 'researcher',
    handler: showImportByApi,
    operation: {
      summary: 'An import: its files, what was understood of them, how far it is.',
      params: ImportParams,
      answer: ImportAnswer,
    },
  },
  {
    method: 'post',
    path: '/api/v1/imports/:import/valid-rows',
    access: 'admin',
    handler: answerRefusedByApi,
    operation: {
      summary:
        'Imports the valid rows of the files that were refused for invalid ones, without another ' +
        'upload, or removes what is kept of them. Uploads of refused files are kept for seven days.',
      params: ImportParams,
      body: RefusedAnswer,
      answer: ImportAnswer,
      status: 202,
    },
  },
  {
    method: 'get',
    path: '/api/v1/datasets',
    access: 'researcher',
    handler: listDatasetsByApi,
    operation: { summary: 'All datasets, by behaviour.', answer: DatasetList },
  },
  {
    method: 'get',
    path: '/api/v1/datasets/:dataset',
    access: 'researcher',
    handler: showDatasetByApi,
    operation: {
      summary: 'One dataset with its health check.',
      params: DatasetParams,
      answer: DatasetAnswer,
    },
  },
  {
    method: 'post',
    path: '/api/v1/datasets/:dataset/check',
    access: 'admin',
    handler: recheckByApi,
    operation: {
      summary:
        'Looks for findings in a dataset again, by the rules of today; its “detector” ' +
        'tells when that is done.',
      params: DatasetParams,
      answer: DatasetAnswer,
      status: 202,
    },
  },
];
