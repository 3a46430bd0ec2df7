import { z } from 'zod';
import { confusionCell, raterAccuracy } from '#statistics/consensus/confusion.js';
import { ordinalConsensus } from '#statistics/consensus/ordinal.js';
import { proportion } from '#statistics/proportions.js';
import { mean } from '#statistics/summary.js';
import { count, percent, plural } from '#web/format.js';
import type { StudyData } from '../study/data.js';
import { grouped } from '../study/grouped.js';
import { Figure, figure } from './figure.js';
import type { LabelAnalysis } from './labelAnalysis.js';
import { completePlaces, labelVote } from './labels.js';
import { highestFirst, keyOf, ListedItem, listedItem } from './listedItem.js';
import { Missing, missing } from './missing.js';
import { type Arm, ratingsOfArm, relevanceOf } from './votes.js';
import { points } from './words.js';

const mostListed = 20;
const mostRaters = 40;
/** Posteriors of the ordinal model are followed until none moves by more than this; means then stand to two decimals. */
const ordinalTolerance = 1e-4;

const Group = z.strictObject({ choices: z.int(), items: z.int(), iterations: z.int(), converged: z.boolean() });

const JudgedRater = z.strictObject({
  pseudonym: z.string(),
  judgments: z.int().describe('Label votes on examples of the largest group.'),
  accuracy: Figure.describe('How often the rater is estimated to be right.'),
  right: z.array(z.strictObject({ value: z.number().nullable(), lower: z.number().nullable(), upper: z.number().nullable() })).describe('The same where each choice is the answer, in the order of the keys.'),
  confusion: z.array(z.array(z.number())).describe('Row: the answer; column: what the rater is expected to say.'),
  leniency: z.number().nullable().describe('Steps by which the rater rates relevance higher than the others.'),
  lapses: z.number().nullable().describe('How often the rater rates relevance without regard to the example.'),
});

/** What a consensus model makes of the judgments: a check on the majority, not the headline. */
export const ConsensusSection = z.strictObject({
  kind: z.literal('consensus'),
  sentence: z.string(),
  groups: z.array(Group).describe('By number of choices, the largest first; raters are those of the first.'),
  labels: z.strictObject({ items: z.int(), majority: Figure, consensus: Figure }).nullable().describe('Share of complete labelled items whose label is upheld, by each rule; null without labels.'),
  meanPosterior: z.number().describe('Mean probability of the most probable answer over all judged items.'),
  open: z.int().describe('Judged items with no single most probable answer.'),
  differing: z.strictObject({ all: z.int(), items: z.array(ListedItem.extend({ majority: z.string().nullable(), consensus: z.string().nullable(), probability: z.number() })) }).describe('Complete items on which consensus and majority differ.'),
  keys: z.array(z.string()),
  raters: z.strictObject({ all: z.int(), rows: z.array(JudgedRater) }),
  relevance: z.strictObject({ mean: z.number(), plain: z.number(), items: z.int(), high: z.int().describe('Items with a mean level of 3.5 or more on the scale of 1 to 5.'), iterations: z.int(), converged: z.boolean() }).nullable(),
});
export type ConsensusSection = z.output<typeof ConsensusSection>;

interface RelevanceOfRaters {
  readonly section: ConsensusSection['relevance'];
  readonly leniency: ReadonlyMap<number, number>;
  readonly lapses: ReadonlyMap<number, number>;
}

/** The ordinal-aware consensus on relevance, with how each rater uses the scale. */
function relevanceConsensus(arm: Arm): RelevanceOfRaters {
  const nothing = { section: null, leniency: new Map<number, number>(), lapses: new Map<number, number>() };
  const active = [...new Set(arm.judgments.flatMap((judgment) => (judgment.relevance === null ? [] : [judgment.rater])))].toSorted((one, other) => one - other);
  if (active.length < 2) return nothing;
  const compact = new Map(active.map((rater, index) => [rater, index]));
  const within: Arm = { ...arm, raterCount: active.length, judgments: arm.judgments.flatMap((judgment) => (compact.has(judgment.rater) ? [{ ...judgment, rater: compact.get(judgment.rater) ?? 0 }] : [])) };
  const ratings = ratingsOfArm(within, 5, (judgment) => (judgment.relevance === null ? null : judgment.relevance - 1));
  const model = ordinalConsensus(ratings, { tolerance: ordinalTolerance });
  if (model.kind === 'undefined') return nothing;
  const rated = [...arm.items.keys()].filter((place) => (arm.ofItem[place] ?? []).some((judgment) => judgment.relevance !== null));
  const levels = rated.map((place) => (model.meanLevel[place] ?? 0) + 1);
  const plain = rated.map((place) => mean((arm.ofItem[place] ?? []).map(relevanceOf).filter((rating) => rating !== null)) ?? 0);
  return {
    section: { mean: mean(levels) ?? 0, plain: mean(plain) ?? 0, items: rated.length, high: levels.filter((level) => level >= 3.5).length, iterations: model.iterations, converged: model.converged },
    leniency: new Map(active.map((rater, index) => [rater, model.bias[index] ?? 0])),
    lapses: new Map(active.map((rater, index) => [rater, model.lapse[index] ?? 0])),
  };
}

