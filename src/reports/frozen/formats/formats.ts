import { z } from 'zod';
import type { StudyData } from '../../input/data.js';
import type { ReportModel } from '../../model/schema/report.js';
import * as report1 from './report1/report.js';
import * as data1 from './report1/data.js';
import * as report2 from './report2/report.js';
import * as data2 from './report2/data.js';
import * as report3 from './report3/report.js';
import * as data3 from './report3/data.js';

/** A stored report as pages and files of today take it. */
export interface ReadReport {
  readonly model: ReportModel;
  readonly data: StudyData;
}

/** The format of the files that are written now. */
export const fileFormat = 'assay-report-file-4';

/** How one format of report files has numbers and data. */
interface FileParts {
  readonly model: z.ZodType<ReportModel>;
  readonly data: z.ZodType<StudyData>;
}

/**
 * The formats whose numbers come out again: those before them were computed by rules that have
 * changed since.
 */
export const computedFormats: readonly string[] = [fileFormat];

/** What is written now; its reader takes it back. */
export const writtenParts: FileParts = { model: report3.ReportModel, data: data3.StudyData };

/**
 * The released formats of report files that can be opened, each with a reader of its own over a
 * copy of the schema as it was released. Where reports gain a figure, the readers before it no
 * longer compile until they say how the figure is absent. Where they only gain what may be absent
 * or a further value, every reader compiles: such a form is a format of its own as well.
 */
const readers: ReadonlyMap<string, FileParts> = new Map([
  [
    'assay-report-file-2',
    {
      model: report1.ReportModel.transform(report3.lifted),
      data: data1.StudyData.transform(data3.liftedData),
    },
  ],
  [
    'assay-report-file-3',
    {
      model: report2.ReportModel.transform(report3.lifted),
      data: data2.StudyData.transform(data3.liftedData),
    },
  ],
  [fileFormat, writtenParts],
]);

/** The names of these formats. */
export const readFormats: readonly string[] = [...readers.keys()];

/** The parts of a file in one of these formats; undefined where there is no reader for it. */
export const partsOf = (format: string): FileParts | undefined => readers.get(format);

const Named = z.object({ format: z.string().regex(/^assay-report-file-\d+$/) });

/** The format that a report file says it has; null where it is no report file. */
export function formatOf(file: unknown): string | null {
  const read = Named.safeParse(file);
  return read.success ? read.data.format : null;
}

const Written = z.object({
  model: z.object({ software: z.object({ version: z.string().regex(/^[\w.+-]{1,60}$/) }) }),
});

/** The version of Assay that wrote a report file of any format; null where none is named. */
export function writerOf(file: unknown): string | null {
  const read = Written.safeParse(file);
  return read.success ? read.data.model.software.version : null;
}

/**
 * Opens a report file that Assay stored itself; null where this version has no reader for its
 * format. Throws a ZodError where the file is not what its format says.
 */
export function readReport(file: unknown): ReadReport | null {
  const parts = partsOf(formatOf(file) ?? '');
  return parts === undefined ? null : z.object({ ...parts }).parse(file);
}
