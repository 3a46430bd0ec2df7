import { isDeepStrictEqual } from 'node:util';
import { count, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { plainPercent, plainPoints } from './words.js';

/** Names of settings as the report says them; those that are judged apart stand first. */
const settingWords: Readonly<Record<string, string>> = {
  sampleSize: 'examples from each dataset',
  overlap: 'judgments for each example',
  excludedFindings: 'findings left out',
  leaveOutShared: 'whether rows of both sets are left out',
  shuffleChoices: 'whether choices are shuffled',
  strategy: 'which example comes first',
  blockLength: 'examples of one behaviour in a row',
  leaseMinutes: 'minutes for an example',
  raterLimit: 'most judgments by one rater',
  dailyLimit: 'most examples a day for one rater',
  blockItems: 'examples that every rater judges',
  goldItems: 'examples with a known answer for each rater',
  checksOver: 'judgments over which these are spread',
  trainingShare: 'share of the training to get right',
  trainingAttempts: 'attempts at the training',
  aiRule: 'rule about the use of AI',
  raterTitle: 'title for raters',
  contact: 'whom raters may ask',
};

/**
 * What was done otherwise than registered, found by comparing the registered plan with the study as
 * it was run. Empty where nothing was, or where no plan was registered.
 */
export function deviationsOf(data: StudyData): string[] {
  const { registration, settings, rule } = data.study;
  if (registration === null) return [];
  const { plan } = registration;
  const found: string[] = [];
  const { datasets: planned } = plan;
  for (const dataset of planned)
    if (!data.datasets.some((used) => used.publicId === dataset.id))
      found.push(
        `The dataset “${dataset.name}” version ${dataset.version} was planned and not used.`,
      );
  for (const dataset of data.datasets) {
    const before = planned.find((known) => known.id === dataset.publicId);
    if (before === undefined)
      found.push(
        `The dataset “${dataset.name}” version ${dataset.version} was used and not planned.`,
      );
    else if (before.sampled !== dataset.sampling.sampled)
      found.push(
        `From “${dataset.name}” ${plural(dataset.sampling.sampled, 'example')} were drawn instead of ${count(before.sampled)}.`,
      );
  }
  for (const [name, words] of Object.entries(settingWords)) {
    const [before, after] = [
      plan.settings[name as keyof typeof settings],
      settings[name as keyof typeof settings],
    ];
    if (!isDeepStrictEqual(before, after))
      found.push(
        `Another setting: ${words} (${JSON.stringify(after)} instead of ${JSON.stringify(before)}).`,
      );
  }
  if (rule.threshold !== plan.settings.threshold)
    found.push(
      `Another threshold: ${plainPercent(rule.threshold)} instead of ${plainPercent(plan.settings.threshold)}.`,
    );
  if (rule.agreementMargin !== plan.settings.agreementMargin)
    found.push(
      `Another margin of label agreement: ${plainPoints(rule.agreementMargin)} instead of ${plainPoints(plan.settings.agreementMargin)}.`,
    );
  if (rule.relevanceMargin !== plan.settings.relevanceMargin)
    found.push(
      `Another margin of relevance: ${rule.relevanceMargin} instead of ${plan.settings.relevanceMargin}.`,
    );
  const judged = new Map<number, number>();
  const guided = new Map<number, number>();
  for (const judgment of data.judgments) {
    judged.set(judgment.formVersion, (judged.get(judgment.formVersion) ?? 0) + 1);
    guided.set(judgment.guidelinesVersion, (guided.get(judgment.guidelinesVersion) ?? 0) + 1);
  }
  for (const { version, form } of data.forms)
    if ((judged.get(version) ?? 0) > 0 && !isDeepStrictEqual(form, plan.form))
      found.push(
        `Another wording of the form (version ${version}) for ${plural(judged.get(version) ?? 0, 'judgment')}.`,
      );
  for (const { version, content } of data.guidelines)
    if ((guided.get(version) ?? 0) > 0 && content !== plan.guidelines)
      found.push(
        `Other guidelines (version ${version}) for ${plural(guided.get(version) ?? 0, 'judgment')}.`,
      );
  const excluded = data.raters.filter((rater) => rater.excluded).length;
  if (excluded > 0)
    found.push(
      `${plural(excluded, 'rater was', 'raters were')} excluded${plan.exclusionRules === '' ? '; no rule of exclusion was registered' : '; compare with the registered rules'}.`,
    );
  const missing =
    data.items.reduce((sum, item) => sum + item.overlap, 0) -
    data.judgments.filter((judgment) => judgment.standing === 'counted').length;
  if (missing > 0 && data.study.state === 'closed')
    found.push(`The study was closed with ${plural(missing, 'judgment')} missing.`);
  return found;
}
