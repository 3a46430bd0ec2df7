import { type RawRow, reject, type RejectedRow } from './rejections.js';

const deepest = 64;

/**
 * The first field that an object anywhere in this (valid) JSON text names twice; undefined where
 * none does.
 */
export function duplicateKey(text: string): string | undefined {
  const stack: (Set<string> | null)[] = [];
  let index = 0;
  let expectsKey = false;
  while (index < text.length) {
    const character = text[index];
    if (character === '"') {
      let end = index + 1;
      while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      const keys = stack.at(-1);
      if (expectsKey && keys instanceof Set) {
        const key = JSON.parse(text.slice(index, end + 1)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
        expectsKey = false;
      }
      index = end + 1;
      continue;
    }
    if (character === '{') {
      stack.push(new Set());
      expectsKey = true;
    } else if (character === '[') {
      stack.push(null);
      expectsKey = false;
    } else if (character === '}' || character === ']') {
      stack.pop();
      expectsKey = false;
    } else if (character === ',') expectsKey = stack.at(-1) instanceof Set;
    index += 1;
  }
  return undefined;
}

/**
 * White space as JSON knows it before a colon, which then does not stand beside the name of its
 * field.
 */
const spacedColons = [' :', '\t:', '\r:', '\n:'];

/**
 * True where a field could stand twice: `":` occurs more or less often than there are fields (each
 * name ends in one), or space before a colon and nested objects make the quick look unsure. Only
 * then is the text scanned character by character.
 */
function mayRepeatKey(text: string, value: object): boolean {
  if (Array.isArray(value)) return text.includes('{');
  let fields = 0;
  for (const key in value) {
    fields += 1;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object' && inner !== null && mayHoldObject(inner)) return true;
  }
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) fields -= 1;
  return fields !== 0 || spacedColons.some((colon) => text.includes(colon));
}

const mayHoldObject = (value: object): boolean =>
  !Array.isArray(value) || value.some((entry) => typeof entry === 'object' && entry !== null);

type Fault = 'not_a_number' | 'forbidden_key' | 'too_deep';

function faultOf(value: unknown, depth: number): Fault | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'not_a_number';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > deepest) return 'too_deep';
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (key === '__proto__') return 'forbidden_key';
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'string') continue;
    const fault = faultOf(inner, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Reads one row of JSON: its value, or why it is rejected. The bytes must be UTF-8. */
export function readJsonRow(lineNumber: number, raw: Buffer): RawRow | RejectedRow {
  const text = raw.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (/[:[,]\s*-?(?:NaN|Infinity)\b/.test(text)) return reject(lineNumber, raw, 'not_a_number');
    return reject(
      lineNumber,
      raw,
      'bad_json',
      error instanceof Error ? `(${error.message.slice(0, 160)})` : '',
    );
  }
  const fault = faultOf(value, 1);
  if (fault !== undefined) return reject(lineNumber, raw, fault);
  if (typeof value === 'object' && value !== null && mayRepeatKey(text, value)) {
    const key = duplicateKey(text);
    if (key !== undefined)
      return reject(lineNumber, raw, 'duplicate_key', `The field is “${key.slice(0, 80)}”.`);
  }
  return { lineNumber, raw, value };
}
