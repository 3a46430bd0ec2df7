import type { Undefined } from '../estimate.js';

/** Why there is no number about texts. */
export const textReasons = {
  'no-texts': { reason: 'no-data', because: 'there are no texts' },
  'no-words': { reason: 'no-data', because: 'the texts have no words' },
  'no-labels': { reason: 'no-data', because: 'no example has a label' },
  'one-text': { reason: 'one-item', because: 'there is only one text' },
  'one-source': { reason: 'no-data', because: 'one of the two sources has no texts' },
  'too-few-texts': {
    reason: 'one-item',
    because: 'there are too few texts to train on some and try on the others',
  },
  'same-answers': {
    reason: 'no-variation',
    because: 'every example offers the same answers, so that they cannot give the label away',
  },
  'nothing-in-common': {
    reason: 'no-variation',
    because: 'nothing learnt from one source occurs in the other',
  },
  'no-spread': { reason: 'no-variance', because: 'all texts are the same to the embedding' },
} as const;
export type TextReason = keyof typeof textReasons;

/** An undefined estimate with the sentence that belongs to its reason. */
export function noNumber(name: TextReason): Undefined {
  return { kind: 'undefined', ...textReasons[name] };
}
