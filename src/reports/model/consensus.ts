import { comparedRatings } from '#statistics/consensus/compared.js';
import { confusionCell, raterAccuracy } from '#statistics/consensus/confusion.js';
import { memberNames } from '#statistics/consensus/panel.js';
import { ordinalConsensus } from '#statistics/consensus/ordinal.js';
import { buildRatings, ratingsOf } from '#statistics/ratings.js';
import { mean } from '#statistics/summary.js';
import { count, fixed, percent, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { grouped } from '#statistics/groupedBy.js';
import { Figure, figure } from '#figure.js';
import { type LabelAnalysis, cautionsOf } from './labelAnalysis.js';
import { completeItems, labelVote, shareOfComplete } from './labels.js';
import { highestFirst, keyOf, listedItem } from './listedItem.js';
import { Missing, missing } from './schema/missing.js';
import { type Arm, ratingsOfArm, relevanceOf } from './votes.js';
import type { ConsensusSection } from './schema/consensus.js';

const mostListed = 20;
const mostRaters = 40;
/** Between descriptions of raters that weigh so much, the votes do not decide. */
const undecided = 0.05;
/**
 * Posteriors of the ordinal model are followed until none moves by more than this; means then stand
 * to two decimals.
 */
const ordinalTolerance = 1e-4;

interface RelevanceOfRaters {
  readonly section: ConsensusSection['relevance'];
  readonly leniency: ReadonlyMap<number, number>;
  readonly lapses: ReadonlyMap<number, number>;
}

/**
 * The ordinal-aware consensus on relevance, with how each rater uses the scale, over the examples
 * whose ratings tell something of that.
 */
function relevanceConsensus(arm: Arm): RelevanceOfRaters {
  const nothing = {
    section: null,
    leniency: new Map<number, number>(),
    lapses: new Map<number, number>(),
  };
  const compared = comparedRatings(
    ratingsOfArm(arm, 5, (judgment) =>
      judgment.relevance === null ? null : judgment.relevance - 1,
    ),
  );
  if ('kind' in compared) return nothing;
  const active = [...new Set(compared.raters)].toSorted((one, other) => one - other);
  const compact = new Map(active.map((rater, index) => [rater, index]));
  const ratings = buildRatings({
    ...compared,
    raters: compared.raters.map((rater) => compact.get(rater) ?? 0),
    raterCount: active.length,
  });
  const model = ordinalConsensus(ratings, { tolerance: ordinalTolerance });
  if (model.kind === 'undefined') return nothing;
  const rated = [...arm.items.keys()].filter((index) => ratingsOf(ratings, index) > 0);
  const levels = rated.map((index) => (model.meanLevel[index] ?? 0) + 1);
  const plain = rated.map(
    (index) =>
      mean((arm.ofItem[index] ?? []).map(relevanceOf).filter((rating) => rating !== null)) ?? 0,
  );
  return {
    section: {
      mean: mean(levels) ?? 0,
      plain: mean(plain) ?? 0,
      items: rated.length,
      high: levels.filter((level) => level >= 3.5).length,
      iterations: model.iterations,
      converged: model.converged,
    },
    leniency: new Map(active.map((rater, index) => [rater, model.bias[index] ?? 0])),
    lapses: new Map(active.map((rater, index) => [rater, model.lapse[index] ?? 0])),
  };
}

function ratersOf(
  data: StudyData,
  arm: Arm,
  { groups: [largest] }: LabelAnalysis,
  relevance: RelevanceOfRaters,
): ConsensusSection['raters'] {
  if (largest === undefined) return { all: 0, rows: [] };
  const { panel, raters, choices } = largest;
  const within = new Set(largest.indexes);
  const votes = grouped(
    arm.judgments.filter((judgment) => judgment.label !== null && within.has(judgment.armItem)),
    (judgment) => judgment.rater,
  );
  const answers = Array.from({ length: choices }, (_, answer) => answer);
  const rows = raters.map((rater, index) => ({
    pseudonym: data.raters[rater]?.pseudonym ?? '',
    judgments: votes.get(rater)?.length ?? 0,
    accuracy: figure(raterAccuracy(panel, index)),
    right: answers.map((truth) => {
      const { value, lower, upper } = figure(confusionCell(panel, index, truth, truth));
      return { value, lower, upper };
    }),
    confusion: answers.map((truth) =>
      answers.map((answer) => panel.confusion[(index * choices + answer) * choices + truth] ?? 0),
    ),
    leniency: relevance.leniency.get(rater) ?? null,
    lapses: relevance.lapses.get(rater) ?? null,
  }));
  const most = rows
    .toSorted(
      (left, right) =>
        right.judgments - left.judgments || left.pseudonym.localeCompare(right.pseudonym),
    )
    .slice(0, mostRaters);
  return {
    all: rows.length,
    rows: most.toSorted(
      (left, right) =>
        Math.round(1e6 * ((left.accuracy.value ?? 0) - (right.accuracy.value ?? 0))) ||
        left.pseudonym.localeCompare(right.pseudonym),
    ),
  };
}

/** Complete examples on which consensus and majority are set beside each other. */
interface Compared {
  readonly complete: number;
  /** Another answer than the one that has the majority. */
  readonly against: number;
  /** No answer has the majority, and the consensus gives one. */
  readonly decided: number;
  readonly withoutMajority: number;
}

function sameOrNot({ complete, against, decided, withoutMajority }: Compared): string {
  if (complete === 0)
    return 'no example that is modelled has all its judgments yet, so the consensus is not set beside the majority';
  if (complete === withoutMajority)
    return `no complete example has a majority, and the consensus gives an answer to ${count(decided)} of ${count(complete)}`;
  const examples = `${plural(complete - withoutMajority, 'complete example')}${withoutMajority === 0 ? '' : ' with a majority'}`;
  const same =
    against === 0
      ? `the consensus gives every one of ${examples} the answer of the majority`
      : `the consensus gives ${count(against)} of ${examples} another answer than the majority`;
  return withoutMajority === 0
    ? same
    : `${same}, and an answer to ${count(decided)} of ${count(withoutMajority)} without one`;
}

/**
 * What the descriptions of raters weigh, and which models collapsed and count nowhere; begins with
 * a blank. Of the largest group, as the raters are.
 */
function describedBy({ groups }: LabelAnalysis): string {
  const [largest] = groups;
  if (largest === undefined) return '';
  const { weights, members } = largest.panel;
  const averaged =
    groups.length === 1
      ? 'Three descriptions of raters are averaged'
      : `Three descriptions of raters are averaged, here in the largest group (${plural(largest.indexes.length, 'example')} with ${largest.choices} choices)`;
  const descriptions = [
    `all alike ${percent(weights.alike, 0)}`,
    `different ${percent(weights.differing, 0)}`,
    `each mixing up particular answers ${percent(weights.members, 0)}`,
  ];
  const open =
    Object.values(weights).filter((weight: number) => weight >= undecided).length > 1
      ? `; between those with ${percent(undecided, 0)} or more the votes do not decide`
      : '';
  const best = Math.max(...members.map((member) => member.agreement));
  const leftOut = members
    .filter((member) => member.leftOut)
    .map(
      ({ name, agreement }) =>
        ` ${memberNames[name]} collapsed and is left out: it gives the answers of strict majorities a mean probability of ${percent(agreement, 0)}, the best model ${percent(best, 0)}.`,
    );
  return ` ${averaged}, with weights from how probable each makes the votes on an example given the other examples: ${descriptions.join(', ')}${open}.${leftOut.join('')}`;
}

function sentenceOf(
  labels: ConsensusSection['labels'],
  compared: Compared,
  cautions: string,
): string {
  const same = sameOrNot(compared);
  if (labels === null || labels.majority.value === null || labels.consensus.value === null)
    return `${same.charAt(0).toUpperCase()}${same.slice(1)}.${cautions}`;
  const gap = labels.consensus.value - labels.majority.value;
  const beside =
    gap === 0
      ? 'as by majority'
      : `${fixed(Math.abs(gap) * 100, 1)} points ${gap > 0 ? 'above' : 'below'} that by majority`;
  return `By consensus, the share of labels upheld is ${percent(labels.consensus.value)}, ${beside}: ${same}.${cautions}`;
}

/** The default consensus of a dataset beside its majority; the ordinal model for relevance. */
export function consensusSection(
  data: StudyData,
  arm: Arm,
  analysis: LabelAnalysis,
): ConsensusSection | Missing {
  const { items, groups, withoutModel } = analysis;
  if (groups.length === 0) return missing(withoutModel);
  const modelled = items.filter((item) => item.posterior !== null);
  const { vote, labels } = labelVote(arm);
  const complete = completeItems(arm).filter((index) => items[index]?.posterior !== null);
  const majorityOf = (index: number): number | null =>
    vote.outcome[index] === 'majority' ? (vote.label[index] ?? null) : null;
  const labelled = complete.filter((index) => (labels[index] ?? -1) >= 0);
  const upheldBy = (rule: (index: number) => number | null): Figure =>
    shareOfComplete(
      labelled.filter((index) => rule(index) === labels[index]).length,
      labelled.length,
    );
  const consensusOf = (index: number): number | null => items[index]?.consensus ?? null;
  const differing = complete.filter((index) => majorityOf(index) !== consensusOf(index));
  const withoutMajority = complete.filter((index) => majorityOf(index) === null);
  const decided = withoutMajority.filter((index) => consensusOf(index) !== null).length;
  const compared = {
    complete: complete.length,
    against: differing.length - decided,
    decided,
    withoutMajority: withoutMajority.length,
  };
  const probability = (index: number): number => Math.max(0, ...(items[index]?.posterior ?? []));
  const both =
    labelled.length === 0
      ? null
      : {
          items: labelled.length,
          majority: upheldBy(majorityOf),
          consensus: upheldBy(consensusOf),
        };
  const relevance = relevanceConsensus(arm);
  return {
    kind: 'consensus',
    sentence: sentenceOf(both, compared, `${describedBy(analysis)}${cautionsOf(analysis)}`),
    groups: groups.map(({ choices, indexes, panel }) => ({
      choices,
      items: indexes.length,
      iterations: panel.iterations,
      converged: panel.converged,
    })),
    labels: both,
    meanPosterior: mean(modelled.map((item) => Math.max(0, ...(item.posterior ?? [])))) ?? 0,
    open: modelled.filter((item) => item.consensus === null).length,
    differing: {
      all: differing.length,
      items: highestFirst(arm, differing, (index) => index, probability)
        .slice(0, mostListed)
        .map((index) => ({
          ...listedItem(arm, index),
          majority: keyOf(arm, index, majorityOf(index)),
          consensus: keyOf(arm, index, consensusOf(index)),
          probability: probability(index),
        })),
    },
    keys: [...(groups[0]?.keys ?? [])],
    raters: ratersOf(data, arm, analysis, relevance),
    relevance: relevance.section,
  };
}
