import type { Route } from '#web/route.js';
import { enterByPlatform, showArrival } from './arrival.js';
import { registerPlatforms } from './platformArrival.js';

registerPlatforms();

export const routes: readonly Route[] = [
  { method: 'get', path: '/p/:token', access: 'anyone', limit: 'link', handler: enterByPlatform },
  { method: 'get', path: '/arrival', access: 'anyone', handler: showArrival },
];
