/**
 * True where a Snappy stream unpacks to exactly `size` bytes. Walks over its elements without
 * writing anything: the reader trusts their lengths, and one that reads as negative sends it back
 * to where it was for ever.
 */
export function isSnappyOf(bytes: Uint8Array, size: number): boolean {
  const byte = (at: number): number => bytes[at] ?? 0;
  let at = 0;
  while (at < bytes.length && byte(at) >= 128) at += 1;
  at += 1;
  let unpacked = 0;
  while (at < bytes.length && unpacked <= size) {
    const tag = byte(at);
    at += 1;
    const kind = tag & 3;
    if (kind === 1) {
      unpacked += ((tag >>> 2) & 7) + 4;
      at += 1;
    } else if (kind > 1) {
      unpacked += (tag >>> 2) + 1;
      at += kind === 2 ? 2 : 4;
    } else {
      const lengthBytes = Math.max(0, (tag >>> 2) - 59);
      let length = lengthBytes === 0 ? tag >>> 2 : 0;
      for (let index = 0; index < lengthBytes; index += 1)
        length += byte(at + index) * 256 ** index;
      at += lengthBytes + length + 1;
      unpacked += length + 1;
    }
  }
  return at === bytes.length && unpacked === size;
}
