import { isJsonSpace, type JsonMember, JsonOutline } from './jsonOutline.js';
import { FileFailure } from './rejections.js';

/** How the rows of a JSON file lie in it. */
export type JsonShape =
  /** Elements of an array. */
  | { readonly kind: 'array' }
  /** Elements of the list in one field of an object. */
  | { readonly kind: 'list'; readonly name: string }
  /** Objects one after the other, each over several lines, or one alone. */
  | { readonly kind: 'objects' }
  /** One list, or one object by row, a column. */
  | { readonly kind: 'columns' };

const mostMembers = 10_000;

/** What the first value of a file is, and what follows it. */
interface FirstValue {
  readonly members: readonly JsonMember[];
  /** True where it goes over several lines. */
  readonly spread: boolean;
  readonly next: 'nothing' | 'object on its line' | 'object' | 'something else' | 'cut';
}

async function firstValueOf(source: AsyncIterable<Buffer>): Promise<FirstValue> {
  const members: JsonMember[] = [];
  const outline = new JsonOutline((member) => {
    if (members.length < mostMembers) members.push(member);
  });
  let began = false;
  let spread = false;
  let breaks = 0;
  for await (const chunk of source) {
    for (const byte of chunk) {
      const isBreak = byte === 10 || byte === 13;
      if (!began) {
        if (byte !== 0x7b) continue;
        began = true;
      } else if (outline.depth === 0) {
        if (isBreak) breaks += 1;
        if (isJsonSpace(byte)) continue;
        if (byte !== 0x7b) return { members, spread, next: 'something else' };
        return { members, spread, next: breaks === 0 ? 'object on its line' : 'object' };
      } else if (isBreak) spread = true;
      outline.feed(byte);
    }
  }
  return { members, spread, next: began && outline.depth === 0 ? 'nothing' : 'cut' };
}

/** Names that a list of rows goes by. */
const listOfRows =
  /^(?:data|dataset|examples?|rows|questions|items|instances|records|samples|entries|train|test|validation|dev|evals?|cases|problems|tasks|results)$/i;
/** Lists of objects that belong to one row. */
const listInRow =
  /^(?:messages|conversations?|turns|dialog(?:ue)?|choices|options|answers|candidates|responses|endings|alternatives)$/i;
const textOfRow =
  /^(?:question|text|prompt|statement|sentence|input|stem|query|instruction|context|passage)$/i;

/**
 * Where the rows of a single object are. Throws `FileFailure` where several lists could be them.
 * @param isRowItself whether only a list whose name says so can hold them
 */
function shapeOfObject(members: readonly JsonMember[], isRowItself: boolean): JsonShape {
  const [first] = members;
  if (first === undefined) return { kind: 'objects' };
  const all = (test: (member: JsonMember) => boolean): boolean => members.every(test);
  if (
    members.length > 1 &&
    all((member) => member.kind === 'array' && member.count === first.count && first.count > 0) &&
    members.some((member) => member.first === 'string')
  )
    return { kind: 'columns' };
  if (all((member) => member.kind === 'object' && /^\d+$/.test(member.firstName ?? '')))
    return { kind: 'columns' };
  const lists = members.filter(
    (member) =>
      member.kind === 'array' && member.first === 'object' && !listInRow.test(member.name),
  );
  const known = lists.filter((member) => listOfRows.test(member.name));
  const candidates = known.length > 0 ? known : lists;
  const [list, second] = candidates;
  const isRow =
    known.length === 0 &&
    (isRowItself || members.some(({ name, kind }) => kind === 'string' && textOfRow.test(name)));
  if (list === undefined || isRow) return { kind: 'objects' };
  if (second !== undefined)
    throw new FileFailure(
      'several_lists',
      `They are called ${candidates
        .slice(0, 6)
        .map(({ name }) => `“${name.slice(0, 40)}”`)
        .join(', ')}.`,
    );
  if (members.filter(({ name }) => name === list.name).length > 1)
    throw new FileFailure('broken_objects', `It names “${list.name.slice(0, 40)}” twice.`);
  return { kind: 'list', name: list.name };
}

/**
 * True where a line of its own, at its very beginning, holds one whole object: a row of JSONL.
 * Values over several lines begin a line with a brace alone, or indent what is whole.
 */
function hasLineOfItsOwn(lines: readonly string[]): boolean {
  return lines.slice(0, 50).some((line) => {
    if (!line.startsWith('{') || !line.trimEnd().endsWith('}')) return false;
    try {
      JSON.parse(line);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The shape of a JSON file that begins with an object; null where it is JSONL, an object a line.
 * Reads on until the first object ends where its beginning does not tell, flat in memory. Throws
 * `FileFailure`.
 * @param head the beginning of the file, decoded, without leading space
 * @param options.lines whether the file's name says that it holds an object a line
 * @param options.open opens the bytes of the file from its beginning, as UTF-8
 */
export async function jsonShapeOf(
  head: string,
  options: { lines: boolean; whole: boolean; open: () => AsyncIterable<Buffer> },
): Promise<JsonShape | null> {
  const lines = head.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  const complete = options.whole ? lines : lines.slice(0, -1);
  if (lines.length > 1 && hasLineOfItsOwn(complete)) return null;
  const { members, spread, next } = await firstValueOf(options.open());
  switch (next) {
    case 'nothing': {
      const shape = shapeOfObject(members, options.lines && !spread);
      return shape.kind === 'objects' && !spread ? null : shape;
    }
    case 'object on its line':
      return { kind: 'objects' };
    case 'object':
    case 'something else':
    case 'cut':
      return spread ? { kind: 'objects' } : null;
  }
}
