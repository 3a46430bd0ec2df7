import type { Route } from '#web/route.js';
import {
  createInvitation,
  createResetLink,
  showAccounts,
  updateAccount,
} from './administration.js';
import { showAudit } from './auditPage.js';
import { createPassword, openLink, showLink } from './link.js';
import {
  createOwnToken,
  deleteOwnToken,
  showOwnAccount,
  updateName,
  updatePassword,
} from './ownAccount.js';
import { createSignIn, createSignOut, showSignIn } from './signIn.js';

export const routes: readonly Route[] = [
  { method: 'get', path: '/sign-in', access: 'anyone', handler: showSignIn },
  { method: 'post', path: '/sign-in', access: 'anyone', limit: 'sign-in', handler: createSignIn },
  { method: 'post', path: '/sign-out', access: 'anyone', handler: createSignOut },
  { method: 'get', path: '/link/:secret', access: 'anyone', limit: 'link', handler: openLink },
  { method: 'get', path: '/welcome-staff', access: 'anyone', handler: showLink },
  {
    method: 'post',
    path: '/welcome-staff',
    access: 'anyone',
    limit: 'link',
    handler: createPassword,
  },
  { method: 'get', path: '/account', access: 'researcher', handler: showOwnAccount },
  { method: 'post', path: '/account/name', access: 'researcher', handler: updateName },
  { method: 'post', path: '/account/password', access: 'researcher', handler: updatePassword },
  { method: 'post', path: '/account/tokens', access: 'researcher', handler: createOwnToken },
  {
    method: 'post',
    path: '/account/tokens/:token/revoke',
    access: 'researcher',
    handler: deleteOwnToken,
  },
  { method: 'get', path: '/accounts', access: 'admin', handler: showAccounts },
  { method: 'post', path: '/accounts', access: 'admin', handler: createInvitation },
  { method: 'post', path: '/accounts/:account', access: 'admin', handler: updateAccount },
  { method: 'post', path: '/accounts/:account/link', access: 'admin', handler: createResetLink },
  { method: 'get', path: '/audit', access: 'admin', handler: showAudit },
];
