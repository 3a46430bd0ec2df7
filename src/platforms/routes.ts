import type { Route } from '#web/route.js';
import { enterByPlatform, showArrival } from './arrival.js';
import { downloadParticipation, showParticipation } from './participationPage.js';
import { registerPlatforms } from './platformArrival.js';
import { prolificRoutes } from './prolific/routes.js';
import {
  createRecruitmentOfForm,
  editRecruitment,
  newRecruitment,
  updateRecruitmentOfForm,
} from './recruitmentEdit.js';
import {
  createCodeOfClaim,
  createErasure,
  createRetirement,
  explainPerson,
  showRecruitments,
} from './recruitmentPage.js';

registerPlatforms();

const recruitments = '/studies/:study/recruitment';
const recruitment = `${recruitments}/:recruitment`;

export const routes: readonly Route[] = [
  { method: 'get', path: '/p/:token', access: 'anyone', limit: 'link', handler: enterByPlatform },
  { method: 'get', path: '/arrival', access: 'anyone', handler: showArrival },
  { method: 'get', path: recruitments, access: 'researcher', handler: showRecruitments },
  { method: 'post', path: recruitments, access: 'admin', handler: createRecruitmentOfForm },
  { method: 'post', path: `${recruitments}/erase`, access: 'admin', handler: createErasure },
  { method: 'get', path: `${recruitments}/new`, access: 'admin', handler: newRecruitment },
  { method: 'get', path: `${recruitment}/edit`, access: 'admin', handler: editRecruitment },
  {
    method: 'post',
    path: `${recruitment}/edit`,
    access: 'admin',
    handler: updateRecruitmentOfForm,
  },
  { method: 'post', path: `${recruitment}/retire`, access: 'admin', handler: createRetirement },
  { method: 'post', path: `${recruitment}/why`, access: 'researcher', handler: explainPerson },
  {
    method: 'get',
    path: '/studies/:study/participation',
    access: 'researcher',
    handler: showParticipation,
  },
  {
    method: 'get',
    path: '/studies/:study/participation.csv',
    access: 'researcher',
    handler: downloadParticipation,
  },
  {
    method: 'post',
    path: '/studies/:study/claims/:claim',
    access: 'admin',
    handler: createCodeOfClaim,
  },
  ...prolificRoutes,
];
