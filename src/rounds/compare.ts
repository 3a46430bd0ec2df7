import {
  choseLabel,
  type Arm,
  armOf,
  relevanceOf,
  relevanceScale,
  votesOf,
} from '#reports/model/votes.js';
import { enoughShared, polarity, sharedRaters } from '#reports/model/gate.js';
import { labelSection } from '#reports/model/labels.js';
import { judgmentsCome } from '#reports/model/provisional.js';
import type { Bounds } from '#statistics/estimate.js';
import { adjustP } from '#statistics/comparison/multiplicity.js';
import { verdict } from '#statistics/comparison/verdict.js';
import { twoWayDifference, twoWayMean } from '#statistics/twoWay.js';
import { type Figure, figure } from '#figure.js';
import { undefinedBecause } from '#statistics/estimate.js';
import { type RoundData, promptsByLine } from './input.js';
import { leftOutOf } from './leftOut.js';
import type { Difference, MeasureName, PromptFound, Round, StageFound } from './schema.js';
import { textsOfPrompts } from './texts.js';

const level = 0.05;

const measured = {
  upheld: { value: choseLabel, scale: { lower: 0, upper: 1 } },
  relevance: { value: relevanceOf, scale: relevanceScale },
} as const satisfies Record<MeasureName, { value: Parameters<typeof votesOf>[1]; scale: Bounds }>;

/** A figure that does not exist, and why. */
const none = (because: string): Figure => ({
  ...figure(undefinedBecause('no-data')),
  because,
});

interface Tested extends Omit<Difference, 'adjusted' | 'shown'> {
  readonly stage: number;
}

/** The difference of two prompts in one measure; without a figure where there is no ground for it. */
function testedOf(
  pair: Pick<Tested, 'stage' | 'measure' | 'first' | 'second'>,
  arms: readonly [Arm, Arm],
  given: { readonly because: string | null; readonly come: boolean },
): Tested {
  const { value, scale } = measured[pair.measure];
  const [one, other] = [votesOf(arms[0], value), votesOf(arms[1], value)];
  const shared = sharedRaters(...arms);
  const lacking = enoughShared(...arms, { shared, come: given.come }).find(
    ({ state }) => state !== 'passed',
  );
  const because =
    one.values.length === 0 || other.values.length === 0
      ? undefinedBecause('no-data').because
      : pair.measure === 'upheld' && given.because !== null
        ? given.because
        : (lacking?.sentence ?? null);
  if (because !== null) return { ...pair, difference: none(because), p: null };
  const estimate = twoWayDifference(one, other, { scale });
  const limitsAt = estimate.kind === 'estimate' ? estimate.limitsAt : null;
  const { difference } = verdict(limitsAt, { margin: 0 });
  return { ...pair, difference: figure(estimate), p: difference };
}

/** A difference with the position of its stage. */
interface OfStage {
  readonly stage: number;
  readonly found: Difference;
}

/** Adjusts the p-values of all differences together (Holm), and says which are shown. */
function withHolm(tested: readonly Tested[]): OfStage[] {
  const adjusted = [
    ...adjustP(
      tested.flatMap(({ p }) => p ?? []),
      'holm',
    ),
  ];
  return tested.map(({ stage, ...one }): OfStage => {
    const own = one.p === null ? null : (adjusted.shift() ?? null);
    const { lower, upper, value } = one.difference;
    const apart = own !== null && own <= level && lower !== null && upper !== null;
    const shown = apart && value !== null ? (value < 0 ? 'first-worse' : 'first-better') : null;
    return { stage, found: { ...one, adjusted: own, shown } };
  });
}

interface StageArms {
  readonly position: number;
  readonly arms: readonly Arm[];
}

function armsOf(data: RoundData, position: number, prompts: number): StageArms {
  const promptOf = promptsByLine(data, position);
  return {
    position,
    arms: Array.from({ length: prompts }, (_, prompt) =>
      armOf(data.study, data.dataset, ({ line }) => promptOf.get(line) === prompt),
    ),
  };
}

