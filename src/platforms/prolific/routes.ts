import type { Route } from '#web/route.js';
import { createAccount, createCheck, showAccounts, updateAccount } from '../accountPage.js';
import { createRepair, showMismatches } from '../mismatchPage.js';
import { createCall, createLinking, createSettlement, showAtProlific } from './studyPage.js';
import { takeWebhook } from './webhook.js';

const atProlific = '/studies/:study/prolific';

export const prolificRoutes: readonly Route[] = [
  { method: 'get', path: '/platforms', access: 'researcher', handler: showAccounts },
  { method: 'post', path: '/platforms', access: 'admin', handler: createAccount },
  { method: 'post', path: '/platforms/:account/check', access: 'admin', handler: createCheck },
  { method: 'post', path: '/platforms/:account/change', access: 'admin', handler: updateAccount },
  {
    method: 'get',
    path: '/studies/:study/mismatches',
    access: 'researcher',
    handler: showMismatches,
  },
  {
    method: 'post',
    path: '/studies/:study/mismatches/:submission',
    access: 'admin',
    handler: createRepair,
  },
  { method: 'get', path: atProlific, access: 'researcher', handler: showAtProlific },
  {
    method: 'post',
    path: `${atProlific}/:recruitment/account`,
    access: 'admin',
    handler: createLinking,
  },
  {
    method: 'post',
    path: `${atProlific}/:recruitment/calls`,
    access: 'admin',
    handler: createCall,
  },
  {
    method: 'post',
    path: `${atProlific}/settle/:action`,
    access: 'admin',
    handler: createSettlement,
  },
  {
    method: 'post',
    path: '/hooks/prolific/:account',
    access: 'anyone',
    sessionless: true,
    body: 'raw',
    handler: takeWebhook,
  },
];
