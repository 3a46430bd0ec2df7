import { z } from 'zod';
import { AgreementAsReleased, AmbiguityAsReleased } from '../report1/dataset.js';
import { Figure } from '../report1/figure.js';
import {
  DatasetSection as DatasetBefore,
  OtherQuestion as OtherBefore,
} from '../report2/dataset.js';

export const Provisional = z.strictObject({
  toCome: z
    .array(
      z.strictObject({ what: z.enum(['judgments', 'texts']), name: z.string(), how: z.string() }),
    )
    .min(1),
  sentence: z.string(),
});

const OverItems = z.strictObject({
  observed: Figure,
  fleiss: Figure,
  alpha: Figure,
  gwet: Figure,
  brennanPrediger: Figure,
  conger: Figure,
  gwetWeighted: Figure.nullable(),
});

const AgreementSection = AgreementAsReleased.extend({ overItems: OverItems.nullable() });

const OtherQuestion = OtherBefore.extend({
  agreement: AgreementSection.nullable(),
  options: z
    .array(z.strictObject({ answer: z.string(), chosen: Figure, agreement: AgreementSection }))
    .optional(),
});

export const DatasetSection = DatasetBefore.extend({
  origin: z
    .strictObject({
      generation: z.string(),
      publication: z.string(),
      purpose: z.string().nullable(),
      responsible: z.string().nullable(),
    })
    .nullable(),
  provisional: Provisional.nullable(),
  work: z.strictObject({ effectiveRaters: z.number(), largestShare: z.number() }).nullable(),
  ambiguity: AmbiguityAsReleased.extend({ gwetOverItems: Figure.nullable() }).nullable(),
  labelAgreement: z.array(
    z.strictObject({ choices: z.int(), share: z.number(), agreement: AgreementSection }),
  ),
  relevanceAgreement: AgreementSection.nullable(),
  others: z.array(OtherQuestion),
});
