import { z } from 'zod';
import { AgreementSection, DatasetSection as DatasetBefore } from '../report1/dataset.js';
import { Figure } from '../report1/figure.js';

const { others, every } = DatasetBefore.shape;
const before = every.element;

export const OtherQuestion = others.element.extend({
  type: z.enum(['yes-no', 'choice', 'several', 'scale', 'text']),
  ofEarlierTypes: z.int().optional(),
  options: z
    .array(z.strictObject({ answer: z.string(), chosen: Figure, agreement: AgreementSection }))
    .optional(),
});

const EveryItem = before.extend({
  votes: before.shape.votes.nullable(),
  state: before.shape.state.nullable(),
  unclear: before.shape.unclear.nullable(),
});

export const DatasetSection = DatasetBefore.extend({
  others: z.array(OtherQuestion),
  every: z.array(EveryItem),
});
