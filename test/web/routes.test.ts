import { expect, test } from 'vitest';
import { createToken, revokeToken } from '#accounts/tokens.js';
import { allRoutes } from '../../src/app.js';
import { inOrder } from '#web/register.js';
import { accesses, type Access, type Route } from '#web/route.js';
import { buildInvitation, buildStudy, plainExamples } from '../support/builders.js';
import { openSite, type Site, Visitor } from '../support/site.js';

const metricsToken = 'a token for the tests';
const isApi = (route: Route): boolean => route.operation !== undefined;
const nameOf = (route: Route): string => `${route.method.toUpperCase()} ${route.path}`;
/** The route's path with something that does not exist in every place. */
const pathOf = (route: Route): string =>
  route.path.replace(/:(line|version)\b/g, '1').replace(/:\w+/g, 'nothing');

interface Caller {
  readonly name: string;
  /** The accesses that this caller has. */
  readonly may: readonly Access[];
  call(route: Route): Promise<Response>;
}

const send = (visitor: Visitor, route: Route, headers: Record<string, string>): Promise<Response> =>
  visitor.request(pathOf(route), {
    method: route.method.toUpperCase(),
    headers: {
      ...headers,
      ...(isApi(route) && route.method !== 'get' ? { 'content-type': 'application/json' } : {}),
    },
    ...(route.method === 'get' ? {} : { body: isApi(route) ? '{}' : new URLSearchParams() }),
  });

/** A caller with a session; comes back after a route that ends it. */
function withSession(name: string, may: readonly Access[], enter: () => Promise<Visitor>): Caller {
  let visitor: Promise<Visitor> | null = null;
  let token: Promise<string> | null = null;
  return {
    name,
    may,
    async call(route) {
      const ends = ['/sign-out', '/rate/leave', '/consent/decline'].includes(route.path);
      if (visitor === null || ends) {
        visitor = enter();
        token = null;
      }
      const own = await visitor;
      token ??= own.csrf('/sign-in');
      const answer = await send(own, route, { 'x-csrf-token': await token });
      if (ends) visitor = null;
      return answer;
    },
  };
}

const withToken = (
  name: string,
  may: readonly Access[],
  address: string,
  token: string | null,
): Caller => ({
  name,
  may,
  call: (route) =>
    send(new Visitor(address), route, token === null ? {} : { authorization: `Bearer ${token}` }),
});

/** Gives a way in for one rater of a new study, who comes back by the personal link. */
async function raterOf(site: Site): Promise<() => Promise<Visitor>> {
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    now: Date.now(),
  });
  const { token } = await buildInvitation(database, study, Date.now());
  return async () => {
    const visitor = new Visitor(site.address);
    await visitor.request(`/r/${token}`);
    return visitor;
  };
}

/** True where the gate, not the handler, turned the caller away. */
async function isRefused(route: Route, answer: Response): Promise<boolean> {
  if (answer.status === 401 || (answer.headers.get('location') ?? '').startsWith('/sign-in?to='))
    return true;
  if (route.access === 'operator') return answer.status === 404;
  return (
    answer.status === 403 &&
    route.access !== 'anyone' &&
    /Only admins may do this|belongs to a rater in a study|rater_only|admin_only/.test(
      await answer.text(),
    )
  );
}

