import { z } from 'zod';
import type { SubmissionState } from './states.js';

/** How the visit of a person ends, in the order in which the pages list them. */
export const outcomes = {
  done: 'All their examples are judged.',
  'nothing-left': 'Nothing is left to judge; they came in vain or got less than planned.',
  'screened-out': 'They do not fit, or did not qualify.',
  'no-consent': 'They did not agree to take part.',
  withdrew: 'They stopped before the end, or had their answers removed.',
} as const;
export type Outcome = keyof typeof outcomes;
const Outcomes = z.enum(Object.keys(outcomes) as [Outcome, ...Outcome[]]);

/**
 * Where a person goes who is done. `{code}` in the address stands for the code, and the name of a
 * parameter in braces for what they came with.
 */
const Ending = z.strictObject({
  code: z.string().max(100).nullable(),
  address: z.string().max(2000).nullable(),
});

/** How people come from a platform to one study, and how they go back. */
export const RecruitmentSettings = z.strictObject({
  /** Names of the query parameters of the link. */
  parameters: z.strictObject({
    person: z.string().min(1).max(100),
    study: z.string().min(1).max(100).nullable(),
    submission: z.string().min(1).max(100).nullable(),
  }),
  endings: z.partialRecord(Outcomes, Ending),
  /** Only links that the platform signed are taken. */
  signed: z.boolean().default(false),
  /** Minutes after which the platform takes a person off the study; null where it is not known. */
  timeOutMinutes: z.int().min(1).max(100_000).nullable().default(null),
  /** Public ids of studies of the same project: who took part in one of them may not here. */
  without: z.array(z.string()).default([]),
  /** Public ids of studies of the same project: who answered in none of them may not here. */
  only: z.array(z.string()).default([]),
});
export type RecruitmentSettings = z.output<typeof RecruitmentSettings>;

/** What a parameter of the link says. */
export type ParameterRole = keyof RecruitmentSettings['parameters'];

/** A kind of platform on which people are recruited. */
export interface Platform {
  /** Stored with what belongs to it. */
  readonly name: string;
  readonly title: string;
  /** Settings that a new recruitment begins with; the study here is not known to them. */
  readonly defaults: RecruitmentSettings;
  /** What the platform puts in the place of each parameter; null where an admin must look it up. */
  readonly placeholders: Readonly<Record<ParameterRole, string>> | null;
  /** What an id of the platform looks like. */
  readonly ids: RegExp;
  /** Where the platform’s keys for signed links are, below its API; null where it signs none. */
  readonly keys: string | null;
  /** What a word of the platform for the state of a submission means. */
  stateOf(reported: string): SubmissionState;
}

const stated =
  (words: Readonly<Record<string, SubmissionState>>) =>
  (reported: string): SubmissionState =>
    Object.hasOwn(words, reported) ? (words[reported] ?? 'unknown') : 'unknown';

const back = 'https://app.prolific.com/submissions/complete?cc={code}';

/** https://docs.prolific.com, “Submission object” and “Custom screening”, read in November 2026. */
export const prolific: Platform = {
  name: 'prolific',
  title: 'Prolific',
  defaults: {
    parameters: { person: 'PROLIFIC_PID', study: 'STUDY_ID', submission: 'SESSION_ID' },
    endings: {
      done: { code: null, address: back },
      'nothing-left': { code: null, address: back },
      'screened-out': { code: null, address: back },
      'no-consent': { code: null, address: back },
      withdrew: { code: null, address: back },
    },
    signed: false,
    timeOutMinutes: null,
    without: [],
    only: [],
  },
  placeholders: {
    person: '{{%PROLIFIC_PID%}}',
    study: '{{%STUDY_ID%}}',
    submission: '{{%SESSION_ID%}}',
  },
  ids: /^[0-9a-f]{24}$/i,
  keys: '/.well-known/study/jwks.json',
  stateOf: stated({
    RESERVED: 'reserved',
    ACTIVE: 'active',
    'TIMED-OUT': 'timed-out',
    'AWAITING REVIEW': 'awaiting',
    APPROVED: 'approved',
    'PARTIALLY APPROVED': 'partly-approved',
    REJECTED: 'rejected',
    RETURNED: 'returned',
    'SCREENED OUT': 'screened-out',
  }),
};

/** Any other platform: names, codes and addresses as its own pages give them. */
export const template: Platform = {
  name: 'template',
  title: 'Another platform',
  defaults: {
    parameters: { person: 'id', study: null, submission: null },
    endings: { done: { code: null, address: null } },
    signed: false,
    timeOutMinutes: null,
    without: [],
    only: [],
  },
  placeholders: null,
  ids: /^[^\s\p{C}{}<>[\]]{1,200}$/u,
  keys: null,
  // Nothing is heard from it but what an admin enters, in Assay's own words.
  stateOf: stated({
    awaiting: 'awaiting',
    approved: 'approved',
    rejected: 'rejected',
    returned: 'returned',
    'screened-out': 'screened-out',
  }),
};

export const platforms: readonly Platform[] = [prolific, template];

/** A platform by the name under which it is stored. */
export function platformOf(name: string): Platform {
  const found = platforms.find((platform) => platform.name === name);
  if (found === undefined) throw new Error(`There is no platform named “${name}”.`);
  return found;
}
