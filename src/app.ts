import type { Express } from 'express';
import { routes as accountRoutes } from '#accounts/routes.js';
import { staffOfSession } from '#accounts/signIn.js';
import { staffOfToken } from '#accounts/tokens.js';
import { routes as assignmentRoutes } from '#assignment/routes.js';
import { routes as datasetRoutes } from '#datasets/routes.js';
import { routes as generationRoutes } from '#generation/routes.js';
import { routes as modelRoutes } from '#models/routes.js';
import { routes as oversightRoutes } from '#oversight/routes.js';
import { routes as paymentRoutes } from '#payments/routes.js';
import { routes as platformRoutes } from '#platforms/routes.js';
import { raterOfSession } from '#raters/raterOfSession.js';
import { routes as qualityRoutes } from '#quality/routes.js';
import { routes as raterRoutes } from '#raters/routes.js';
import { routes as reportRoutes } from '#reports/routes.js';
import { routes as roundRoutes } from '#rounds/routes.js';
import { routes as studyRoutes } from '#studies/routes.js';
import type { Application } from '#web/application.js';
import { healthRoutes } from '#web/health.js';
import { openApiDocument } from '#web/openapi.js';
import type { Route } from '#web/route.js';
import { createServer, type ServerOptions } from '#web/server.js';

/** Routes are looked through one by one: those that raters call at every example stand first. */
const featureRoutes: readonly Route[] = [
  ...assignmentRoutes,
  ...raterRoutes,
  ...platformRoutes,
  ...accountRoutes,
  ...modelRoutes,
  ...generationRoutes,
  ...datasetRoutes,
  ...oversightRoutes,
  ...studyRoutes,
  ...paymentRoutes,
  ...qualityRoutes,
  ...reportRoutes,
  ...roundRoutes,
];

/** Every route of the product; a test walks them with every kind of caller. */
export const allRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/',
    access: 'researcher',
    handler: (_request, response) => response.redirect(303, '/studies'),
  },
  ...healthRoutes,
  {
    method: 'get',
    path: '/api/v1/openapi.json',
    access: 'anyone',
    sessionless: true,
    handler: (_request, response, application) =>
      void response.json(openApiDocument(featureRoutes, application.config.baseUrl)),
  },
  ...featureRoutes,
];

/** Puts the features' route tables together into one Express app. */
export const createApp = (
  application: Application,
  options: ServerOptions = {},
): Promise<Express> =>
  createServer(application, allRoutes, { staffOfSession, staffOfToken, raterOfSession }, options);
