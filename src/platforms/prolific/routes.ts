import type { Route } from '#web/route.js';
import { takeWebhook } from './webhook.js';

export const prolificRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/hooks/prolific/:account',
    access: 'anyone',
    sessionless: true,
    body: 'raw',
    handler: takeWebhook,
  },
];
