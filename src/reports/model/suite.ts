import { percentileBootstrap, spearman } from '#statistics/bootstrap.js';
import { adjustP } from '#statistics/comparison/multiplicity.js';
import type { Share } from '#statistics/comparison/shares.js';
import { setsBelow, shareBelowTest, shrinkShares } from '#statistics/shrinkage.js';
import { undefinedBecause } from '#statistics/estimate.js';
import { count, percent, plural } from '#web/format.js';
import { Figure, figure } from '#figure.js';
import type { DatasetSection, LabelSection, PairSection } from './schema/report.js';
import { plainPercent, shareInterval } from './words.js';
import type { SuiteGroup, SuiteSet, SuitePair, SuiteSection } from './schema/suite.js';

/** Sets from which on a suite is summed up as one. */
const fewestSets = 4;
/** Sets from which on they are resampled: fewer show too little of how sets differ. */
const fewestForInterval = 8;
/** The expected share of false findings among sets said to fall short. */
const falseFindings = 0.05;

type Labelled = DatasetSection & { readonly label: LabelSection };

const isLabelled = (dataset: DatasetSection): dataset is Labelled =>
  dataset.label !== null && dataset.label.items > 0;

function meanOverSets(values: readonly (number | null | undefined)[], seed: string): Figure {
  const known = values.filter((value) => value !== null && value !== undefined);
  return overSets(
    known.length,
    (sets) => sets.reduce((sum, set) => sum + (known[set] ?? 0), 0) / sets.length,
    seed,
  );
}

/**
 * A statistic of sets, with a bootstrap interval over them where they are enough to stand for
 * others.
 */
function overSets(
  sets: number,
  statistic: (sets: Int32Array) => number | null,
  seed: string,
): Figure {
  const found = percentileBootstrap(sets, statistic, { seed, method: 'bootstrap-sets' });
  if (found.kind === 'undefined' || sets >= fewestForInterval) return figure(found);
  return figure({
    kind: 'estimate',
    value: found.value,
    n: sets,
    withoutInterval: `there are fewer than ${fewestForInterval} sets: no interval over sets is given`,
  });
}

/** The judged sets of one source, and what their shares of labels upheld have in common. */
interface Family {
  readonly source: 'generated' | 'human';
  readonly datasets: readonly DatasetSection[];
  readonly labelled: readonly Labelled[];
  readonly shares: readonly Share[];
  readonly shrunken: ReturnType<typeof shrinkShares>;
  readonly below: ReturnType<typeof setsBelow>;
}

const shareOf = ({ label }: Labelled): Share => ({
  successes: label.upheldCount,
  trials: label.items,
});

function familyOf(
  source: Family['source'],
  datasets: readonly DatasetSection[],
  threshold: number,
): Family {
  const labelled = datasets.filter(isLabelled);
  const shares = labelled.map(shareOf);
  const shrunken = shrinkShares(shares);
  return {
    source,
    datasets,
    labelled,
    shares,
    shrunken,
    below: setsBelow(shares, threshold, shrunken),
  };
}

function groupOf(
  { source, datasets, labelled, shares, shrunken, below }: Family,
  seed: string,
): SuiteGroup {
  const pooled = (sets: Int32Array): number => {
    let [successes, trials] = [0, 0];
    for (const set of sets) {
      successes += shares[set]?.successes ?? 0;
      trials += shares[set]?.trials ?? 0;
    }
    return successes / trials;
  };
  return {
    source,
    sets: datasets.length,
    items: datasets.reduce((sum, dataset) => sum + dataset.complete, 0),
    labels: shares.reduce((sum, { trials }) => sum + trials, 0),
    upheldMacro: meanOverSets(
      labelled.map(({ label }) => label.upheld.value),
      `${seed} macro`,
    ),
    upheldMicro: overSets(labelled.length, pooled, `${seed} micro`),
    relevance: meanOverSets(
      datasets.map((dataset) => dataset.relevance?.mean.value),
      `${seed} relevance`,
    ),
    unclear: meanOverSets(
      datasets.map((dataset) => dataset.ambiguity?.byVote.value),
      `${seed} unclear`,
    ),
    centre: shrunken.kind === 'shrunken' ? shrunken.centre : null,
    onlyChance: shrunken.kind === 'shrunken' ? shrunken.onlyChance : null,
    below:
      below.kind === 'below'
        ? {
            observed: below.observed,
            byChance: below.byChance,
            truly: below.truly,
            anyByChance: below.anyByChance,
          }
        : null,
  };
}

/**
 * Every labelled set with its shrunken share and whether it falls short, all sets being one family
 * of tests.
 */
function setsOf(families: readonly Family[], threshold: number): SuiteSet[] {
  const labelled = families.flatMap((family) =>
    family.labelled.map((dataset, position) => ({ dataset, family, position })),
  );
  const p = labelled.map(({ dataset }) => shareBelowTest(shareOf(dataset), threshold));
  const adjusted = adjustP(p, 'benjamini-hochberg');
  return labelled.map(({ dataset, family, position }, index) => {
    const estimate =
      family.shrunken.kind === 'shrunken' ? family.shrunken.sets[position] : undefined;
    return {
      dataset: dataset.id,
      shrunken: estimate === undefined ? dataset.label.upheld : figure(estimate),
      below: family.below.kind === 'below' ? (family.below.probabilities[position] ?? null) : null,
      p: p[index] ?? 1,
      adjusted: adjusted[index] ?? 1,
      fallsShort: (adjusted[index] ?? 1) <= falseFindings,
    };
  });
}

