import { JsonOutline } from './jsonOutline.js';
import { withoutMark } from './lines.js';
import { FileFailure } from './rejections.js';

/**
 * The bytes of the list in one field of a JSON object, from its bracket to its bracket; flat in
 * memory. What stands beside it is passed over. Throws `FileFailure` where the object is not
 * closed, or names the field twice.
 */
export async function* bytesOfList(
  source: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<Buffer> {
  let lists = 0;
  const outline = new JsonOutline((member) => {
    if (member.name !== name) return;
    lists += 1;
    if (lists > 1) throw new FileFailure('broken_objects', `It names “${name}” twice.`);
  });
  let inside = false;
  let first = true;
  for await (const piece of source) {
    const chunk = first ? withoutMark(piece) : piece;
    first = false;
    let from = inside ? 0 : -1;
    for (let at = 0; at < chunk.length; at += 1) {
      const before = outline.depth;
      outline.feed(chunk[at] ?? 0);
      if (before === 1 && outline.depth === 2 && outline.member?.name === name && !inside) {
        inside = true;
        from = at;
      } else if (inside && outline.depth === 1) {
        yield chunk.subarray(from, at + 1);
        inside = false;
        from = -1;
      }
    }
    if (inside && from >= 0) yield chunk.subarray(from);
  }
  if (outline.depth !== 0)
    throw new FileFailure('broken_objects', 'It ends before the object is closed.');
}
