import { type Stratified, stratify } from '#statistics/stratified.js';
import { weightedMean } from '#statistics/stratified.js';
import {
  weightedBrier,
  weightedCalibrationError,
  weightedFilterCurve,
  weightedReliability,
} from '#statistics/weightedCalibration.js';
import { weightedAuroc, weightedRoc } from '#statistics/weightedRoc.js';
import { weightedPoweredShare } from '#statistics/weightedShare.js';
import { count, fixed, percent, plural } from '#web/format.js';
import { figure } from '#figure.js';
import type { DatasetFacts, ItemFacts, StudyData } from '../input/data.js';
import { type Judged, judgedItems, keptShares } from './judged.js';
import { missing } from './schema/missing.js';
import type { ConfidenceSection } from './schema/confidence.js';
import type { WaitingConfidence, WeightedConfidence } from './schema/weightedConfidence.js';
import { type Arm, armOf } from './votes.js';
import { scaleInterval, shareInterval } from './words.js';

/** Bins hold about so many judged examples, and there are at most so many. */
const fewestPerBin = 20;
const mostBins = 10;
const replicates = 1000;
/** Where the limits of the curve stand. */
const shares = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);
const mostPoints = 200;

/** One half of a generation in a study, with the judgments that count for it. */
export interface Half {
  readonly arm: Arm;
  readonly dataset: DatasetFacts;
}

/** What the generation of a kept set dropped, where the study has it; null where it does not. */
export function droppedBeside(data: StudyData, kept: DatasetFacts): Half | null {
  if (kept.part !== 'kept' || kept.generated === null) return null;
  const index = data.datasets.findIndex(
    ({ part, generated }) =>
      part === 'dropped' &&
      generated?.generation === kept.generated?.generation &&
      generated?.publication === kept.generated?.publication,
  );
  const dataset = data.datasets[index];
  return dataset === undefined ? null : { arm: armOf(data, index), dataset };
}

/** A stratum as it was drawn, with the judged examples of it. */
interface Drawn {
  readonly part: 'kept' | 'dropped';
  readonly label: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly eligible: number;
  readonly drawn: number;
  readonly mean: number;
  readonly judged: readonly Judged[];
}

const holds = (
  stratum: Pick<Drawn, 'label' | 'from' | 'to'>,
  item: ItemFacts | undefined,
): boolean =>
  item?.label === stratum.label &&
  item.confidence !== null &&
  item.confidence >= stratum.from &&
  item.confidence <= stratum.to;

/** A label as its examples have it: the key of the choice, or of several, joined. */
const labelName = ({ items }: Arm, label: number): string =>
  [
    ...new Set(
      items.flatMap((item) => (item.label === label ? (item.choices[label]?.key ?? []) : [])),
    ),
  ]
    .toSorted((one, other) => one.localeCompare(other))
    .join(' / ') || `choice ${label + 1}`;

/**
 * The strata of one half, by label and band. What was kept was drawn by label alone: its bands are
 * strata after the fact (post-stratification). Examples without a label or a confidence are in none.
 */
function strataOf({ arm, dataset }: Half, part: 'kept' | 'dropped'): Drawn[] {
  const judged = judgedItems(arm);
  return (dataset.strata ?? []).flatMap((stratum) => {
    const { label, band, from, to, eligible, drawn, mean } = stratum;
    if (label === null || band === null || from === null || to === null) return [];
    const name = labelName(arm, label);
    const own = { part, label, name, from, to, eligible, drawn, mean: mean ?? 0 };
    return [{ ...own, judged: judged.filter(({ index }) => holds(own, arm.items[index])) }];
  });
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

const partOf = (half: Half, strata: readonly Drawn[]): WeightedConfidence['parts'][number] => {
  const own = strata.filter(({ part }) => part === half.dataset.part);
  const { examples, eligible } = half.dataset.sampling;
  return {
    rows: examples,
    leftOut: examples - eligible,
    unscored: eligible - sum(own, (stratum) => stratum.eligible),
    part: half.dataset.part === 'dropped' ? 'dropped' : 'kept',
    dataset: half.dataset.publicId,
    name: half.dataset.name,
    eligible: sum(own, ({ eligible }) => eligible),
    drawn: sum(own, ({ drawn }) => drawn),
    judged: sum(own, ({ judged }) => judged.length),
    upheld: sum(own, ({ judged }) => sum(judged, ({ upheld }) => upheld)),
  };
};

/** The points of the curve, thinned evenly where there are many; the last one always stays. */
function thinned<T>(points: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(points.length / mostPoints));
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}

function sentenceOf(section: Omit<WeightedConfidence, 'kind' | 'sentence'>): string {
  const [kept, dropped] = section.parts;
  if (kept === undefined || dropped === undefined) return '';
  const of = ({ judged, eligible }: typeof kept): string =>
    `${count(judged)} of ${count(eligible)}`;
  const { auroc, all } = section;
  const weighed = `Everything here is over the eligible examples with a label and a confidence, both of what was kept (${of(kept)} judged) and of what was dropped (${of(dropped)} judged), each judged example weighted by how many of its label and band of confidence it stands for: ${count(Math.round(section.examples))} in all.`;
  const told =
    auroc.value === null
      ? `How well confidence tells labels apart is not known: ${auroc.because ?? ''}.`
      : `A label that raters upheld has more confidence than one that they did not ${fixed(auroc.value * 100, 0)} times in 100 (area under the ROC curve ${fixed(auroc.value)}, ${auroc.lower === null ? `without an interval: ${auroc.because ?? ''}` : scaleInterval(auroc)}).`;
  return `${weighed} ${told} The discriminator is ${percent(all.claimed)} sure of these labels on average; raters would uphold ${percent(all.plain.value ?? 0)} (${shareInterval(all.plain)}).`;
}

