import type { RawRow } from '#datasets/formats/rejections.js';
import { type ParsedRow, rowParser } from '#datasets/imports/parsing.js';
import { exampleOf } from '../example.js';
import type { Pipeline } from '../pipeline.js';
import type { Chosen } from './chosen.js';
import { canonicalOrder, readsAs, type Shape, shapeOf } from './shapes.js';

/**
 * The line that stands in every row of a publication, unless the pipeline says otherwise. Its words
 * are always the same, so that whoever collects texts for training can leave them out; its id is the
 * publication's own, so that a model that repeats it shows which dataset it was trained on.
 */
export const canaryOf = (publicId: string): string =>
  'EVALUATION DATA: DO NOT TRAIN ON IT. Row of a model-written evaluation, ' +
  `assay canary ${publicId}`;

/** How a score is called in a row. A likelihood is no probability. */
const scoreColumn = (name: string): string => (name === 'likelihood' ? name : `${name}_confidence`);

/** Six digits after the point: what a score gives, whatever the order in which it was averaged. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/** Makes rows of the candidates of one publication, and reads them as an import would. */
export interface RowMaker {
  readonly shape: Shape;
  /** Null where the candidate makes no example, or an import would read another one. */
  make(chosen: Chosen, line: number): Extract<ParsedRow, { kind: 'example' }> | null;
}

/**
 * Rows as the released sets have them, with the other fields of the candidate, its scores, the
 * request that it came from, and the canary line.
 */
export function rowMaker(
  pipeline: Pipeline,
  { canary, position }: { readonly canary: string | null; readonly position: number },
): RowMaker {
  const shape = shapeOf(pipeline);
  const parse = rowParser(shape, { countRows: false });
  const inOrder = canonicalOrder(pipeline);
  const reserved = new Set([...shape.reserved, 'label_confidence', 'candidate', 'canary']);
  return {
    shape,
    make({ candidate, scores }, line) {
      const found = exampleOf(pipeline, candidate);
      if (found === null) return null;
      const example = inOrder(found);
      const columns = shape.columns(example);
      if (columns === null) return null;
      const value = columns;
      for (const name of Object.keys(candidate.fields).toSorted())
        if (!reserved.has(name)) value[name] = candidate.fields[name];
      for (const name of [...scores.keys()].toSorted())
        value[scoreColumn(name)] = rounded(scores.get(name) ?? 0);
      value['candidate'] = `${position + 1}-${candidate.slot}-${candidate.place}`;
      if (canary !== null) value['canary'] = canary;
      const raw: RawRow = { lineNumber: line, raw: Buffer.from(JSON.stringify(value)), value };
      const row = parse(raw);
      return row.kind === 'example' && readsAs({ ...row.recognised, text: row.text }, example)
        ? row
        : null;
    },
  };
}
