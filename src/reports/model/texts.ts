import { count, percent, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import type { DatasetTexts, Guess, PairTexts } from '#texts/measures.js';
import { overruledOf } from './gate.js';
import { type Overruled, polarityOfTexts } from './textPolarity.js';
import { textsMap } from './textsMap.js';
import type { DatasetTextsSection, PairTextsSection } from './schema/texts.js';
import { armOf } from './votes.js';
import { shareInterval } from './words.js';

/**
 * True where a classifier of labels is shown to know more than blind guessing and its mix of
 * answers give.
 */
const knowsLabels = ({ accuracy, chance, unrelated }: Guess): boolean =>
  accuracy.lower !== null && accuracy.lower > Math.max(chance, unrelated);

/** Texts that repeat an earlier one, exactly or nearly. */
const repeatedTexts = ({ duplicates, sampled }: DatasetTexts): number =>
  Math.round((duplicates.repeated.value ?? 0) * sampled);

function repeatsSentence(measure: DatasetTexts): string {
  const repeated = repeatedTexts(measure);
  const texts = plural(measure.sampled, 'text');
  return repeated === 0
    ? `None of ${texts} repeats another.`
    : `${count(repeated)} of ${texts} ${repeated === 1 ? 'repeats' : 'repeat'} another, exactly or nearly.`;
}

function answersSentence({ guesses, balance }: DatasetTexts): string[] {
  const { fromAnswers } = guesses;
  if (balance.labelled === 0) return [];
  if (fromAnswers.accuracy.value === null)
    return [
      `Whether the answers alone give the label away cannot be said: ${fromAnswers.accuracy.because ?? 'there is no number'}.`,
    ];
  const found = `a classifier that does not see the question finds ${percent(fromAnswers.accuracy.value)} of the labels (${shareInterval(fromAnswers.accuracy)}; blind guessing ${percent(fromAnswers.chance)})`;
  return [
    knowsLabels(fromAnswers)
      ? `The answers alone give the label away: ${found}.`
      : `The answers alone are not shown to give the label away: ${found}.`,
  ];
}

/**
 * Examples that have a position, from which on a sentence speaks of it; the table has all of them.
 */
const fewestOfPosition = 20;

/** The clusters in which the labels are shared out otherwise than in the whole set. */
const unbalancedClusters = (measure: DatasetTexts): number =>
  measure.spread?.clusters.filter(({ labels }) => labels.some((label) => label.unbalanced))
    .length ?? 0;

/** What is wrong or doubtful about the texts of a dataset, apart from repeats and answers. */
function artefacts({ contradictory, balance, spread }: DatasetTexts, unbalanced: number): string[] {
  const sentences: string[] = [];
  if (contradictory.groups > 0)
    sentences.push(
      `In ${plural(contradictory.groups, 'group')} of repeated texts the labels contradict each other.`,
    );
  const biased = balance.places.filter((one) => one.biased && one.share.n >= fewestOfPosition);
  for (const preferred of [true, false]) {
    const places = biased.filter(
      ({ share, expected }) => share.value !== null && share.value > expected === preferred,
    );
    if (places.length > 0)
      sentences.push(
        `Labels ${preferred ? 'prefer' : 'avoid'} ${places.length === 1 ? 'a place' : 'some places'} among the answers: ${places.map(({ place, share, expected }) => `${percent(share.value ?? 0)} stand at place ${place + 1} (${percent(expected)} if every place were as likely)`).join(', ')}.`,
      );
  }
  if (balance.longest.biased)
    sentences.push(
      `Labels ${(balance.longest.share.value ?? 0) > balance.longest.expected ? 'prefer' : 'avoid'} the longest answer: ${percent(balance.longest.share.value ?? 0)} are the longest one (${percent(balance.longest.expected)} if length did not matter).`,
    );
  if (unbalanced > 0)
    sentences.push(
      `In ${count(unbalanced)} of ${plural(spread?.clusters.length ?? 0, 'cluster')} of texts the labels are shared out otherwise than in the whole set.`,
    );
  return sentences;
}

/** The sentences of a dataset's texts that somebody must know before using the set. */
export function textProblems({ measure }: DatasetTextsSection): string[] {
  return [
    ...(repeatedTexts(measure) > 0 ? [repeatsSentence(measure)] : []),
    ...(knowsLabels(measure.guesses.fromAnswers) ? answersSentence(measure) : []),
    ...artefacts(measure, unbalancedClusters(measure)),
  ];
}

/** What was measured of the texts of a dataset, in sentences. */
export const datasetVerdict = (measure: DatasetTexts): string[] => [
  repeatsSentence(measure),
  ...answersSentence(measure),
  ...artefacts(measure, unbalancedClusters(measure)),
];

/** What the texts of a dataset show; null where they are not measured yet. */
export function datasetTexts(data: StudyData, index: number): DatasetTextsSection | null {
  const measure = data.texts.datasets[index] ?? null;
  return measure === null ? null : { verdict: datasetVerdict(measure), measure };
}

function sourceSentence({ source }: PairTexts): string {
  const { accuracy, perSource } = source;
  if (accuracy.value === null)
    return `Whether the sources can be told apart by their words is not known: ${accuracy.because ?? 'there is no number'}.`;
  const found = `a simple classifier is right on ${percent(accuracy.value)} of ${plural(2 * perSource, 'text')} (${shareInterval(accuracy)}; chance 50 %)`;
  if (accuracy.lower !== null && accuracy.lower > 0.5)
    return `The sources can be told apart by their words: ${found}. Differences between the sets may be differences of style.`;
  return `The sources are not shown to be told apart by their words: ${found}.`;
}

/** What was measured of a pair; null where it is not measured yet. */
export const measuredPair = (
  data: Pick<StudyData, 'texts'>,
  pair: { readonly generated: number; readonly human: number },
): PairTexts | null =>
  data.texts.pairs.find((known) => known.generated === pair.generated && known.human === pair.human)
    ?.measure ?? null;

/** How many texts stand in both sets of a pair, exactly or nearly. */
export const sharedSentence = ({ shared: { groups } }: Pick<PairTexts, 'shared'>): string =>
  groups === 0
    ? 'No text stands in both sets.'
    : `${plural(groups, 'text')} ${groups === 1 ? 'stands' : 'stand'} in both sets, exactly or nearly.`;

/** What was measured of the texts of both sets of a pair, in sentences. */
export const pairVerdict = (measure: PairTexts, overruled: Overruled = []): string[] => [
  polarityOfTexts(measure, overruled).sentence,
  sourceSentence(measure),
  sharedSentence(measure),
];

/** What the texts of two sets show beside each other; null where they are not measured yet. */
export function pairTexts(
  data: StudyData,
  pair: { readonly generated: number; readonly human: number },
): PairTextsSection | null {
  const measured = measuredPair(data, pair);
  if (measured === null) return null;
  const { map, ...measure } = measured;
  return {
    verdict: pairVerdict(
      measured,
      overruledOf(armOf(data, pair.generated), armOf(data, pair.human)),
    ),
    measure,
    map: map === null ? null : textsMap(data, pair, map, measured.spread?.clusters.length ?? 0),
  };
}
