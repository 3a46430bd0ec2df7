import type { Lane } from '#jobs/kinds.js';

/** Work that writes or removes many rows. */
export const manyRows: Lane = { name: 'many-rows' };

/** Imports that take seconds, so that they do not wait behind one that takes an hour. */
export const smallImports: Lane = { name: 'small-imports' };

/**
 * The most bytes, as they were uploaded, that all files of a small import have together. Written in
 * the short steps that leave room for raters, at 1.5 MB a second, they take about five seconds; a
 * gzipped upload unpacks to five or ten times as much and still takes less than a minute. The
 * largest of the published model-written evaluations has 1 MB.
 */
export const smallImportBytes = 8_000_000;