function ratersOf(data: StudyData, arm: Arm, { groups: [largest] }: LabelAnalysis, relevance: RelevanceOfRaters): ConsensusSection['raters'] {
  if (largest === undefined) return { all: 0, rows: [] };
  const { panel: { dawidSkene }, raters, choices } = largest;
  const within = new Set(largest.places);
  const votes = grouped(arm.judgments.filter((judgment) => judgment.label !== null && within.has(judgment.place)), (judgment) => judgment.rater);
  const answers = Array.from({ length: choices }, (_, answer) => answer);
  const rows = raters.map((rater, index) => ({
    pseudonym: data.raters[rater]?.pseudonym ?? '',
    judgments: votes.get(rater)?.length ?? 0,
    accuracy: figure(raterAccuracy(dawidSkene, index)),
    right: answers.map((truth) => {
      const { value, lower, upper } = figure(confusionCell(dawidSkene, index, truth, truth));
      return { value, lower, upper };
    }),
    confusion: answers.map((truth) => answers.map((answer) => dawidSkene.confusion[(index * choices + answer) * choices + truth] ?? 0)),
    leniency: relevance.leniency.get(rater) ?? null,
    lapses: relevance.lapses.get(rater) ?? null,
  }));
  const most = rows.toSorted((left, right) => right.judgments - left.judgments || left.pseudonym.localeCompare(right.pseudonym)).slice(0, mostRaters);
  return { all: rows.length, rows: most.toSorted((left, right) => Math.round(1e6 * ((left.accuracy.value ?? 0) - (right.accuracy.value ?? 0))) || left.pseudonym.localeCompare(right.pseudonym)) };
}

function sentenceOf(labels: ConsensusSection['labels'], differing: number, complete: number): string {
  const same = complete === 0 ? 'no example has all its judgments yet, so it is not set beside the majority' : differing === 0 ? `it gives every one of ${plural(complete, 'complete example')} the answer of the majority` : `it gives ${count(differing)} of ${plural(complete, 'complete example')} another answer than the majority`;
  if (labels === null || labels.majority.value === null || labels.consensus.value === null) return `Weighing raters by how reliable they look, a consensus model was asked for each answer: ${same}.`;
  const gap = labels.consensus.value - labels.majority.value;
  return `Weighing raters by how reliable they look ${gap === 0 ? `leaves the share of labels upheld at ${percent(labels.consensus.value)}` : `moves the share of labels upheld by ${points(gap)}, to ${percent(labels.consensus.value)}`}: ${same}.`;
}

/** The default consensus of a dataset beside its majority; the ordinal model for relevance. */
export function consensusSection(data: StudyData, arm: Arm, analysis: LabelAnalysis): ConsensusSection | Missing {
  const { items, groups } = analysis;
  const judged = items.filter((item) => item.votes > 0);
  if (judged.length === 0) return missing('nobody has judged a label');
  if (new Set(groups.flatMap((group) => group.raters)).size < 2) return missing('one rater alone has no consensus');
  const { vote, labels } = labelVote(arm);
  const complete = completePlaces(arm).filter((place) => (items[place]?.votes ?? 0) > 0);
  const majorityOf = (place: number): number | null => (vote.outcome[place] === 'majority' ? (vote.label[place] ?? null) : null);
  const labelled = complete.filter((place) => (labels[place] ?? -1) >= 0);
  const upheldBy = (rule: (place: number) => number | null): Figure => figure(proportion(labelled.filter((place) => rule(place) === labels[place]).length, labelled.length));
  const differing = complete.filter((place) => majorityOf(place) !== (items[place]?.consensus ?? null));
  const probability = (place: number): number => Math.max(0, ...(items[place]?.posterior ?? []));
  const both = labelled.length === 0 ? null : { items: labelled.length, majority: upheldBy(majorityOf), consensus: upheldBy((place) => items[place]?.consensus ?? null) };
  const relevance = relevanceConsensus(arm);
  return {
    kind: 'consensus',
    sentence: sentenceOf(both, differing.length, complete.length),
    groups: groups.map(({ choices, places, panel }) => ({ choices, items: places.length, iterations: panel.iterations, converged: panel.converged })),
    labels: both,
    meanPosterior: mean(judged.map((item) => Math.max(0, ...(item.posterior ?? [])))) ?? 0,
    open: judged.filter((item) => item.consensus === null).length,
    differing: {
      all: differing.length,
      items: highestFirst(arm, differing, (place) => place, probability)
        .slice(0, mostListed)
        .map((place) => ({ ...listedItem(arm, place), majority: keyOf(arm, place, majorityOf(place)), consensus: keyOf(arm, place, items[place]?.consensus ?? null), probability: probability(place) })),
    },
    keys: [...(groups[0]?.keys ?? [])],
    raters: ratersOf(data, arm, analysis, relevance),
    relevance: relevance.section,
  };
}
