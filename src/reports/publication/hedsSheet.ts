import { sourceWords } from '#datasets/dataset.js';
import type { DatasetSection, ReportModel } from '../model/schema/report.js';

/** What a sheet says where the platform does not know; a person fills it in. */
export const notRecorded = 'Not recorded by the platform.';

/**
 * One question of the datasheet with its answer: paragraphs of plain text, several of which make a
 * list.
 */
export interface SheetAnswer {
  readonly number: string;
  readonly asks: string;
  readonly answer: readonly string[];
}

export interface SheetSection {
  readonly title: string;
  readonly answers: readonly SheetAnswer[];
}

/** An answer of the sheet; without one, that it is not recorded. */
export const ask = (number: string, asks: string, ...answer: readonly string[]): SheetAnswer => ({
  number,
  asks,
  answer: answer.length === 0 ? [notRecorded] : answer,
});

/** An answer that a person has to check against the form. */
export const suggested = (text: string): string => `Suggested, to be checked: ${text}.`;

/** A dataset as the sheet calls it. */
export const titleOf = (dataset: DatasetSection): string =>
  `${dataset.behaviour}, ${sourceWords[dataset.source]}`;

/** What there is to say of each dataset, with its name before it. */
export const perDataset = (
  model: ReportModel,
  say: (dataset: DatasetSection) => string | null,
): string[] =>
  model.datasets.flatMap((dataset) => {
    const said = say(dataset);
    return said === null ? [] : [`${titleOf(dataset)}: ${said}`];
  });
