import {
  type AnswerModel,
  answerVariances,
  assumedLabelAnswers,
  assumedRelevanceAnswers,
  meanAnswer,
  withLeaning,
  withMean,
} from '#statistics/power/answers.js';
import type { Pilot } from '#statistics/power/pilot.js';
import type { Undefined } from '#statistics/estimate.js';
import type { Measure } from './goals.js';
import type { PowerQuestion } from './question.js';
import type { PowerAssumed } from './schema.js';

/** How raters are taken to answer, and where that is from. */
export interface Answering {
  readonly measure: Measure;
  readonly model: AnswerModel;
  readonly pilot: Pilot | null;
  /** Why the pilot was of no use. */
  readonly because: string | null;
}

/**
 * From the pilot where it says enough, else from what is assumed; with the rate and leaning that
 * were asked for.
 */
export function answeringOf(
  question: PowerQuestion,
  measure: Measure,
  pilot: Pilot | Undefined | null,
): Answering {
  const learnt = pilot?.kind === 'pilot' ? pilot : null;
  let model =
    learnt?.model ?? (measure === 'labels' ? assumedLabelAnswers() : assumedRelevanceAnswers());
  if (measure === 'labels' && question.rate !== null && !('kind' in model))
    model = withMean(model, question.rate);
  if ('kind' in model) throw new RangeError(`Raters cannot answer like that: ${model.because}.`);
  return {
    measure,
    model: question.leaning === null ? model : withLeaning(model, question.leaning),
    pilot: learnt,
    because: pilot?.kind === 'undefined' ? pilot.because : null,
  };
}

/** The same in numbers. */
export function assumedOf({ model, pilot, because }: Answering): PowerAssumed {
  const { item, rater, leaning, residual } = answerVariances(model);
  const whole = item + rater + leaning + residual;
  return {
    from: pilot === null ? 'defaults' : 'pilot',
    because,
    mean: meanAnswer(model),
    item: item / whole,
    rater: rater / whole,
    leaning: leaning / whole,
    residual: residual / whole,
    pilot:
      pilot === null
        ? null
        : { examples: pilot.items, raters: pilot.raters, judgments: pilot.votes },
  };
}
