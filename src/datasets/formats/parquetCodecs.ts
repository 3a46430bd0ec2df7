import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { CompressionCodec, Compressors } from 'hyparquet';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { unpackLz4, unpackLz4Frames } from './parquetLz4.js';
import { isSnappyOf } from './parquetSnappy.js';
import { unpackZstd } from './parquetZstd.js';

const atMost = (size: number): { maxOutputLength: number } => ({
  maxOutputLength: Math.max(1, size),
});

/**
 * What unpacks the pages of a Parquet file, beside Snappy, which the reader has. Each throws as
 * soon as a page gives more bytes than its header claims.
 */
export const compressors: Compressors = {
  GZIP: (packed, size) => gunzipSync(packed, atMost(size)),
  BROTLI: (packed, size) => brotliDecompressSync(packed, atMost(size)),
  ZSTD: unpackZstd,
  LZ4: unpackLz4Frames,
  LZ4_RAW: unpackLz4,
};

/** Unpacks a page. Throws where its packed bytes do not give just the length that it claims. */
export function unpackPage(packed: Uint8Array, size: number, codec: CompressionCodec): Uint8Array {
  if (codec === 'SNAPPY' && !isSnappyOf(packed, size))
    throw new Error('its packed bytes do not give the length that it claims');
  return decompressPage(packed, size, codec, compressors);
}
