import { simulateStudies, type SimulatedDesign } from '#statistics/power/simulate.js';
import { sizesUpTo, smallestSize } from '#statistics/power/smallest.js';
import type { Simulated, SimulatedComparison } from '#statistics/power/tally.js';
import { type Undefined, undefinedBecause } from '#statistics/estimate.js';
import { answeringOf, assumedOf } from './answering.js';
import {
  foundDifferent,
  goalsOf,
  meanHalfWidth,
  type Measure,
  type PowerGoal,
  reachesThreshold,
  type Reading,
  shownNotWorse,
  upheldHalfWidth,
} from './goals.js';
import type { PilotStudy } from './pilot.js';
import type { PowerQuestion } from './question.js';
import type { PowerAnswer, PowerFigure, PowerOutcome, PowerRow } from './schema.js';

const mostTried = 1000;
const shownSizes = [50, 100, 200, 300, 500, 1000];
const shownOverlaps = [1, 3, 5];
/** So many votes are simulated within a second or two; larger studies get fewer runs. */
const votesAllowed = 20_000_000;
const fewestRuns = 100;

const ascending = (values: readonly number[]): number[] =>
  [...new Set(values)].toSorted((one, other) => one - other);
const figure = (simulated: Simulated | Undefined): PowerFigure =>
  'kind' in simulated
    ? { value: null, error: null, because: simulated.because }
    : { ...simulated, because: null };
const read = (design: SimulatedDesign | undefined, reading: Reading): PowerFigure | null => {
  const simulated = design === undefined ? null : reading(design);
  return simulated === null ? null : figure(simulated);
};

/** What was simulated: designs by what raters are asked, and the cost of a design. */
interface Simulation {
  designs(measure: Measure, overlap: number): readonly SimulatedDesign[];
  design(measure: Measure, overlap: number, items: number): SimulatedDesign | undefined;
  judgments(items: number, overlap: number): number;
}

function smallestFor(
  { name, measure, wanted, goal, read: reading }: PowerGoal,
  simulation: Simulation,
  asked: { overlaps: readonly number[]; examples: number; most: number },
): PowerAnswer['goals'][number] {
  const smallest = asked.overlaps.map((overlap) => {
    const tried = simulation.designs(measure, overlap).map((design) => ({
      items: design.items,
      simulated: reading(design) ?? undefinedBecause('no-data'),
    }));
    const found = smallestSize(tried, goal);
    const at = (items: number): PowerFigure =>
      figure(tried.find((size) => size.items === items)?.simulated ?? undefinedBecause('no-data'));
    const reached =
      found.kind === 'reached'
        ? {
            examples: found.items,
            between: [...found.between] as [number, number | null],
            judgments: simulation.judgments(found.items, overlap),
          }
        : { examples: null, between: null, judgments: null };
    return { overlap, ...reached, now: at(asked.examples), most: at(asked.most) };
  });
  return { name, wanted, smallest };
}

function rowOf(simulation: Simulation, examples: number, overlap: number): PowerRow {
  const [labels, relevance] = [
    simulation.design('labels', overlap, examples),
    simulation.design('relevance', overlap, examples),
  ];
  return {
    examples,
    overlap,
    judgments: simulation.judgments(examples, overlap),
    upheld_half_width: read(labels, upheldHalfWidth),
    reaches_threshold: read(labels, reachesThreshold),
    votes_half_width: read(labels, meanHalfWidth),
    not_worse: read(labels, shownNotWorse),
    difference: read(labels, foundDifferent),
    relevance_half_width: read(relevance, meanHalfWidth),
    relevance_not_worse: read(relevance, shownNotWorse),
    relevance_difference: read(relevance, foundDifferent),
  };
}

