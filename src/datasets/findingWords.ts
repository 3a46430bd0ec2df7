import { refusals } from './examples/refusals.js';
import {
  datasetFindings,
  type FindingKind,
  type FindingName,
  findings,
} from './findings/findings.js';
import { rejections } from './formats/rejections.js';

const kinds = new Map<string, FindingKind>(findings.map((kind) => [kind.name, kind]));

export const findingNames: readonly string[] = findings.map((kind) => kind.name);

/** Findings that keep an example out of studies unless somebody chooses otherwise. */
export const doubtfulFindings: ReadonlySet<string> = new Set(
  findings.filter((kind) => kind.excludes).map((kind) => kind.name),
);

export const excludesByDefault = (name: string): boolean => doubtfulFindings.has(name);

/** The finding in a few words, such as “Two choices are the same”. */
export const findingTitle = (name: string): string => kinds.get(name)?.title ?? name;

/** The finding in a sentence. */
export const findingSentence = (name: string): string => kinds.get(name)?.sentence ?? '';

export const datasetFindingTitle = (name: string): string =>
  datasetFindings.find((kind) => kind.name === name)?.title ?? name;

/** Findings that come from comparing examples with one another. */
export const comparisonFindings = {
  duplicate: 'duplicate',
  contraryLabel: 'duplicate-opposite-label',
  fewShotCopy: 'few-shot-copy',
  inBothSets: 'in-both-sets',
} as const satisfies Record<string, FindingName>;

/** Why rows of this code were rejected, in a sentence. */
export const rejectionSentence = (code: string): string =>
  Object.hasOwn(rejections, code)
    ? rejections[code as keyof typeof rejections]
    : Object.hasOwn(refusals, code)
      ? refusals[code as keyof typeof refusals]
      : code;
