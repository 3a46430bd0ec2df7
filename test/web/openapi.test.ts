import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { projectFolder } from '#web/folders.js';
import { allRoutes } from '../../src/app.js';
import { openSite, Visitor } from '../support/site.js';

/** What OpenAPI 3.1 demands of a document like ours. */
const Parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: z.record(z.string(), z.unknown()),
});
const Content = z.record(
  z.string().regex(/^[\w.+-]+\/[\w.+*-]+$/),
  z.strictObject({ schema: z.record(z.string(), z.unknown()).optional() }),
);
const Response = z.strictObject({ description: z.string().min(1), content: Content.optional() });
const Operation = z.strictObject({
  summary: z.string().min(1),
  operationId: z.string().regex(/^\w+$/),
  description: z.string(),
  parameters: z.array(Parameter),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string().regex(/^(default|[1-5]\d\d)$/), Response),
});
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.url() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  components: z.strictObject({
    securitySchemes: z.strictObject({
      token: z.strictObject({ type: z.literal('http'), scheme: z.literal('bearer') }),
    }),
  }),
  paths: z.record(
    z.string().startsWith('/api/v1/'),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), Operation),
  ),
});

test('the OpenAPI document is well-formed and lists every route of the API', async () => {
  const site = await openSite();
  const answer = await new Visitor(site.address).request('/api/v1/openapi.json');
  expect(answer.headers.getSetCookie()).toEqual([]);
  const text = await answer.text();
  const document = Document.parse(JSON.parse(text));
  // Our own schema says what we mean to write; the published one of the OpenAPI Initiative says
  // whether others can read it.
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(text) as Record<string, unknown>)).toEqual({
    valid: true,
  });
  expect(validator.version).toBe('3.1');
  const broken = JSON.parse(
    text.replace('"openapi":"3.1.0","info":{"title"', '"openapi":"3.1.0","info":{"name"'),
  ) as Record<string, unknown>;
  expect((await validator.validate(broken)).valid).toBe(false);
  expect(document.servers).toEqual([{ url: site.server.address }]);
  expect(document.info.version).toBe(
    z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))).version,
  );
  const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(listed.map(({ path, method }) => `${method} ${path}`).sort()).toEqual(
    allRoutes
      .filter((route) => route.operation !== undefined)
      .map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
      .sort(),
  );
  expect(new Set(listed.map(({ operation }) => operation.operationId)).size).toBe(listed.length);
  for (const { path, operation } of listed) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect([
      path,
      operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name),
    ]).toEqual([path, named]);
    expect(
      operation.parameters.every((parameter) => parameter.in === 'query' || parameter.required),
    ).toBe(true);
    // A success, every refusal, and the one refusal that says more.
    const statuses = Object.keys(operation.responses).filter((status) => status !== '422');
    expect([statuses.length, statuses.includes('default')]).toEqual([2, true]);
  }
  expect(text).not.toMatch(/"\$ref":"#\/(?!components)/);
});