/**
 * The tests of label agreement, and how many compared pairs have none; no tests where there are
 * fewer than two.
 */
function pairsOf(pairs: readonly PairSection[]): {
  tested: SuitePair[];
  untested: number;
} {
  const labels = pairs.flatMap((pair) =>
    pair.differences
      .filter(({ measure }) => measure === 'label-votes')
      .map((label) => ({ pair, label })),
  );
  const tested = labels.flatMap(({ pair, label }) => {
    const { p } = label.tests.different;
    return p === null
      ? []
      : [
          {
            generated: pair.generated,
            behaviour: pair.behaviour,
            p,
            value: label.difference.value ?? 0,
          },
        ];
  });
  const untested = labels.length - tested.length;
  if (tested.length < 2) return { tested: [], untested };
  const adjusted = adjustP(
    tested.map(({ p }) => p),
    'benjamini-hochberg',
  );
  return {
    tested: tested.map(({ value, ...pair }, index) => ({
      ...pair,
      adjusted: adjusted[index] ?? 1,
      shown: (adjusted[index] ?? 1) > falseFindings ? 'none' : value > 0 ? 'higher' : 'lower',
    })),
    untested,
  };
}

const sourceTitle = { generated: 'generated', human: 'human-written' } as const;

function sentencesOf(
  { groups, sets, pairs }: Pick<SuiteSection, 'groups' | 'sets' | 'pairs'>,
  untested: number,
  threshold: number,
): string[] {
  const sentences = groups.flatMap((group) => {
    if (group.upheldMacro.value === null) return [];
    const said = [
      `Over ${plural(group.upheldMacro.n, `${sourceTitle[group.source]} set`)}, ${percent(group.upheldMacro.value)} of the labels are upheld on average (${group.upheldMacro.lower === null ? '' : `${shareInterval(group.upheldMacro)}, `}every set counting the same; over all ${count(group.labels)} labels ${percent(group.upheldMicro.value ?? 0)}).`,
    ];
    const { below } = group;
    if (below !== null) {
      const expected = (sets: number): string => (sets < 0.05 ? 'hardly any' : sets.toFixed(1));
      said.push(
        `${below.observed === 0 ? 'No set was' : plural(below.observed, 'set was', 'sets were')} seen below ${plainPercent(threshold)}. By chance alone ${expected(below.byChance)} would be expected there if all were alike; in truth, ${expected(below.truly)}.`,
      );
    }
    return said;
  });
  const short = sets.filter((set) => set.fallsShort).length;
  sentences.push(
    short === 0
      ? `No set is shown to fall short of ${plainPercent(threshold)} once it is taken into account how many were tested.`
      : `${plural(short, 'set falls', 'sets fall')} short of ${plainPercent(threshold)}, of which at most about one in twenty wrongly said so.`,
  );
  if (pairs.length > 0) {
    const shown = (kind: 'higher' | 'lower'): number =>
      pairs.filter((pair) => pair.shown === kind).length;
    sentences.push(
      `Of ${plural(pairs.length, 'tested pair')}, the generated set is shown to be higher in label agreement in ${count(shown('higher'))} and lower in ${count(shown('lower'))}, taking into account how many were compared; in ${count(pairs.length - shown('higher') - shown('lower'))} no difference is shown, which does not mean that there is none.${untested === 0 ? '' : ` ${plural(untested, 'compared pair has', 'compared pairs have')} no test, since raters are too few.`}`,
    );
  }
  return sentences;
}

/** What many sets show together; null where there are too few to speak of a suite. */
export function suiteSection(
  datasets: readonly DatasetSection[],
  compared: readonly PairSection[],
  options: { threshold: number; seed: string },
): SuiteSection | null {
  const judged = datasets.filter((dataset) => dataset.judgments.counted > 0);
  if (judged.length < fewestSets) return null;
  const families = (['generated', 'human'] as const)
    .map((source) =>
      familyOf(
        source,
        judged.filter((dataset) => dataset.source === source),
        options.threshold,
      ),
    )
    .filter((family) => family.datasets.length > 0);
  const groups = families.map((family) =>
    groupOf(family, `${options.seed} suite ${family.source}`),
  );
  const sets = setsOf(families, options.threshold);
  const both = judged.filter(isLabelled).flatMap((dataset) =>
    dataset.confidence.kind === 'missing'
      ? []
      : [
          {
            confidence: dataset.confidence.ceilings.discriminator,
            upheld: dataset.label.upheld.value ?? 0,
          },
        ],
  );
  const confidence = figure(
    both.length < fewestForInterval
      ? undefinedBecause('too-few-values')
      : spearman(
          both.map((set) => set.confidence),
          both.map((set) => set.upheld),
          { seed: `${options.seed} suite confidence`, method: 'bootstrap-sets' },
        ),
  );
  const { tested: pairs, untested } = pairsOf(compared);
  return {
    groups,
    sets,
    pairs,
    confidence,
    verdict: sentencesOf({ groups, sets, pairs }, untested, options.threshold),
  };
}
