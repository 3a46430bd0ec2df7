import { z } from 'zod';
import { ConfidenceSection, ConsensusSection } from './consensus.js';
import { Figure, Missing } from './figure.js';
import { EveryItem, MeasuredItems } from './items.js';
import { DatasetTextsSection } from './texts.js';

const Share = z.strictObject({ count: z.int(), share: Figure });
const Source = z.enum(['generated', 'human']);

export const AgreementAsReleased = z.strictObject({
  items: z.int(),
  itemsWithTwo: z.int(),
  raters: z.int(),
  ratings: z.int(),
  categories: z.array(z.string()),
  prevalence: z.array(z.int()),
  alphaMetric: z.enum(['nominal', 'ordinal']),
  observed: Figure,
  fleiss: Figure,
  alpha: Figure,
  gwet: Figure,
  brennanPrediger: Figure,
  conger: Figure,
  gwetWeighted: Figure.nullable(),
  intraclass: Figure.nullable(),
});

/** Its figures have the intervals over examples alone, so that there is nothing beside them. */
export const AgreementSection = AgreementAsReleased.transform((section) => ({
  ...section,
  overItems: null,
}));

const LabelSection = z.strictObject({
  upheld: Figure,
  upheldCount: z.int(),
  overruled: z.int(),
  undecided: z.int(),
  ties: z.int(),
  items: z.int(),
  byVote: Figure,
  byLabel: z.array(z.strictObject({ label: z.string(), share: Figure, upheld: z.int() })),
  betweenLabels: z
    .strictObject({ first: z.string(), second: z.string(), difference: Figure })
    .nullable(),
});

const RelevanceSection = z.strictObject({
  counts: z.array(z.int()).length(5),
  mean: Figure,
  standardDeviation: z.number().nullable(),
  medianFour: Figure,
});

export const AmbiguityAsReleased = z.strictObject({
  byVotes: z.array(Share),
  byVote: Figure,
  gwet: Figure,
});

const AmbiguitySection = AmbiguityAsReleased.transform((section) => ({
  ...section,
  gwetOverItems: null,
}));

const OtherQuestion = z.strictObject({
  id: z.string(),
  wording: z.string(),
  type: z.enum(['yes-no', 'choice', 'scale', 'text']),
  answers: z.array(z.strictObject({ answer: z.string(), count: z.int() })),
  answered: z.int(),
  mean: Figure.nullable(),
  yesByMajority: Figure.nullable(),
  agreement: AgreementSection.nullable(),
});

const ContestedItem = z.strictObject({
  item: z.string(),
  line: z.int(),
  text: z.string(),
  choices: z.array(
    z.strictObject({ key: z.string(), text: z.string(), votes: z.int(), isLabel: z.boolean() }),
  ),
  ambiguous: z.int(),
  relevance: z.array(z.int()),
  judgments: z.int(),
  comments: z.array(z.string()),
  verdict: z.enum(['overruled', 'undecided', 'split', 'unclear', 'irrelevant']),
});

export const DatasetSection = z.strictObject({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  behaviour: z.string(),
  behaviourText: z.strictObject({
    version: z.int().nullable(),
    short: z.string(),
    long: z.string(),
  }),
  source: Source,
  version: z.int(),
  family: z.string(),
  file: z.string(),
  sha256: z.string(),
  sampling: z.strictObject({
    seed: z.string(),
    examples: z.int(),
    eligible: z.int(),
    sampled: z.int(),
    excludedFindings: z.array(z.string()),
    leftOut: z.array(z.strictObject({ finding: z.string(), count: z.int() })),
  }),
  items: z.int(),
  complete: z.int(),
  judgments: z.strictObject({
    counted: z.int(),
    surplus: z.int(),
    excluded: z.int(),
    blanked: z.int(),
  }),
  raters: z.int(),
  verdict: z.array(z.string()),
  turnedRound: z.boolean(),
  label: LabelSection.nullable(),
  withoutLabel: z.string(),
  relevance: RelevanceSection.nullable(),
  ambiguity: AmbiguitySection.nullable(),
  labelAgreement: z.array(
    z.strictObject({ choices: z.int(), share: z.number(), agreement: AgreementSection }),
  ),
  relevanceAgreement: AgreementSection.nullable(),
  others: z.array(OtherQuestion),
  consensus: z.discriminatedUnion('kind', [ConsensusSection, Missing]),
  measured: z.discriminatedUnion('kind', [MeasuredItems, Missing]),
  confidence: z.discriminatedUnion('kind', [ConfidenceSection, Missing]),
  contested: z.array(ContestedItem),
  every: z.array(EveryItem),
  texts: DatasetTextsSection.nullable(),
});
