import { pairsOf } from '#studies/pairs.js';
import { count, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import type { Provisional, ToCome } from './schema/provisional.js';
import type { ReportModel } from './schema/report.js';
import { measuredPair } from './texts.js';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** Whether judgments can still come that count: those after the end of a study count nowhere. */
export const judgmentsCome = ({ study }: StudyData): boolean => study.state !== 'closed';

const judgments = ({ study }: StudyData): ToCome => ({
  what: 'judgments',
  name: 'further judgments',
  how: `The study is ${study.state === 'draft' ? 'a draft' : study.state}: its numbers can change until it is closed.`,
});

const texts = (unmeasured: number, of: number): ToCome => ({
  what: 'texts',
  name: `the check by the texts that labels point the same way${of === 1 ? '' : ` (${count(unmeasured)} of ${plural(of, 'pair')})`}`,
  how: 'The texts are measured when a report is opened, in seconds for each pair.',
});

function provisional(toCome: readonly ToCome[]): Provisional | null {
  if (toCome.length === 0) return null;
  const names = list.format(toCome.map(({ name }) => name));
  const several = toCome.length > 1 || toCome.some(({ what }) => what === 'judgments');
  const how = toCome.map((one) => one.how).join(' ');
  return {
    toCome: [...toCome],
    sentence: `Provisional: ${names} ${several ? 'are' : 'is'} still to come. ${how}`,
  };
}

/**
 * What the verdicts on these pairs, and on the sets in them, still wait for: judgments while the
 * study is not closed, and the check of polarity by texts where it was not made. Null where nothing
 * that is planned can change them.
 */
export function provisionalPairs(
  data: StudyData,
  pairs: readonly { readonly generated: number; readonly human: number }[],
): Provisional | null {
  const unmeasured = pairs.filter((pair) => measuredPair(data, pair) === null).length;
  return provisional([
    ...(judgmentsCome(data) ? [judgments(data)] : []),
    ...(unmeasured > 0 ? [texts(unmeasured, pairs.length)] : []),
  ]);
}

/** What the verdict on one set waits for: the check of its pair can speak against its labels. */
export const provisionalDataset = (data: StudyData, index: number): Provisional | null =>
  provisionalPairs(
    data,
    pairsOf(data.datasets).filter(({ generated, human }) => generated === index || human === index),
  );

/**
 * The stamp of a report, or of one of its parts; older reports say only whether the study was
 * closed. Empty where nothing is to come.
 */
export const stampOf = (
  { study }: Pick<ReportModel, 'study'>,
  part: { readonly provisional: Provisional | null },
): string =>
  part.provisional?.sentence ??
  (study.interim ? `Interim: the study is ${study.state}, and its numbers can change.` : '');
