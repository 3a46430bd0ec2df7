import { fieldsAt, schemaAt, type SchemaNode } from './schema.js';

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** `at least 1 field`, `from 1 to 20 fields`, or nothing. */
function sizeWords(least: number | undefined, most: number | undefined, one: string): string {
  if (most === undefined) return least === undefined ? '' : ` of at least ${counted(least, one)}`;
  if (least === undefined || least === 0) return ` of at most ${counted(most, one)}`;
  return least === most ? ` of ${counted(most, one)}` : ` of ${least} to ${counted(most, one)}`;
}

/** A bound that nobody set: the largest whole number that can be told apart from its neighbours. */
const isSet = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

function rangeWords({ minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  const above = isSet(exclusiveMinimum) ? `above ${exclusiveMinimum}` : null;
  const least = isSet(minimum) ? minimum : null;
  const most = isSet(maximum) ? maximum : null;
  if (above !== null) return most === null ? ` ${above}` : ` ${above}, at most ${most}`;
  if (least !== null && most !== null) return ` from ${least} to ${most}`;
  return least === null ? (most === null ? '' : ` of at most ${most}`) : ` of at least ${least}`;
}

/** What a name is. */
export const nameWords =
  'a name of small letters, digits and _ that begins with a letter, at most 40 long';

/** What the schema expects at a place, as what follows “Expected”. */
export function expectedWords(node: SchemaNode): string {
  const several = node.anyOf ?? node.oneOf;
  if (several !== undefined) {
    const kinds = several.flatMap((one) => one.properties?.['kind']?.const ?? []);
    const words = several.filter((one) => one.type !== 'null').map(expectedWords);
    return kinds.length > 1
      ? `a block whose kind is one of ${kinds.join(', ')}`
      : `${words.join(' or ')}${words.length < several.length ? ', or null' : ''}`;
  }
  if (node.const !== undefined) return `“${node.const}”`;
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'string':
      return node.pattern === undefined
        ? `a text${sizeWords(node.minLength, node.maxLength, 'character')}`
        : nameWords;
    case 'integer':
      return `a whole number${rangeWords(node)}`;
    case 'number':
      return `a number${rangeWords(node)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${sizeWords(node.minItems, node.maxItems, 'value')}`;
    case undefined:
    default: {
      const fields = Object.keys(node.properties ?? {});
      return fields.length === 0
        ? 'a block of names and values'
        : `a block with the fields ${fields.join(', ')}`;
    }
  }
}

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** What stands at a place, as what follows “found”. */
export function foundWords(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string')
    return value.length > 60
      ? `a text of ${counted(value.length, 'character')} that begins “${cut(value)}”`
      : value === ''
        ? 'a text of 0 characters'
        : `the text “${value}”`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `a list of ${counted(value.length, 'value')}`;
  const fields = Object.keys(value);
  return fields.length === 0
    ? 'a block without fields'
    : `a block with the fields ${cut(fields.join(', '))}`;
}

/** What helps where a number was written as text, or the other way round. */
function hint(node: SchemaNode, value: unknown): string {
  const wants = (node.anyOf ?? [node]).map(({ type }) => type);
  const wantsNumber = wants.some((type) => type === 'integer' || type === 'number');
  if (typeof value === 'string' && value.trim() !== '' && wantsNumber && Number.isFinite(+value))
    return ' Remove the quotation marks.';
  if (typeof value === 'string' && wants.includes('boolean') && /^(?:true|false)$/.test(value))
    return ' Remove the quotation marks.';
  if ((typeof value === 'number' || typeof value === 'boolean') && wants.includes('string'))
    return ' Put it in quotation marks.';
  return '';
}

/** How many single changes make one word the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++)
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The word of a list that was probably meant; null where none is near. */
export function meant(written: string, known: readonly string[]): string | null {
  if (written.length > 60) return null;
  const near = known
    .map((word) => ({ word, far: distance(written.toLowerCase(), word.toLowerCase()) }))
    .toSorted((one, other) => one.far - other.far)[0];
  return near !== undefined &&
    near.far < near.word.length &&
    near.far <= Math.max(1, Math.floor(near.word.length / 2.5))
    ? near.word
    : null;
}

/** Says that a field is not known at a place, and which one was probably meant. */
export function unknownWords(file: unknown, path: readonly PropertyKey[], key: string): string {
  const known = fieldsAt(file, path);
  const word = meant(key, known);
  return word === null
    ? `Expected one of the fields ${known.join(', ')}; found “${cut(key)}”.`
    : `Expected a known field; found “${cut(key)}”. Did you mean “${word}”?`;
}

/** Says what is expected at a path of a file, and what was found there. */
export function mismatchWords(file: unknown, path: readonly PropertyKey[], value: unknown): string {
  const node = schemaAt(file, path) ?? {};
  return `Expected ${expectedWords(node)}; found ${foundWords(value)}.${hint(node, value)}`;
}
