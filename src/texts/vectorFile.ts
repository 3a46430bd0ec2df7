import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Problem } from '#web/problem.js';
import type { TextCorpus } from './measures.js';
import type { VectorSource } from './measureStudy.js';

const Line = z.object({ dataset: z.string(), line: z.int(), vector: z.array(z.number()).min(1) });

const keyOf = (dataset: string, line: number): string => `${dataset} ${line}`;

const lineOf = (text: string): z.output<typeof Line> | null => {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

/**
 * Vectors from a JSONL file of dataset, line and vector; those of other texts than the corpora hold
 * are passed over. Throws a `Problem` where a line cannot be read or the vectors are of unequal
 * length.
 */
export async function vectorFile(
  path: string,
  name: string,
  corpora: readonly TextCorpus[],
): Promise<VectorSource> {
  const wanted = new Set(
    corpora.flatMap((corpus) => corpus.texts.map(({ line }) => keyOf(corpus.dataset, line))),
  );
  const vectors = new Map<string, Float32Array>();
  let number = 0;
  let dimensions: number | null = null;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Infinity,
  })) {
    number += 1;
    if (text.trim() === '') continue;
    const read = lineOf(text);
    if (read === null)
      throw new Problem(
        422,
        'bad_vectors',
        `Line ${number} of ${path} is not a vector of a text.`,
        'Each line is a JSON object with dataset (public id), line (number) and vector (list of numbers).',
      );
    dimensions ??= read.vector.length;
    if (read.vector.length !== dimensions)
      throw new Problem(
        422,
        'bad_vectors',
        `Line ${number} of ${path} holds a vector of ${read.vector.length} numbers, the first one has ${dimensions}.`,
      );
    const key = keyOf(read.dataset, read.line);
    if (wanted.has(key)) vectors.set(key, Float32Array.from(read.vector));
  }
  return {
    name,
    async vectorsOf(asked) {
      return asked.flatMap((corpus) =>
        corpus.texts.map(({ line }) => {
          const vector = vectors.get(keyOf(corpus.dataset, line));
          if (vector === undefined)
            throw new Problem(
              422,
              'no_vector',
              `${path} has no vector for line ${line} of dataset ${corpus.dataset}.`,
              '“assay texts export STUDY” writes the texts that need one.',
            );
          return vector;
        }),
      );
    },
  };
}
