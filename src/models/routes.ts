import type { Route } from '#web/route.js';
import { apiRoutes } from './api.js';
import { createModel, createProbe, newModel, retire, showModel, showModels } from './modelPage.js';

export const routes: readonly Route[] = [
  { method: 'get', path: '/models', access: 'researcher', handler: showModels },
  { method: 'get', path: '/models/new', access: 'admin', handler: newModel },
  { method: 'post', path: '/models', access: 'admin', handler: createModel },
  { method: 'get', path: '/models/:model', access: 'researcher', handler: showModel },
  { method: 'post', path: '/models/:model/probe', access: 'admin', handler: createProbe },
  { method: 'post', path: '/models/:model/retire', access: 'admin', handler: retire },
  ...apiRoutes,
];
