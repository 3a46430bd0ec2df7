import { z } from 'zod';
import { fieldWords } from './fieldWords.js';
import { Pipeline } from './pipeline.js';

/** The part of JSON Schema that a pipeline uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/**
 * The JSON Schema (draft 2020-12) of a pipeline file: what editors complete and check by. What it
 * cannot say, such as which fields a template may name, `checkPipeline` finds.
 */
export const pipelineSchema = {
  title: 'Assay pipeline',
  ...z.toJSONSchema(Pipeline, {
    io: 'input',
    override: ({ jsonSchema: { properties = {} } }) => {
      const { kind } = properties;
      const named = typeof kind === 'object' ? String(kind.const) : '';
      for (const [name, node] of Object.entries(properties)) {
        const description = fieldWords[`${named}.${name}`] ?? fieldWords[name];
        if (typeof node === 'object' && description !== undefined) node.description = description;
      }
    },
  }),
} as SchemaNode & { readonly title: string };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The alternatives of a node that may stand for this value. */
function alternatives(node: SchemaNode, value: unknown): readonly SchemaNode[] {
  const kind = isRecord(value) ? value['kind'] : undefined;
  const several = node.anyOf ?? node.oneOf;
  if (several === undefined) return [node];
  const ofKind = several.filter((one) => one.properties?.['kind']?.const === kind);
  const open = node.oneOf !== undefined && ofKind.length > 0 ? ofKind : several;
  return open.flatMap((one) => alternatives(one, value));
}

/** What the schema says of the value at this path of a file; undefined where it has nothing. */
export function schemaAt(file: unknown, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = pipelineSchema;
  let value = file;
  for (const key of path) {
    const found: (SchemaNode | undefined)[] = alternatives(node, value).map((one) => {
      if (typeof key === 'number') return one.items;
      const named = one.properties?.[String(key)];
      return named ?? (isRecord(one.additionalProperties) ? one.additionalProperties : undefined);
    });
    const kinds = found.flatMap((one) => one?.const ?? []);
    node = kinds.length > 1 ? { enum: kinds } : found.find((one) => one !== undefined);
    if (node === undefined) return undefined;
    value = isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined;
  }
  return node;
}

/** The fields that may stand in the block at this path of a file. */
export const fieldsAt = (file: unknown, path: readonly PropertyKey[]): string[] => {
  const node = schemaAt(file, path);
  const value = path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : null),
    file,
  );
  return node === undefined
    ? []
    : [...new Set(alternatives(node, value).flatMap((one) => Object.keys(one.properties ?? {})))];
};
