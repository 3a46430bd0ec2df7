import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { buildRatings, indexLabels, type Ratings, type RepeatPolicy } from '#statistics/ratings.js';

/**
 * Reference values from independent implementations stand outside this repository: point
 * ASSAY_SHARED at the folder that holds `stats/fixtures`, or keep it beside the clone as
 * `../shared`.
 */
const folder = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'stats', 'fixtures');

/**
 * True where the reference values are there; tests that need them skip, visibly, where they are
 * not.
 */
export const haveFixtures = existsSync(folder);

/** One value of parsed JSON, walked without types. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Fixture {
  readonly id: string;
  readonly content: JsonObject;
}

/** The fixtures of a kind whose name begins so, in name order; none where the folder is absent. */
export function fixtures(kind: 'published' | 'reference', prefix = ''): Fixture[] {
  if (!haveFixtures) return [];
  return readdirSync(resolve(folder, kind))
    .filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
    .toSorted()
    .map((name) => ({
      id: name.slice(0, -5),
      content: object(JSON.parse(readFileSync(resolve(folder, kind, name), 'utf8')) as Json),
    }));
}

export function object(json: Json | undefined): JsonObject {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new TypeError(`Expected an object, got ${JSON.stringify(json)}`);
  return json;
}

export function list(json: Json | undefined): Json[] {
  if (!Array.isArray(json)) throw new TypeError(`Expected a list, got ${JSON.stringify(json)}`);
  return json;
}

export function number(json: Json | undefined): number {
  if (typeof json !== 'number')
    throw new TypeError(`Expected a number, got ${JSON.stringify(json)}`);
  return json;
}

export function numbers(json: Json | undefined): number[] {
  return list(json).map(number);
}

/**
 * The ratings of a fixture, with its labels in order: the declared ones, or those used, numbers by
 * value.
 */
export function ratingsOfFixture(
  content: JsonObject,
  repeats: RepeatPolicy = 'last',
): {
  ratings: Ratings;
  labels: (string | number)[];
  raters: string[];
  items: string[];
  values: Float64Array;
} {
  // One published table writes a missing rating as an empty string.
  const rows = list(content['data'])
    .map(list)
    .filter((row) => row[2] !== '' && row[2] !== null);
  const found = new Set(rows.map((row) => row[2] as string | number));
  const order = content['categories'] ?? content['label_order'] ?? content['labels'];
  const labels = Array.isArray(order)
    ? (order as (string | number)[])
    : [...found].toSorted((one, other) => (one < other ? -1 : 1));
  const items = indexLabels(rows.map((row) => String(row[0])));
  const raters = indexLabels(rows.map((row) => String(row[1])));
  const values = indexLabels(
    rows.map((row) => String(row[2])),
    labels.map(String),
  );
  const ratings = buildRatings(
    {
      items: items.indexes,
      raters: raters.indexes,
      values: values.indexes,
      itemCount: items.labels.length,
      raterCount: raters.labels.length,
      categoryCount: values.labels.length,
    },
    repeats,
  );
  return {
    ratings,
    labels,
    raters: raters.labels,
    items: items.labels,
    values: Float64Array.from(labels, (label, index) =>
      typeof label === 'number' ? label : index,
    ),
  };
}

const differences = new Map<string, { difference: number; compared: number }>();

/** Compares with a tolerance relative to max(1, |expected|), remembers the largest difference. */
export function expectClose(
  actual: number | null | undefined,
  expected: number,
  tolerance: number,
  what: string,
): void {
  expect(actual, `${what} is defined`).toBeTypeOf('number');
  const difference = Math.abs((actual as number) - expected) / Math.max(1, Math.abs(expected));
  const family = `${tolerance > 1e-5 ? 'printed' : 'exact'} ${what.split(' ')[0] ?? what}`;
  const before = differences.get(family) ?? { difference: 0, compared: 0 };
  differences.set(family, {
    difference: Math.max(before.difference, difference),
    compared: before.compared + 1,
  });
  expect(difference, `${what}: ${actual} against ${expected}`).toBeLessThanOrEqual(tolerance);
}

/**
 * Adds how many reference values were compared, and the largest difference by family, to the file
 * that ASSAY_FIXTURE_SUMMARY names.
 */
export function printDifferences(): void {
  const path = process.env['ASSAY_FIXTURE_SUMMARY'];
  if (!path) return;
  appendFileSync(
    path,
    [...differences].map(([family, found]) => `${JSON.stringify({ family, ...found })}\n`).join(''),
  );
}