function outcomeOf(
  measure: Measure,
  difference: number,
  comparison: SimulatedComparison | Undefined,
): PowerOutcome {
  if (comparison.kind === 'undefined')
    return { measure, difference, because: comparison.because, verdicts: null };
  const {
    better,
    'not-worse': notWorse,
    equivalent,
    undecided,
    worse,
    'no-interval': none,
  } = comparison.verdicts;
  return {
    measure,
    difference,
    because: null,
    verdicts: {
      better: figure(better),
      'not-worse': figure(notWorse),
      equivalent: figure(equivalent),
      undecided: figure(undecided),
      worse: figure(worse),
      'no-interval': figure(none),
    },
  };
}

/**
 * Simulates the study in many sizes and says what each would show, how large it must be for what is
 * wanted, and how a comparison of the planned size would come out. Takes a second or two: for a
 * thread of its own.
 */
export function answerPower(question: PowerQuestion, pilot: PilotStudy | null): PowerAnswer {
  const { asks, pair, raters, examples, eligible, overlap: planned } = question;
  const overlaps = ascending([...shownOverlaps, planned]);
  const most = Math.max(mostTried, examples);
  const sizes = ascending([...sizesUpTo(most), ...shownSizes, examples, most]);
  const measures = (['labels', 'relevance'] as const).filter((measure) => asks[measure]);
  const votes =
    most * Math.min(raters, Math.max(...overlaps)) * (pair ? 2 : 1) * Math.max(1, measures.length);
  const runs = Math.max(fewestRuns, Math.min(question.runs, Math.floor(votesAllowed / votes)));
  const comparisons = {
    labels: { margin: question.margin, difference: question.difference },
    relevance: { margin: question.relevanceMargin, difference: question.relevanceMargin },
  };
  const answering = measures.map((measure) =>
    answeringOf(question, measure, pilot?.[measure] ?? null),
  );
  const simulated = new Map(
    answering.map(({ measure, model }) => [
      measure,
      simulateStudies(
        {
          model,
          raters,
          busiest: question.busiest ?? undefined,
          sizes,
          overlaps,
          ...(measure === 'labels' ? { threshold: question.threshold } : {}),
          ...(pair ? { comparison: comparisons[measure] } : {}),
        },
        { runs, seed: `${question.seed} ${measure}` },
      ),
    ]),
  );
  const designs: Simulation['designs'] = (measure, overlap) =>
    (simulated.get(measure) ?? []).filter((design) => design.overlap === overlap);
  const simulation: Simulation = {
    designs,
    design: (measure, overlap, items) =>
      designs(measure, overlap).find((design) => design.items === items),
    judgments: (items, overlap) => items * overlap * Math.max(1, eligible.length),
  };
  const goals = goalsOf(question).map((goal) =>
    smallestFor(goal, simulation, { overlaps, examples, most }),
  );
  const enough =
    goals[0]?.smallest.find(({ overlap }) => overlap === planned)?.examples ?? examples;
  const assumedFor = (measure: Measure): PowerAnswer['assumed'][Measure] => {
    const found = answering.find((one) => one.measure === measure);
    return found === undefined ? null : assumedOf(found);
  };
  const outcomes = measures.flatMap((measure) => {
    const { alike = null, lower = null } = simulation.design(measure, planned, examples) ?? {};
    return [
      ...(alike === null ? [] : [outcomeOf(measure, 0, alike)]),
      ...(lower === null ? [] : [outcomeOf(measure, -comparisons[measure].difference, lower)]),
    ];
  });
  const available = Math.min(...eligible);
  return {
    pair,
    datasets: eligible.length,
    examples,
    available: Number.isFinite(available) ? available : null,
    overlap: planned,
    raters,
    busiest: question.busiest,
    power: question.power,
    threshold: question.threshold,
    runs,
    seed: question.seed,
    most,
    assumed: { labels: assumedFor('labels'), relevance: assumedFor('relevance') },
    goals,
    rows: overlaps.flatMap((overlap) =>
      ascending([...shownSizes, examples, enough]).map((items) =>
        rowOf(simulation, items, overlap),
      ),
    ),
    outcomes,
  };
}
