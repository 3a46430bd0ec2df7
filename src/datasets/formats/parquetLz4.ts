/** What one byte of a packed length can stand for. */
const mostPerByte = 255;

/**
 * Unpacks one block of LZ4 (`lz4_Block_format.md` of the LZ4 project) into `output` from `begin`.
 * Returns where it ends. Throws where the block does not fit or points outside what was unpacked.
 */
function unpackBlock(packed: Uint8Array, output: Uint8Array, begin: number): number {
  let at = 0;
  let end = begin;
  const byte = (): number => {
    const found = packed[at];
    if (found === undefined) throw new Error('its LZ4 block ends too early');
    at += 1;
    return found;
  };
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255;) {
      more = byte();
      length += more;
    }
    return length;
  };
  while (at < packed.length) {
    const token = byte();
    const literals = lengthOf(token >>> 4);
    if (at + literals > packed.length || end + literals > output.length)
      throw new Error('its LZ4 block gives more than it claims');
    output.set(packed.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    // The last sequence has literals alone.
    if (at === packed.length) return end;
    const offset = byte() + byte() * 256;
    const length = lengthOf(token & 15) + 4;
    if (offset === 0 || offset > end - begin)
      throw new Error('its LZ4 block points outside itself');
    if (end + length > output.length) throw new Error('its LZ4 block gives more than it claims');
    for (const stop = end + length; end < stop; end += 1) output[end] = output[end - offset] ?? 0;
  }
  return end;
}

function outputFor(packed: Uint8Array, size: number): Uint8Array {
  if (size > packed.length * mostPerByte)
    throw new Error('its LZ4 block gives less than it claims');
  return new Uint8Array(size);
}

/** Unpacks a page of codec LZ4_RAW: one block. Throws where it does not give just `size` bytes. */
export function unpackLz4(packed: Uint8Array, size: number): Uint8Array {
  const output = outputFor(packed, size);
  const end = unpackBlock(packed, output, 0);
  if (end !== size) throw new Error('its LZ4 block gives less than it claims');
  return output;
}

/**
 * Unpacks a page of the older codec LZ4: the blocks of Hadoop, each behind its unpacked and its
 * packed length, or one block without them, which some writers left under the same name. Throws
 * where it does not give just `size` bytes.
 */
export function unpackLz4Frames(packed: Uint8Array, size: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const blocks: { from: number; to: number; unpacked: number }[] = [];
  let claimed = 0;
  for (let at = 0; at < packed.length;) {
    if (at + 8 > packed.length) return unpackLz4(packed, size);
    const unpacked = view.getUint32(at);
    const from = at + 8;
    at = from + view.getUint32(at + 4);
    claimed += unpacked;
    if (at > packed.length || claimed > size) return unpackLz4(packed, size);
    blocks.push({ from, to: at, unpacked });
  }
  const output = outputFor(packed, size);
  let end = 0;
  for (const { from, to, unpacked } of blocks) {
    const stop = unpackBlock(packed.subarray(from, to), output, end);
    if (stop - end !== unpacked) throw new Error('its LZ4 block does not give what it claims');
    end = stop;
  }
  if (end !== size) throw new Error('its LZ4 blocks give less than they claim');
  return output;
}
