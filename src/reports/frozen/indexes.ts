import type { StudyData } from '../input/data.js';
import { mostChoices } from '#datasets/examples/mapping.js';
import type { TextCorpus } from '#texts/measures.js';

/** An index or a number of choices that no report was ever written with. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const within = (index: number, count: number): boolean => index >= 0 && index < count;

/**
 * What in a report's data points to something that is not there, one after the other. Nothing may
 * be computed from such a file: statistics take an index for the size of what it counts.
 */
export function* misfits({
  data,
  corpora,
}: {
  readonly data: StudyData;
  readonly corpora: readonly TextCorpus[];
}): Generator<Misfit> {
  const { datasets, items, raters, judgments, unanswered, texts } = data;
  for (const [index, { dataset, choices, label }] of items.entries()) {
    const path = ['data', 'items', index];
    if (!within(dataset, datasets.length))
      yield {
        path: [...path, 'dataset'],
        message: `${dataset} is none of the file’s ${datasets.length} datasets`,
      };
    if (choices.length > mostChoices)
      yield {
        path: [...path, 'choices'],
        message: `there are ${choices.length}; an example has at most ${mostChoices}`,
      };
    if (label !== null && !within(label, choices.length))
      yield {
        path: [...path, 'label'],
        message: `${label} is none of its ${choices.length} choices`,
      };
  }
  for (const [index, { strata }] of datasets.entries())
    for (const [at, { label, from, to, eligible, drawn }] of (strata ?? []).entries()) {
      const own = items.filter(
        ({ dataset, label: its, confidence }) =>
          dataset === index &&
          its === label &&
          (from === null || to === null
            ? confidence === null
            : confidence !== null && confidence >= from && confidence <= to),
      ).length;
      if (drawn > eligible || own > eligible)
        yield {
          path: ['data', 'datasets', index, 'strata', at, 'eligible'],
          message: `${eligible} could be drawn, and ${Math.max(drawn, own)} were`,
        };
    }
  for (const [index, { item, rater, label, relevance }] of judgments.entries()) {
    const path = ['data', 'judgments', index];
    const choices = items[item]?.choices.length ?? 0;
    if (!within(item, items.length))
      yield {
        path: [...path, 'item'],
        message: `${item} is none of the file’s ${items.length} items`,
      };
    if (!within(rater, raters.length))
      yield {
        path: [...path, 'rater'],
        message: `${rater} is none of the file’s ${raters.length} raters`,
      };
    if (label !== null && !within(label, choices))
      yield {
        path: [...path, 'label'],
        message: `${label} is none of the item’s ${choices} choices`,
      };
    if (relevance !== null && (relevance < 1 || relevance > 5))
      yield { path: [...path, 'relevance'], message: `${relevance} is not from 1 to 5` };
  }
  for (const [index, { item, rater }] of (unanswered ?? []).entries()) {
    const path = ['data', 'unanswered', index];
    if (!within(item, items.length))
      yield {
        path: [...path, 'item'],
        message: `${item} is none of the file’s ${items.length} items`,
      };
    if (!within(rater, raters.length))
      yield {
        path: [...path, 'rater'],
        message: `${rater} is none of the file’s ${raters.length} raters`,
      };
  }
  if (texts.datasets.length !== datasets.length)
    yield {
      path: ['data', 'texts', 'datasets'],
      message: `there are ${texts.datasets.length} for ${datasets.length} datasets`,
    };
  for (const [index, pair] of texts.pairs.entries()) {
    for (const side of ['generated', 'human'] as const)
      if (!within(pair[side], datasets.length))
        yield {
          path: ['data', 'texts', 'pairs', index, side],
          message: `${pair[side]} is none of the file’s ${datasets.length} datasets`,
        };
  }
  for (const [index, corpus] of corpora.entries()) {
    for (const [at, { choices, label }] of corpus.texts.entries()) {
      const path = ['corpora', index, 'texts', at];
      if (choices.length > mostChoices)
        yield {
          path: [...path, 'choices'],
          message: `there are ${choices.length}; an example has at most ${mostChoices}`,
        };
      if (label !== null && !within(label, choices.length))
        yield {
          path: [...path, 'label'],
          message: `${label} is none of its ${choices.length} choices`,
        };
    }
  }
}
