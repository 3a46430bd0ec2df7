import type { Route } from '#web/route.js';
import { apiRoutes } from './api.js';
import { downloadRound, showRound, showRounds } from './page.js';

const rounds = '/generations/:generation/rounds';

export const routes: readonly Route[] = [
  { method: 'get', path: rounds, access: 'researcher', handler: showRounds },
  { method: 'get', path: `${rounds}/:study`, access: 'researcher', handler: showRound },
  {
    method: 'get',
    path: `${rounds}/:study/pipeline.yaml`,
    access: 'researcher',
    handler: downloadRound,
  },
  ...apiRoutes,
];
