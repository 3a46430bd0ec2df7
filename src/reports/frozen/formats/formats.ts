import { z } from 'zod';
import type { StudyData } from '../../input/data.js';
import type { ReportModel } from '../../model/schema/report.js';
import * as report1 from './report1/report.js';
import * as data1 from './report1/data.js';

/** A stored report as pages and files of today take it. */
export interface ReadReport {
  readonly model: ReportModel;
  readonly data: StudyData;
}

const File2 = z.object({ model: report1.ReportModel, data: data1.StudyData });

/**
 * The released formats of report files that can be opened, each with a reader of its own over a
 * copy of the schema as it was released. Where reports gain a figure, the readers before it no
 * longer compile until they say how the figure is absent.
 */
const readers: Readonly<Record<string, (file: unknown) => ReadReport>> = {
  'assay-report-file-2': (file) => File2.parse(file),
};

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
export const readReport = (file: unknown): ReadReport | null =>
  readers[formatOf(file) ?? '']?.(file) ?? null;
