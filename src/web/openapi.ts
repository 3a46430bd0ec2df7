import { z } from 'zod';
import type { Route } from './route.js';

import { softwareVersion as version } from './version.js';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
};

function parameters(schema: z.ZodObject | undefined, where: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, value]) => ({
    name,
    in: where,
    required: where === 'path' || !z.safeParse(value as z.ZodType, undefined).success,
    schema: schemaOf(value as z.ZodType, 'input'),
  }));
}

/** What every refusal answers. */
export const RefusalAnswer = z.object({
  error: z.object({
    code: z.string(),
    title: z.string(),
    advice: z.string(),
    faults: z.array(z.object({ field: z.string(), message: z.string() })),
  }),
});

/** The OpenAPI 3.1 document of every route that has an `operation`, made from its zod schemas. */
export function openApiDocument(routes: readonly Route[], baseUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const { operation } = route;
    if (operation === undefined) continue;
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const named = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
    const params =
      operation.params ?? z.object(Object.fromEntries(named.map((name) => [name, z.string()])));
    const content =
      operation.file !== undefined
        ? { [operation.file]: {} }
        : operation.answer !== undefined
          ? { 'application/json': { schema: schemaOf(operation.answer, 'output') } }
          : undefined;
    paths[path] = {
      ...paths[path],
      [route.method]: {
        summary: operation.summary,
        operationId: `${route.method}_${path.replace(/\W+/g, '_')}`,
        description: route.access === 'admin' ? 'For tokens of admins.' : 'For tokens of staff.',
        parameters: [...parameters(params, 'path'), ...parameters(operation.query, 'query')],
        ...(operation.body === undefined
          ? {}
          : {
              requestBody: {
                required: true,
                content: { 'application/json': { schema: schemaOf(operation.body, 'input') } },
              },
            }),
        responses: {
          [String(operation.status ?? 200)]: {
            description: 'Done',
            ...(content === undefined ? {} : { content }),
          },
          ...(operation.refusal === undefined
            ? {}
            : {
                [String(operation.refusal.status)]: {
                  description: 'Refused: what happened and what to do',
                  content: {
                    'application/json': { schema: schemaOf(operation.refusal.answer, 'output') },
                  },
                },
              }),
          default: {
            description: 'Refused: what happened and what to do',
            content: { 'application/json': { schema: schemaOf(RefusalAnswer, 'output') } },
          },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version,
      description: 'Datasets in, studies and their progress, reports and files out.',
    },
    servers: [{ url: baseUrl }],
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}