function promptFound(
  arm: Arm,
): Omit<PromptFound, 'prompt' | 'text' | 'written' | 'wellFormed' | 'kept' | 'texts'> {
  const rated = votesOf(arm, relevanceOf);
  const upheld = labelSection(arm);
  return {
    judged: arm.ofItem.filter((judgments) => judgments.length > 0).length,
    judgments: arm.judgments.length,
    upheld: figure(twoWayMean(votesOf(arm, choseLabel))),
    byMajority: upheld?.upheld ?? figure(undefinedBecause('no-data')),
    relevance:
      rated.values.length === 0 ? null : figure(twoWayMean(rated, { scale: relevanceScale })),
  };
}

function differencesOf(
  stages: readonly StageArms[],
  given: { readonly because: string | null; readonly come: boolean },
): OfStage[] {
  const tested = stages.flatMap(({ position, arms }) => {
    const asked = (measure: MeasureName): boolean =>
      arms.some((arm) => votesOf(arm, measured[measure].value).values.length > 0);
    return (['upheld', 'relevance'] as const)
      .filter(asked)
      .flatMap((measure) =>
        arms.flatMap((one, first) =>
          arms
            .slice(first + 1)
            .map((other, after) =>
              testedOf(
                { stage: position, measure, first, second: first + 1 + after },
                [one, other],
                given,
              ),
            ),
        ),
      );
  });
  return withHolm(tested);
}

/** Why the labels of the kept dataset are no ground for comparing prompts; null where they are. */
function labelsBecause(data: RoundData, come: boolean): string | null {
  const arm = armOf(data.study, data.dataset);
  const { state, sentence } = polarity([{ arm, words: 'kept' }], come);
  return state === 'failed' || state === 'waits-for-judgments' ? sentence : null;
}

/**
 * Compares the prompts of each stage that writes with several: share of labels upheld by vote and
 * mean relevance with the two-way interval, each pair of prompts by the two-way interval of their
 * difference, all of them adjusted together (Holm 1979). A pair is compared where enough raters
 * judged examples of both, and labels only where raters have not overruled those of the dataset.
 * Copies and diversity are taken at sizes that the prompts of a stage all have.
 */
export function compareRound(
  data: RoundData,
): Pick<Round, 'interim' | 'labelsBecause' | 'tests' | 'stages'> {
  const come = judgmentsCome(data.study);
  const because = labelsBecause(data, come);
  const compared = data.stages.filter(({ counts }) => counts.length > 1);
  const arms = compared.map(({ position, counts }) => armsOf(data, position, counts.length));
  const differences = differencesOf(arms, { because, come });
  return {
    interim: data.study.study.state !== 'closed',
    labelsBecause: because,
    tests: differences.filter(({ found }) => found.p !== null).length,
    stages: compared.map(({ position, counts }, index): StageFound => {
      const settings = data.pipeline.stages[position];
      const write = settings?.kind === 'write' ? settings : null;
      const promptOf = promptsByLine(data, position);
      const kept = [...promptOf.values()];
      const own = differences.filter(({ stage }) => stage === position).map(({ found }) => found);
      const texts = textsOfPrompts(data, position, counts.length);
      const prompts = counts.map(({ written, wellFormed }, prompt): PromptFound => {
        const arm = arms[index]?.arms[prompt] ?? armOf(data.study, data.dataset, () => false);
        return {
          prompt,
          text: write?.prompts[prompt] ?? '',
          written,
          wellFormed,
          kept: kept.filter((one) => one === prompt).length,
          ...promptFound(arm),
          texts: texts.prompts[prompt] ?? null,
        };
      });
      return {
        position,
        shown:
          write === null || write.shown === null
            ? null
            : { dataset: write.shown.dataset, count: write.shown.count },
        prompts,
        differences: own,
        leftOut: leftOutOf(own, counts.length),
        sizes: texts.sizes,
        textsBecause: texts.because,
      };
    }),
  };
}