/** Figures of the judged examples of both halves under their weights. */
function figuresOf(
  sample: Stratified,
  judged: readonly Judged[],
  seed: string,
): Pick<
  WeightedConfidence,
  | 'bins'
  | 'brier'
  | 'calibrationError'
  | 'byChance'
  | 'auroc'
  | 'oneOutcome'
  | 'roc'
  | 'filter'
  | 'all'
> {
  const confidence = Float64Array.from(judged, (one) => one.confidence);
  const right = Float64Array.from(judged, ({ upheld }) => upheld);
  const options = { seed: `${seed} weighted`, replicates };
  const bins = Math.max(1, Math.min(mostBins, Math.floor(judged.length / fewestPerBin)));
  const error = weightedCalibrationError(sample, confidence, right, { ...options, bins });
  const roc = weightedRoc(sample, confidence, right, { ...options, at: shares });
  const auroc = weightedAuroc(sample, confidence, right, options);
  const { plain, powered, lambda } = weightedPoweredShare(sample, right, confidence, options);
  return {
    bins: weightedReliability(sample, confidence, right, { ...options, bins }).map((bin) => ({
      from: bin.from,
      to: bin.to,
      mean: bin.meanConfidence,
      weight: bin.weight,
      upheld: figure(bin.share),
    })),
    brier: figure(weightedBrier(sample, confidence, right, options)),
    calibrationError: figure(error),
    byChance:
      error.kind === 'undefined' ? null : { mean: error.byChance, upper: error.byChanceUpper },
    auroc: figure(auroc),
    oneOutcome: auroc.kind === 'undefined' ? 0 : (auroc.droppedReplicates ?? 0),
    roc:
      'kind' in roc
        ? null
        : {
            curve: thinned(roc.curve).map((point) => ({ ...point })),
            band: roc.band.map(({ falsePositive, truePositive }) => ({
              falsePositive,
              truePositive: figure(truePositive),
            })),
          },
    filter: weightedFilterCurve(sample, confidence, right, { ...options, keep: keptShares })
      .filter((point, index, points) => point.items !== points[index - 1]?.items)
      .map((point) => ({
        kept: point.kept,
        items: point.items,
        least: point.leastConfidence,
        upheld: figure(point.share),
      })),
    all: {
      plain: figure(plain),
      powered: figure(powered),
      lambda,
      claimed: weightedMean(sample.means, sample.sizes),
    },
  };
}

/** Why nothing is weighed; goes on from "because". */
function whyNotWeighed(parts: WeightedConfidence['parts']): string {
  const unscored = parts.find(({ eligible }) => eligible === 0);
  return unscored === undefined
    ? `the discriminator is judged over what was kept and what was dropped together, and of ${parts.map((part) => `what was ${part.part} ${plural(part.judged, 'example')}`).join(' and of ')} with a label and a confidence ${parts[1]?.judged === 1 ? 'has' : 'have'} all judgments yet`
    : `the discriminator is judged over what was kept and what was dropped together, and no eligible example of what was ${unscored.part} carries a label and a confidence`;
}

/**
 * The confidence of the discriminator over what it kept and what it dropped, weighted by strata;
 * where nothing can be weighed it says why, beside what holds for the kept set alone. The order of the data changes nothing.
 */
export function weightedConfidence(
  kept: Half,
  dropped: Half,
  ofKept: Pick<ConfidenceSection, 'wholeSet' | 'ceilings'>,
  seed: string,
): WeightedConfidence | WaitingConfidence {
  const strata = [...strataOf(kept, 'kept'), ...strataOf(dropped, 'dropped')];
  const judged = strata.flatMap((stratum, index) =>
    stratum.judged.map((one) => ({ ...one, stratum: index })),
  );
  const sample = stratify(
    judged.map(({ stratum }) => stratum),
    strata.map(({ part, label, eligible, mean }) => ({
      size: eligible,
      mean,
      part: Number(part === 'dropped'),
      group: label,
    })),
  );
  const parts = [partOf(kept, strata), partOf(dropped, strata)];
  if ('kind' in sample || parts.some((part) => part.judged === 0))
    return {
      kind: 'waiting',
      because: missing(whyNotWeighed(parts)).because,
      ...ofKept,
    };
  const confidences = judged.map(({ confidence }) => confidence);
  const weightOf = new Map(judged.map(({ stratum }, unit) => [stratum, sample.weights[unit] ?? 0]));
  const section = {
    parts,
    strata: strata.map(({ part, label, name, from, to, eligible, drawn, judged: own }, index) => ({
      part,
      label,
      name,
      from,
      to,
      eligible,
      drawn,
      judged: own.length,
      weight: weightOf.get(index) ?? null,
    })),
    items: judged.length,
    examples: sum(strata, ({ eligible }) => eligible),
    least: Math.min(...confidences),
    most: Math.max(...confidences),
    ...figuresOf(sample, judged, seed),
    ...ofKept,
  };
  return { kind: 'weighted', sentence: sentenceOf(section), ...section };
}
