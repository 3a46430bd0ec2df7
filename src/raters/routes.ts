import type { Route } from '#web/route.js';
import { createAiUse } from './aiUse.js';
import { enteringBy, openLink, personalLink } from './arrival.js';
import { createConsent, createRefusal, showConsent, showGuidelines } from './consent.js';
import { askWho, createNewcomer } from './who.js';

export const routes: readonly Route[] = [
  {
    method: 'get',
    path: '/join/:token',
    access: 'anyone',
    limit: 'link',
    handler: enteringBy(openLink),
  },
  {
    method: 'get',
    path: '/r/:token',
    access: 'anyone',
    limit: 'link',
    handler: enteringBy(personalLink),
  },
  { method: 'get', path: '/who', access: 'rater', handler: askWho },
  { method: 'post', path: '/who', access: 'rater', handler: createNewcomer },
  { method: 'get', path: '/consent', access: 'anyone', handler: showConsent },
  { method: 'post', path: '/consent', access: 'anyone', handler: createConsent },
  { method: 'post', path: '/consent/decline', access: 'anyone', handler: createRefusal },
  { method: 'post', path: '/rate/ai', access: 'rater', handler: createAiUse },
  { method: 'get', path: '/guidelines', access: 'rater', handler: showGuidelines },
];