test('every route takes the callers that its table names and refuses all others', async () => {
  const site = await openSite({ METRICS_TOKEN: metricsToken });
  const { db } = site.server.application;
  const researcher = await db
    .selectFrom('account')
    .select('id')
    .where('role', '=', 'researcher')
    .executeTakeFirstOrThrow();
  const { secret: researcherToken } = await createToken(db, {
    accountId: researcher.id,
    name: 'test',
    now: Date.now(),
  });
  const { secret: revokedToken, token: revoked } = await createToken(db, {
    accountId: researcher.id,
    name: 'test',
    now: Date.now(),
  });
  await revokeToken(db, { accountId: researcher.id, publicId: revoked.public_id, now: Date.now() });
  const rater = await raterOf(site);
  const pageCallers = [
    withSession('nobody', ['anyone'], async () => new Visitor(site.address)),
    withSession('a rater', ['anyone', 'rater'], rater),
    withSession('a researcher', ['anyone', 'researcher'], () => site.visitor('researcher')),
    withSession('an admin', ['anyone', 'researcher', 'admin'], () => site.visitor('admin')),
    withToken('the operator', ['anyone', 'operator'], site.address, metricsToken),
    withToken('an API token of an admin', ['anyone'], site.address, site.token),
  ];
  const apiCallers = [
    withToken('nobody', ['anyone'], site.address, null),
    withToken('a wrong token', ['anyone'], site.address, 'assay_wrong'),
    withToken('a revoked token', ['anyone'], site.address, revokedToken),
    withToken('the operator', ['anyone'], site.address, metricsToken),
    withToken('a token of a researcher', ['anyone', 'researcher'], site.address, researcherToken),
    withToken('a token of an admin', ['anyone', 'researcher', 'admin'], site.address, site.token),
    withSession('the session of an admin', ['anyone'], () => site.visitor('admin')),
  ];
  const wrong: string[] = [];
  let calls = 0;
  for (const route of allRoutes) {
    for (const caller of isApi(route) ? apiCallers : pageCallers) {
      const answer = await caller.call(route);
      calls += 1;
      const refused = await isRefused(route, answer);
      if (refused === caller.may.includes(route.access))
        wrong.push(
          `${nameOf(route)} (${route.access}) ${refused ? 'refused' : 'let in'} ${caller.name}: ${answer.status}`,
        );
      if (answer.status >= 500)
        wrong.push(`${nameOf(route)} failed for ${caller.name}: ${answer.status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(calls).toBeGreaterThan(allRoutes.length * 5);
});

/**
 * Headers that differ from answer to answer, that answer what the client said of its connection, or
 * that say how a body is sent.
 */
const passing = [
  'connection',
  'keep-alive',
  'date',
  'x-request-id',
  'set-cookie',
  'transfer-encoding',
];
/**
 * Status and headers; of a length only that there is one: pages that tell the time and packed files
 * change it.
 */
const headOf = (answer: Response): string =>
  JSON.stringify([
    answer.status,
    ...[...answer.headers]
      .filter(([name]) => !passing.includes(name))
      .map(([name, value]) => (name === 'content-length' ? name : [name, value])),
  ]);

test('HEAD answers with the status and headers of GET on every GET route, and without a body', async () => {
  const site = await openSite({ METRICS_TOKEN: metricsToken });
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ name: 'own', examples: plainExamples(4) }],
    now: Date.now(),
  });
  const { public_id: dataset } = await database.db
    .selectFrom('dataset')
    .select('public_id')
    .executeTakeFirstOrThrow();
  const { token } = await buildInvitation(database, study, Date.now());
  const real = (route: Route): string =>
    pathOf({
      ...route,
      path: route.path
        .replace(':study', study.public_id)
        .replace(':dataset', dataset)
        .replace('/r/:token', `/r/${token}`)
        .replace(':token', study.join_token)
        .replace(':plot', 'agreement-plot.svg')
        .replace(':publication', 'heds'),
    });
  const rater = await (await raterOf(site))();
  const callers: [string, (path: string, method: string) => Promise<Response>][] = [
    ['nobody', (path, method) => new Visitor(site.address).request(path, { method })],
    ['a rater', (path, method) => rater.request(path, { method })],
    [
      'the operator',
      (path, method) =>
        new Visitor(site.address).request(path, {
          method,
          headers: { authorization: `Bearer ${metricsToken}` },
        }),
    ],
    [
      'an API token',
      (path, method) =>
        new Visitor(site.address).request(path, {
          method,
          headers: { authorization: `Bearer ${site.token}` },
        }),
    ],
  ];
  const admin = await site.visitor('admin');
  callers.push(['an admin', (path, method) => admin.request(path, { method })]);
  const wrong: string[] = [];
  let succeeded = 0;
  for (const route of allRoutes.filter(({ method }) => method === 'get')) {
    const concerned =
      route.access === 'operator'
        ? ['nobody', 'the operator']
        : isApi(route)
          ? ['nobody', 'an API token']
          : ['nobody', 'a rater', 'an admin'];
    for (const [name, call] of callers.filter(([caller]) => concerned.includes(caller))) {
      const get = await call(real(route), 'GET');
      const head = await call(real(route), 'HEAD');
      if (headOf(get) !== headOf(head) || (await head.text()) !== '')
        wrong.push(`${name} ${route.path} ${headOf(get)} ${headOf(head)}`);
      if (get.status === 200 && (await get.text()) !== '') succeeded += 1;
    }
  }
  expect(wrong).toEqual([]);
  expect(succeeded).toBeGreaterThan(30);
});

test('every page route that is not GET refuses a form without the token of its session', async () => {
  const site = await openSite();
  const rater = await (await raterOf(site))();
  const admin = await site.visitor('admin');
  const wrong: string[] = [];
  for (const route of allRoutes.filter(
    (candidate) =>
      !isApi(candidate) && candidate.sessionless !== true && candidate.method !== 'get',
  )) {
    const visitor = route.access === 'rater' ? rater : admin;
    const body = (fields: Record<string, string>): URLSearchParams | FormData => {
      if (route.body !== 'stream') return new URLSearchParams(fields);
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('files', new Blob(['{}']), 'a.jsonl');
      return form;
    };
    for (const fields of [{}, { csrf: 'wrong' }] as Record<string, string>[]) {
      const answer = await visitor.request(pathOf(route), {
        method: route.method.toUpperCase(),
        body: body(fields),
      });
      if (answer.status !== 403 || !(await answer.text()).includes('open for too long'))
        wrong.push(`${nameOf(route)}: ${answer.status}`);
    }
    const forged = await visitor.request(pathOf(route), {
      method: route.method.toUpperCase(),
      body: body({}),
      headers: { 'x-csrf-token': 'wrong' },
    });
    if (forged.status !== 403) wrong.push(`${nameOf(route)} with a wrong header: ${forged.status}`);
  }
  expect(wrong).toEqual([]);
});

test('no route stands in the way of another', () => {
  const routes = inOrder(allRoutes);
  const takes = (route: Route, path: string): boolean =>
    new RegExp(`^${route.path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`).test(path);
  const shadowed = routes.flatMap((route, index) =>
    routes
      .slice(0, index)
      .filter((earlier) => earlier.method === route.method && takes(earlier, pathOf(route)))
      .map((earlier) => `${nameOf(earlier)} takes ${nameOf(route)}`),
  );
  expect(shadowed).toEqual([]);
});

test('the tables name every route once, and every kind of access is used', () => {
  const names = allRoutes.map(nameOf);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(new Set(allRoutes.map((route) => route.access))).toEqual(new Set(Object.keys(accesses)));
  expect(
    allRoutes.filter((route) => route.path.startsWith('/api/v1/') !== isApi(route)).map(nameOf),
  ).toEqual(['GET /api/v1/openapi.json']);
});
