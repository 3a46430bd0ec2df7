import { percentileBootstrap, spearman } from '#statistics/bootstrap.js';
import type { Share } from '#statistics/comparison/shares.js';
import { fewestForSpread } from '#statistics/pooled.js';
import { setsBelow, shrinkShares } from '#statistics/shrinkage.js';
import { undefinedBecause } from '#statistics/estimate.js';
import { count, percent, plural } from '#web/format.js';
import { Figure, figure } from '#figure.js';
import type { DatasetSection, PairSection } from './schema/report.js';
import type { PooledMeasure, SuiteGroup, SuiteSection, SuiteSet } from './schema/suite.js';
import { pairsOf, pairsSentences } from './pairsTogether.js';
import { isLabelled, type Labelled, type Standing } from './threshold.js';
import { besideMarks } from './digits.js';
import { plainPercent, shareInterval } from './words.js';

const list = new Intl.ListFormat('en-GB', { type: 'unit' });

/** Sets from which on a suite is summed up as one. */
const fewestSets = 4;
/** Sets from which on they are resampled: fewer show too little of how sets differ. */
const fewestForInterval = 8;

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
  /** Those with judged labels that do not look reversed. */
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
  { threshold, reversed }: Pick<SuiteParts, 'threshold' | 'reversed'>,
): Family {
  const labelled = datasets.filter(isLabelled).filter(({ id }) => !reversed.has(id));
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

/** Every labelled set with its shrunken share and where it stands against the threshold. */
function setsOf(families: readonly Family[], standings: readonly Standing[]): SuiteSet[] {
  const standingOf = new Map(standings.map((standing) => [standing.dataset, standing]));
  return families.flatMap(({ labelled, shrunken, below }) =>
    labelled.flatMap((dataset, position): SuiteSet[] => {
      const standing = standingOf.get(dataset.id);
      const estimate = shrunken.kind === 'shrunken' ? shrunken.sets[position] : undefined;
      return standing === undefined
        ? []
        : [
            {
              ...standing,
              shrunken: estimate === undefined ? dataset.label.upheld : figure(estimate),
              below: below.kind === 'below' ? (below.probabilities[position] ?? null) : null,
            },
          ];
    }),
  );
}

const sourceTitle = { generated: 'generated', human: 'human-written' } as const;

/** The averages over the sets of one source, and how many of them were seen below the threshold. */
function groupSentences(group: SuiteGroup, threshold: number): string[] {
  if (group.upheldMacro.value === null) return [];
  const said = [
    `Over ${plural(group.upheldMacro.n, `${sourceTitle[group.source]} set`)}, ${percent(group.upheldMacro.value)} of the labels are upheld on average (${group.upheldMacro.lower === null ? '' : `${shareInterval(group.upheldMacro)}, `}every set counting the same; over all ${count(group.labels)} labels ${percent(group.upheldMicro.value ?? 0)}).`,
  ];
  const { below } = group;
  if (below !== null && below.observed > 0) {
    const expected = (sets: number): string => (sets < 0.05 ? 'hardly any' : sets.toFixed(1));
    const common = group.upheldMicro.value ?? 0;
    const alike = besideMarks(common, 'percent', [threshold]);
    const all = below.observed === group.upheldMacro.n ? 'all ' : '';
    const chance =
      common < threshold
        ? ''
        : `; if all were alike at ${alike} %, chance alone would put ${expected(below.byChance)} there`;
    const estimated =
      group.upheldMacro.n < fewestForSpread
        ? ''
        : ` The number truly below it is estimated at ${below.truly < 0.05 ? 'nearly 0' : below.truly.toFixed(1)}.`;
    said.push(
      `In ${all}${count(below.observed)} of them the share seen is below ${plainPercent(threshold)}${chance}.${estimated}`,
    );
  }
  return said;
}

function leftOutSentence(reversed: readonly DatasetSection[]): string[] {
  const titles = list.format(reversed.map(({ title }) => title));
  return reversed.length === 0
    ? []
    : [`Left out of every figure of labels here, since labels look reversed: ${titles}.`];
}

/** What a suite rests on beside its sets. */
export interface SuiteParts {
  readonly compared: readonly PairSection[];
  readonly pooled: readonly PooledMeasure[];
  readonly standings: readonly Standing[];
  /** How many sets reach the threshold or fall short of it, as the report's first sentences say. */
  readonly standingSentence: string;
  /** Sets whose labels look reversed, which stand in no figure of labels. */
  readonly reversed: ReadonlySet<string>;
  readonly threshold: number;
  readonly seed: string;
}

/** What many sets show together; null where there are too few to speak of a suite. */
export function suiteSection(
  datasets: readonly DatasetSection[],
  { compared, pooled, standings, standingSentence, reversed, threshold, seed }: SuiteParts,
): SuiteSection | null {
  const judged = datasets.filter((dataset) => dataset.judgments.counted > 0);
  if (judged.length < fewestSets) return null;
  const families = (['generated', 'human'] as const)
    .map((source) =>
      familyOf(
        source,
        judged.filter((dataset) => dataset.source === source),
        { threshold, reversed },
      ),
    )
    .filter((family) => family.datasets.length > 0);
  const groups = families.map((family) => groupOf(family, `${seed} suite ${family.source}`));
  const both = families
    .flatMap(({ labelled }) => labelled)
    .flatMap((dataset) =>
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
          { seed: `${seed} suite confidence`, method: 'bootstrap-sets' },
        ),
  );
  const pairs = pairsOf(compared);
  return {
    groups,
    sets: setsOf(families, standings),
    pairs,
    pooled: [...pooled],
    confidence,
    verdict: [
      ...groups.flatMap((group) => groupSentences(group, threshold)),
      ...leftOutSentence(judged.filter(({ id }) => reversed.has(id))),
      ...(standingSentence === '' ? [] : [standingSentence]),
      ...pooled.map(({ sentence }) => sentence),
      ...pairsSentences({ pairs }, compared),
    ],
  };
}
