import { expect } from 'vitest';
import { computeReport, type ReportOptions } from '#reports/model/report.js';
import type { Difference } from '#reports/model/schema/comparison.js';
import { type PairSection, ReportModel } from '#reports/model/schema/report.js';
import type { StudyData } from '#reports/input/data.js';

/**
 * The report of such data; without mixed models, which take most of the time, unless they are what
 * a test is about.
 */
export const reportOf = (
  data: StudyData,
  options: Pick<ReportOptions, 'mixedModels'> = { mixedModels: false },
): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f',
      computedAt: 1_791_000_000_000,
      version: '0',
      ...options,
    }),
  );

export function pairOf(report: ReportModel): PairSection {
  const [pair] = report.pairs;
  return pair ?? expect.unreachable('there is no pair');
}

export const differenceOf = (pair: PairSection, measure: Difference['measure']): Difference =>
  pair.differences.find((known) => known.measure === measure) ??
  expect.unreachable(`there is no ${measure}`);
