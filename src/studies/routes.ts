import type { Route } from '#web/route.js';
import {
  changeStudyByApi,
  closeStudyByApi,
  createStudyByApi,
  deleteStudyByApi,
  NewStudy,
  openStudyByApi,
  pauseStudyByApi,
  PlanAnswer,
  reopenStudyByApi,
  resumeStudyByApi,
  showPlanByApi,
  showStudyByApi,
  StudyAnswer,
  StudyParams,
  StudyPatch,
} from './api.js';
import { askStudyDeletion, createStudyDeletion } from './deletion.js';
import { showPowerByApi } from './power/api.js';
import { PowerQuery } from './power/fields.js';
import { showPower } from './power/page.js';
import { PowerAnswer } from './power/schema.js';
import { createStudyOfForm, editStudy, newStudy, updateStudyOfForm } from './edit.js';
import {
  createClosing,
  createOpening,
  createPause,
  createReopening,
  createResumption,
} from './moves.js';
import { askRegistration, createRegistration, downloadRegistration } from './register.js';

export const routes: readonly Route[] = [
  { method: 'get', path: '/studies/new', access: 'admin', handler: newStudy },
  { method: 'post', path: '/studies', access: 'admin', handler: createStudyOfForm },
  { method: 'get', path: '/studies/:study/edit', access: 'admin', handler: editStudy },
  { method: 'post', path: '/studies/:study/edit', access: 'admin', handler: updateStudyOfForm },
  { method: 'get', path: '/studies/:study/power', access: 'researcher', handler: showPower },
  { method: 'post', path: '/studies/:study/open', access: 'admin', handler: createOpening },
  { method: 'post', path: '/studies/:study/pause', access: 'admin', handler: createPause },
  { method: 'post', path: '/studies/:study/resume', access: 'admin', handler: createResumption },
  { method: 'post', path: '/studies/:study/close', access: 'admin', handler: createClosing },
  { method: 'post', path: '/studies/:study/reopen', access: 'admin', handler: createReopening },
  { method: 'get', path: '/studies/:study/delete', access: 'admin', handler: askStudyDeletion },
  { method: 'post', path: '/studies/:study/delete', access: 'admin', handler: createStudyDeletion },
  {
    method: 'get',
    path: '/studies/:study/register',
    access: 'researcher',
    handler: askRegistration,
  },
  {
    method: 'post',
    path: '/studies/:study/register',
    access: 'admin',
    handler: createRegistration,
  },
  {
    method: 'get',
    path: '/studies/:study/registrations/:registration',
    access: 'researcher',
    handler: downloadRegistration,
  },
  {
    method: 'post',
    path: '/api/v1/studies',
    access: 'admin',
    handler: createStudyByApi,
    operation: { summary: 'Makes a draft.', body: NewStudy, answer: StudyAnswer, status: 201 },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study',
    access: 'researcher',
    handler: showStudyByApi,
    operation: {
      summary: 'A study with its settings, form and texts.',
      params: StudyParams,
      answer: StudyAnswer,
    },
  },
  {
    method: 'patch',
    path: '/api/v1/studies/:study',
    access: 'admin',
    handler: changeStudyByApi,
    operation: {
      summary:
        'Changes a draft; of a study that was opened its title, texts, form, threshold and margins.',
      params: StudyParams,
      body: StudyPatch,
      answer: StudyAnswer,
    },
  },
  {
    method: 'delete',
    path: '/api/v1/studies/:study',
    access: 'admin',
    handler: deleteStudyByApi,
    operation: { summary: 'Deletes a draft.', params: StudyParams, status: 204 },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/plan',
    access: 'researcher',
    handler: showPlanByApi,
    operation: {
      summary: 'What a study costs, what it can show, what keeps it from opening.',
      params: StudyParams,
      answer: PlanAnswer,
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/power',
    access: 'researcher',
    handler: showPowerByApi,
    operation: {
      summary:
        'What a study of this and other sizes would show, by simulation, and how large it must be.',
      params: StudyParams,
      query: PowerQuery,
      answer: PowerAnswer,
    },
  },
  {
    method: 'post',
    path: '/api/v1/studies/:study/open',
    access: 'admin',
    handler: openStudyByApi,
    operation: {
      summary: 'Samples a draft and opens it.',
      params: StudyParams,
      answer: StudyAnswer,
    },
  },
  {
    method: 'post',
    path: '/api/v1/studies/:study/pause',
    access: 'admin',
    handler: pauseStudyByApi,
    operation: { summary: 'Pauses an open study.', params: StudyParams, answer: StudyAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/studies/:study/resume',
    access: 'admin',
    handler: resumeStudyByApi,
    operation: { summary: 'Lets a paused study go on.', params: StudyParams, answer: StudyAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/studies/:study/close',
    access: 'admin',
    handler: closeStudyByApi,
    operation: { summary: 'Closes a study.', params: StudyParams, answer: StudyAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/studies/:study/reopen',
    access: 'admin',
    handler: reopenStudyByApi,
    operation: {
      summary: 'Re-opens a closed study; it is paused then.',
      params: StudyParams,
      answer: StudyAnswer,
    },
  },
];
