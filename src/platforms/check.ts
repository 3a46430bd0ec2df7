import { currentText, settingsOf, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { plural } from '#web/format.js';
import { type Outcome, outcomes } from './platform.js';
import { outcomeNames, type Recruitment, recruitmentsOf } from './recruitment.js';

/** Something that would go wrong when people arrive. */
export interface Finding {
  readonly message: string;
  /** The page where it is put right; null where it cannot be changed any more. */
  readonly href: string | null;
}

/** Looks for what would go wrong in a study. */
export type StudyCheck = (application: Application, study: Study) => Promise<readonly Finding[]>;

/** A recruitment as pages call it. */
export const titled = ({ platform, row }: Recruitment): string =>
  row.external_id === null ? platform.title : `${platform.title} (${row.external_id})`;

function findingsOfEnding(recruitment: Recruitment, outcome: Outcome): string | null {
  const { code = null, address = null } = recruitment.settings.endings[outcome] ?? {};
  const about = `${titled(recruitment)}, “${outcome}” (${outcomes[outcome].replace(/\.$/, '')})`;
  if (code === null) return `${about}: there is no code. People get a claim number instead.`;
  if (address === null)
    return `${about}: there is no return address. People get a code to enter, and no link back.`;
  if (!address.includes('{code}') && !address.includes(code))
    return `${about}: the return address does not hold the code.`;
  return null;
}

function findingsOf(recruitment: Recruitment, study: Study, application: Application): Finding[] {
  const { row, platform, settings } = recruitment;
  const { leaseMinutes } = settingsOf(study);
  const found: string[] = [];
  for (const outcome of outcomeNames) {
    const finding = findingsOfEnding(recruitment, outcome);
    if (finding !== null) found.push(finding);
  }
  if (settings.parameters.study !== null && row.external_id === null)
    found.push(
      `${titled(recruitment)}: the id of the study there is not entered, so that a link with another study’s id is not noticed.`,
    );
  if (settings.timeOutMinutes !== null && leaseMinutes > settings.timeOutMinutes)
    found.push(
      `${titled(recruitment)}: an example stays reserved for ${plural(leaseMinutes, 'minute')}, and the platform takes a person off the study after ${plural(settings.timeOutMinutes, 'minute')}. Others cannot have it meanwhile.`,
    );
  if (!application.config.baseUrl.startsWith('https://') && platform.name === 'prolific')
    found.push(`${titled(recruitment)}: the link does not begin with https://. Set BASE_URL.`);
  const href = `/studies/${study.public_id}/recruitment`;
  return found.map((message) => ({ message, href }));
}

/** What a consent text should say, and the words by which it would. */
const told: readonly (readonly [string, RegExp])[] = [
  ['that answers are stored, and under what name', /\b(?:stor|record|pseudonym|anonym|keep|kept)/i],
  ['that times are recorded', /\b(?:times?|how long|when you|minutes|seconds|duration)\b/i],
  ['that people can stop', /\b(?:stop|voluntary|leave at any time)/i],
  ['how answers are withdrawn', /\b(?:withdr|remov|eras|delet)/i],
];

const aboutIds: readonly [string, RegExp] = [
  'that the id of people at their platform is stored, encrypted',
  /\b(?:ids?|identifiers?|participant number|worker number)\b/i,
];

const checkOwn: StudyCheck = async (application, study) => {
  const { db, config } = application;
  const recruitments = (await recruitmentsOf(db, study.id)).filter(
    ({ row }) => row.retired_at === null,
  );
  const edit = `/studies/${study.public_id}/edit`;
  const consent = (await currentText(db, study.id, 'consent'))?.content ?? '';
  const findings: Finding[] = [...told, ...(recruitments.length === 0 ? [] : [aboutIds])]
    .filter(([, words]) => !words.test(consent))
    .map(([what]) => ({
      message: `The consent text does not seem to say ${what}.`,
      href: `${edit}#consent`,
    }));
  if (recruitments.length === 0) return findings;
  if (config.platforms.secretKey === null)
    findings.push({
      message: 'Nobody can arrive from a platform: ASSAY_SECRET_KEY is not set.',
      href: `/studies/${study.public_id}/recruitment`,
    });
  const { contact, raterLimit } = settingsOf(study);
  const settingAt = (name: string): string | null =>
    study.state === 'draft' ? `${edit}#${name}` : null;
  if (contact === '')
    findings.push({
      message: 'No contact is entered: who has a question or a claim knows nobody to ask.',
      href: settingAt('contact'),
    });
  if (raterLimit === null)
    findings.push({
      message:
        'One person may judge any number of examples: a submission has no size, and people are done only when nothing is left.',
      href: settingAt('raterLimit'),
    });
  return [
    ...findings,
    ...recruitments.flatMap((recruitment) => findingsOf(recruitment, study, application)),
  ];
};

const checks: StudyCheck[] = [checkOwn];

/** Adds a check of a feature that knows more, once for a process; gives what removes it. */
export function registerStudyCheck(check: StudyCheck): () => void {
  if (!checks.includes(check)) checks.push(check);
  return () => void checks.splice(checks.indexOf(check), 1);
}

/** Everything that would go wrong when people arrive, as far as it can be known beforehand. */
export const findingsBeforeArrivals = async (
  application: Application,
  study: Study,
): Promise<Finding[]> =>
  (await Promise.all(checks.map((check) => check(application, study)))).flat();
