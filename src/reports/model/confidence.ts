import {
  aurocDeLong,
  brierScore,
  expectedCalibrationError,
  filterCurve,
  reliabilityBins,
} from '#statistics/calibration.js';
import { sampleOf } from '#statistics/comparison/means.js';
import { undefinedBecause } from '#statistics/estimate.js';
import { predictionPoweredShare } from '#statistics/predictionPowered.js';
import { proportion } from '#statistics/proportions.js';
import { mean } from '#statistics/summary.js';
import { twoWayMean } from '#statistics/twoWay.js';
import { fixed, decimalsApart, percent, plural } from '#web/format.js';
import type { DatasetFacts } from '../input/data.js';
import { Figure, figure } from '#figure.js';
import { type Judged, judgedItems, keptShares } from './judged.js';
import { Missing, missing } from './schema/missing.js';
import type { WaitingConfidence, WeightedConfidence } from './schema/weightedConfidence.js';
import { type Arm, relevanceOf, relevanceScale, votesOf } from './votes.js';
import { type Half, weightedConfidence } from './weightedConfidence.js';
import { shareInterval } from './words.js';
import type { ConfidenceSection } from './schema/confidence.js';

const mostBins = 10;
const fewestPerBin = 20;
/** Enough for two decimals of the limits of an error; a suite has 154 sets. */
const replicates = 500;

function wholeSetOf(
  items: readonly Judged[],
  plain: Figure,
  undrawn: DatasetFacts['undrawn'],
): ConfidenceSection['wholeSet'] {
  if (undrawn === null)
    return missing('fewer than two eligible examples with a confidence were left undrawn');
  const powered = predictionPoweredShare(
    items.map((item) => item.upheld),
    items.map((item) => item.confidence),
    undrawn,
  );
  if (powered.kind === 'undefined') return missing(powered.because);
  const width = ({ lower, upper }: Figure): number => (upper ?? 1) - (lower ?? 0);
  const found = figure(powered);
  return {
    kind: 'whole-set',
    plain,
    powered: found,
    lambda: powered.lambda,
    undrawn: undrawn.n,
    narrower: Math.max(0, 1 - width(found) / width(plain)),
  };
}

/**
 * Relevance of the items that would be kept, by the two-way interval; null where nobody rated it.
 */
function relevanceOfKept(arm: Arm, kept: ReadonlySet<number>): Figure | null {
  const votes = votesOf(arm, (judgment) =>
    kept.has(judgment.armItem) ? relevanceOf(judgment) : null,
  );
  return votes.values.length === 0 ? null : figure(twoWayMean(votes, { scale: relevanceScale }));
}

/** The filter curve, each number of examples once: equal confidences go together. */
function filterOf(arm: Arm, items: readonly Judged[]): ConfidenceSection['filter'] {
  const points = filterCurve(
    items.map((item) => item.confidence),
    items.map((item) => item.upheld),
    keptShares,
  );
  return points
    .filter((point, index) => point.items !== points[index - 1]?.items)
    .map((point) => ({
      kept: point.kept,
      items: point.items,
      least: point.leastConfidence,
      upheld: figure(point.share),
      relevance: relevanceOfKept(
        arm,
        new Set(items.slice(items.length - point.items).map((item) => item.index)),
      ),
    }));
}

function sentenceOf(
  items: readonly Judged[],
  claimed: number,
  upheld: Figure,
  error: Figure,
  byChance: ConfidenceSection['byChance'],
): string {
  if (upheld.value === null) return '';
  const digits = decimalsApart(
    [claimed * 100],
    [upheld.lower, upheld.upper].flatMap((limit) => (limit === null ? [] : [limit * 100])),
    1,
  );
  const seen = `The discriminator is ${percent(claimed, digits)} sure of these ${plural(items.length, 'label')} on average; raters upheld ${percent(upheld.value)} (${shareInterval(upheld, claimed)})`;
  if (error.value === null || byChance === null) return `${seen}.`;
  const side =
    upheld.lower === null || upheld.upper === null
      ? ''
      : claimed > upheld.upper
        ? ', which is more sure than right'
        : claimed < upheld.lower
          ? ', which is less sure than right'
          : '';
  const fits =
    error.value > byChance.upper
      ? `confidence and crowd differ by more than chance gives (${fixed(error.value, 3)} on average, chance up to ${fixed(byChance.upper, 3)})`
      : `they differ by no more than chance gives (${fixed(error.value, 3)} on average, chance up to ${fixed(byChance.upper, 3)})`;
  return `${seen}${side}; bin by bin ${fits}.`;
}

