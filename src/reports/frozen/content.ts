import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { computeReport } from '../model/report.js';
import { ReportModel } from '../model/schema/report.js';
import type { StudyData } from '../input/data.js';
import { measureDataset, measurePair } from '#texts/measure.js';
import { type DatasetTexts, type PairTexts, TextCorpus } from '#texts/measures.js';
import { fileFormat, partsOf, readFormats, writtenParts } from './formats/formats.js';
import { misfits } from './indexes.js';

const Version = z.string().regex(/^[\w.+-]{1,60}$/, 'is not the number of a version');

/** A report file in one of the formats that have a reader. */
function fileSchema(format: string, parts: NonNullable<ReturnType<typeof partsOf>>) {
  return z
    .strictObject({
      format: z.literal(format),
      sha256: z.string(),
      ...parts,
      /** The texts of which `data.texts` holds the measures. */
      corpora: z.array(TextCorpus),
    })
    .superRefine((file, context) => {
      const version = Version.safeParse(file.model.software.version);
      if (!version.success)
        context.addIssue({
          code: 'custom',
          path: ['model', 'software', 'version'],
          message: version.error.issues[0]?.message ?? '',
        });
      // The first one is enough to refuse the file, and a hostile one could hold millions.
      const [misfit] = misfits(file);
      if (misfit !== undefined)
        context.addIssue({ code: 'custom', path: [...misfit.path], message: misfit.message });
    });
}

/**
 * A report with everything that it was computed from, as it is written now: whoever has the file
 * can compute every number again.
 */
export const ReportFile = fileSchema(fileFormat, writtenParts);
export type ReportFile = z.output<typeof ReportFile>;

const Named = z.object({ format: z.enum(readFormats) });

/** Reads a file in any format that has a reader. Throws a ZodError where there is none. */
function readFile(file: unknown): ReportFile {
  const { format } = Named.parse(file);
  return fileSchema(format, partsOf(format) ?? writtenParts).parse(file);
}

const checksum = (parts: { model: unknown; data: unknown; corpora: unknown }): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

const Parts = z.object({
  sha256: z.string(),
  model: z.unknown(),
  data: z.unknown(),
  corpora: z.unknown(),
});

/** Whether the checksum inside a report file fits. */
export function isUntouched(file: unknown): boolean {
  const read = Parts.safeParse(file);
  if (!read.success) return false;
  const { sha256, model, data, corpora } = read.data;
  return checksum({ model, data, corpora }) === sha256;
}

/** Puts numbers, data and measured texts together, with the checksum over them. */
export function reportFile(
  model: ReportModel,
  data: StudyData,
  corpora: readonly TextCorpus[],
): ReportFile {
  const parts = {
    model: writtenParts.model.parse(model),
    data: writtenParts.data.parse(data),
    corpora: z.array(TextCorpus).parse(corpora),
  };
  return { format: fileFormat, sha256: checksum(parts), ...parts };
}

/** What came of computing a report's numbers again. */
export interface Verification {
  readonly holds: boolean;
  /** The checksum inside fits: nothing was changed since the file was written. */
  readonly untouched: boolean;
  /**
   * Paths in the report whose value differs from the one computed from its data, such as
   * `datasets.0.label.upheld.value`.
   */
  readonly differences: readonly {
    readonly place: string;
    readonly written: unknown;
    readonly computed: unknown;
  }[];
  /** How many numbers were computed again. */
  readonly numbers: number;
  /** How many more rest on vectors that are not in the file, and are taken as written. */
  readonly takenAsWritten: number;
  /** Models of these vectors. */
  readonly otherModels: readonly string[];
  readonly writtenBy: string;
}

type Differences = { place: string; written: unknown; computed: unknown }[];

function compare(
  written: unknown,
  computed: unknown,
  path: string,
  differences: Differences,
): void {
  if (
    typeof written === 'object' &&
    written !== null &&
    typeof computed === 'object' &&
    computed !== null
  ) {
    const keys = new Set([...Object.keys(written), ...Object.keys(computed)]);
    for (const key of keys)
      compare(
        (written as Record<string, unknown>)[key],
        (computed as Record<string, unknown>)[key],
        path === '' ? key : `${path}.${key}`,
        differences,
      );
  } else if (!isDeepStrictEqual(written, computed))
    differences.push({ place: path, written, computed });
}

function numbersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? 1 : 0;
  return Object.values(value).reduce<number>((sum, part) => sum + numbersIn(part), 0);
}

/** A measure of texts as far as it rests on vectors. */
interface OnVectors {
  readonly spread: { readonly embedding: string } | null;
  readonly map?: unknown;
}

const measuresIn = ({ texts }: StudyData): OnVectors[] => [
  ...texts.datasets.flatMap((measure) => measure ?? []),
  ...texts.pairs.map(({ measure }) => measure),
];

/** The same measures as they stand in the report once more. */
const measuresShown = ({ datasets, pairs }: ReportModel): OnVectors[] => [
  ...datasets.flatMap(({ texts }) => texts?.measure ?? []),
  ...pairs.flatMap(({ texts }) => (texts === null ? [] : { ...texts.measure, map: texts.map })),
];

/** How many numbers of these measures rest on the vectors of these models. */
function numbersOn(models: ReadonlySet<string>, measures: readonly OnVectors[]): number {
  return measures.reduce(
    (sum, { spread, map }) =>
      spread !== null && models.has(spread.embedding)
        ? sum + numbersIn(spread) + numbersIn(map)
        : sum,
    0,
  );
}

/**
 * Measures the texts again. What rests on another model's vectors is taken as written; gives the
 * names of such models.
 */
function measureAgain(
  { data, corpora }: ReportFile,
  report: (done: number, of: number) => void,
  differences: Differences,
): Set<string> {
  const otherModels = new Set<string>();
  const corpusOf = (index: number): TextCorpus =>
    corpora.find((corpus) => corpus.dataset === data.datasets[index]?.publicId) ?? {
      dataset: '',
      seed: '',
      examples: 0,
      texts: [],
    };
  const withVectors = <M extends DatasetTexts | PairTexts>(
    written: M,
    again: M,
    kept: readonly (keyof M)[],
  ): M => {
    if (
      written.spread === null ||
      again.spread === null ||
      written.spread.embedding === again.spread.embedding
    )
      return again;
    otherModels.add(written.spread.embedding);
    return { ...again, ...Object.fromEntries(kept.map((key) => [key, written[key]])) };
  };
  const { datasets, pairs } = data.texts;
  const of = datasets.length + pairs.length;
  for (const [index, written] of datasets.entries()) {
    report(index, of);
    if (written !== null)
      compare(
        written,
        withVectors(written, measureDataset(corpusOf(index)), ['spread']),
        `data.texts.datasets.${index}`,
        differences,
      );
  }
  for (const [index, { generated, human, measure }] of pairs.entries()) {
    report(datasets.length + index, of);
    compare(
      measure,
      withVectors(measure, measurePair(corpusOf(generated), corpusOf(human)), ['spread', 'map']),
      `data.texts.pairs.${index}.measure`,
      differences,
    );
  }
  return otherModels;
}

/**
 * Computes the numbers of a report again from the report's own data and texts, and compares.
 * Fingerprint, time of computing and version say of themselves that they are right, and are taken
 * as written. Throws a ZodError where the file is no report with its data in a format that this
 * version reads.
 * @param report told of the datasets and pairs whose texts are measured again: each takes a second
 *   or more
 */
export function verifyReport(
  file: unknown,
  report: (done: number, of: number) => void = () => undefined,
): Verification {
  const read = readFile(file);
  const { model, data } = read;
  const computed = computeReport(data, {
    fingerprint: model.fingerprint,
    computedAt: model.computedAt,
    version: model.software.version,
  });
  const again = ReportModel.parse({ ...computed, format: model.format });
  const differences: Differences = [];
  compare(model, again, '', differences);
  const otherModels = measureAgain(read, report, differences);
  const untouched = isUntouched(file);
  const measures = measuresIn(data);
  const takenAsWritten = numbersOn(otherModels, [...measures, ...measuresShown(again)]);
  const numbers = numbersIn({ ...again, computedAt: null }) + numbersIn(measures) - takenAsWritten;
  return {
    holds: untouched && differences.length === 0,
    untouched,
    differences,
    numbers,
    takenAsWritten,
    otherModels: [...otherModels],
    writtenBy: model.software.version,
  };
}
