import { Decompress } from 'fzstd';

/** The largest window that is given to a frame; the program `zstd` stops there too. */
const widestWindow = 2 ** 27;

/**
 * The memory that a Zstandard frame asks for before it gives a byte: its window, or all of its
 * content where it is of one segment (RFC 8878, section 3.1.1.1). Throws a `RangeError` where the
 * frame is too short for its header.
 */
function windowOf(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const descriptor = view.getUint8(4);
  if ((descriptor & 0x20) === 0) {
    const window = view.getUint8(5);
    const base = 2 ** (10 + (window >>> 3));
    return base + (base / 8) * (window & 7);
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >>> 6) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

/**
 * Unpacks one Zstandard frame block by block. Throws at the block that goes past `size` bytes, so
 * that no more than one block (128 kB) too much is ever unpacked.
 */
export function unpackZstd(packed: Uint8Array, size: number): Uint8Array {
  if (windowOf(packed) > widestWindow) throw new Error('its Zstandard frame wants too much memory');
  const blocks: Uint8Array[] = [];
  let unpacked = 0;
  const decoder = new Decompress((block) => {
    unpacked += block.length;
    if (unpacked > size) throw new Error('its Zstandard frame gives more than it claims');
    blocks.push(block);
  });
  decoder.push(packed, true);
  return Buffer.concat(blocks);
}