/**
 * The label quality of a dataset with the discriminator's confidence; says why where there is none.
 * Where the study has what its generation dropped as well, over both, weighted by strata.
 */
export function confidenceSection(
  arm: Arm,
  dataset: DatasetFacts,
  { seed, dropped }: { readonly seed: string; readonly dropped: Half | null },
): ConfidenceSection | WeightedConfidence | WaitingConfidence | Missing {
  if (dataset.part === 'dropped')
    return missing('it is what a generation dropped, and is judged together with what was kept');
  const alone = keptAlone(arm, dataset, seed);
  return dropped === null || alone.kind === 'missing'
    ? alone
    : weightedConfidence({ arm, dataset }, dropped, pickKept(alone), seed);
}

/** What holds for the set itself, whatever was dropped. */
const pickKept = ({
  wholeSet,
  ceilings,
}: ConfidenceSection): Pick<ConfidenceSection, 'wholeSet' | 'ceilings'> => ({ wholeSet, ceilings });

function keptAlone(arm: Arm, dataset: DatasetFacts, seed: string): ConfidenceSection | Missing {
  if (arm.items.every((item) => item.confidence === null))
    return missing('the set carries no confidence of a discriminator');
  if (arm.items.every((item) => item.label === null)) return missing('the set carries no labels');
  const items = judgedItems(arm);
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined)
    return missing('no example with a label and a confidence has all its judgments yet');
  const confidence = items.map((item) => item.confidence);
  const right = items.map((item) => item.upheld);
  const bins = Math.max(1, Math.min(mostBins, Math.floor(items.length / fewestPerBin)));
  const upheld = figure(
    proportion(
      right.reduce((sum, one) => sum + one, 0),
      items.length,
    ),
  );
  const brier = brierScore(confidence, right, { bins });
  const error =
    items.length < 2
      ? undefinedBecause('one-item')
      : expectedCalibrationError(confidence, right, {
          bins,
          seed: `${seed} calibration`,
          replicates,
        });
  const calibrationError = figure(error);
  const byChance =
    error.kind === 'undefined' ? null : { mean: error.byChance, upper: error.byChanceUpper };
  const claimed = mean(confidence) ?? 0;
  const sampled = sampleOf(arm.items.flatMap((item) => item.confidence ?? []));
  const known = 'kind' in sampled ? { n: 1, mean: claimed } : sampled;
  const examples = known.n + (dataset.undrawn?.n ?? 0);
  return {
    kind: 'confidence',
    sentence: sentenceOf(items, claimed, upheld, calibrationError, byChance),
    items: items.length,
    least: first.confidence,
    most: last.confidence,
    restricted: first.confidence > 0.5,
    bins: reliabilityBins(confidence, right, { bins }).map((bin) => ({
      from: bin.from,
      to: bin.to,
      mean: bin.meanConfidence,
      upheld: figure(bin.share),
    })),
    brier: figure(brier),
    parts:
      brier.kind === 'undefined'
        ? null
        : {
            reliability: brier.reliability,
            resolution: brier.resolution,
            uncertainty: brier.uncertainty,
          },
    calibrationError,
    byChance,
    auroc: figure(aurocDeLong(confidence, right)),
    filter: filterOf(arm, items),
    wholeSet: wholeSetOf(items, upheld, dataset.undrawn),
    ceilings: {
      human: upheld,
      discriminator:
        (known.n * known.mean + (dataset.undrawn?.n ?? 0) * (dataset.undrawn?.mean ?? 0)) /
        examples,
      examples,
    },
  };
}
