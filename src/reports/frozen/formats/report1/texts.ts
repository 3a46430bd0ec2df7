import { z } from 'zod';
import { Figure } from './figure.js';

const Lengths = z.strictObject({
  words: z.int(),
  mean: z.number().nullable(),
  quartiles: z.array(z.number()).length(3).nullable(),
  shortest: z.int().nullable(),
  longest: z.int().nullable(),
});

const Guess = z.strictObject({
  accuracy: Figure,
  chance: z.number(),
  unrelated: z.number(),
  undecided: z.int(),
});

const Sizes = z.strictObject({ texts: z.int(), words: z.int() });

const Quoted = z.strictObject({
  line: z.int(),
  text: z.string(),
});

const Expected = z.strictObject({
  share: Figure,
  expected: z.number(),
  biased: z.boolean(),
});

const EmbeddingFacts = {
  embedding: z.string(),
  dimensions: z.int(),
  explained: z.number().nullable(),
};

const DatasetTexts = z.strictObject({
  version: z.int(),
  seed: z.string(),
  examples: z.int(),
  sampled: z.int(),
  lengths: Lengths,
  duplicates: z.strictObject({
    exact: Figure,
    repeated: Figure,
    nearPairs: z.int(),
    threshold: z.number(),
    nearest: z.array(z.strictObject({ lines: z.array(z.int()).length(2), similarity: z.number() })),
  }),
  contradictory: z.strictObject({
    groups: z.int(),
    lines: z.array(z.array(z.int())),
  }),
  balance: z.strictObject({
    labelled: z.int(),
    places: z.array(Expected.extend({ place: z.int() })),
    answers: z.array(z.strictObject({ answer: z.string(), share: Figure })),
    longest: Expected,
  }),
  guesses: z.strictObject({ fromAnswers: Guess, fromAll: Guess }),
  sizes: Sizes,
  diversity: z.strictObject({ distinct1: Figure, distinct2: Figure, selfBleu: Figure }),
  spread: z
    .strictObject({
      ...EmbeddingFacts,
      vendi: Figure,
      clusterEntropy: Figure,
      clusters: z.array(
        z.strictObject({
          size: z.int(),
          typical: Quoted,
          labels: z.array(
            z.strictObject({
              label: z.string(),
              share: z.number().nullable(),
              lower: z.number().nullable(),
              upper: z.number().nullable(),
              overall: z.number(),
              unbalanced: z.boolean(),
            }),
          ),
        }),
      ),
    })
    .nullable(),
});

const OfBoth = z.strictObject({ generated: Figure, human: Figure });
const Compared = OfBoth.extend({ difference: Figure });
const Word = z.strictObject({
  word: z.string(),
  z: z.number(),
  generated: z.int(),
  human: z.int(),
});

const MapPoints = z.strictObject({
  lines: z.array(z.int()),
  x: z.array(z.number()),
  y: z.array(z.number()),
  clusters: z.array(z.int()),
});

const PairTexts = z.strictObject({
  version: z.int(),
  seed: z.string(),
  sampled: z.strictObject({ generated: z.int(), human: z.int() }),
  shared: z.strictObject({
    groups: z.int(),
    lines: z.array(z.strictObject({ generated: z.array(z.int()), human: z.array(z.int()) })),
  }),
  lengths: z.strictObject({ generated: Lengths, human: Lengths }),
  vocabulary: z.strictObject({
    words: z.strictObject({ generated: z.int(), human: z.int(), shared: z.int() }),
    unknown: OfBoth,
    divergence: Figure,
    longer: Figure,
    telling: z.strictObject({ generated: z.array(Word), human: z.array(Word) }),
  }),
  source: z.strictObject({ accuracy: Figure, perSource: z.int(), undecided: z.int() }),
  polarity: z.strictObject({
    verdict: z.enum(['aligned', 'turned-round', 'undecided']),
    within: z.strictObject({ generated: Guess, human: Guess }),
    across: z.strictObject({
      generatedOnHuman: Guess,
      humanOnGenerated: Guess,
    }),
  }),
  sizes: Sizes,
  diversity: z.strictObject({ distinct1: Compared, distinct2: Compared, selfBleu: Compared }),
  spread: z
    .strictObject({
      ...EmbeddingFacts,
      vendi: Compared,
      clusterEntropy: Compared,
      clusters: z.array(
        z.strictObject({
          size: z.int(),
          typical: Quoted.extend({ source: z.enum(['generated', 'human']) }),
          generated: z.number(),
          lower: z.number().nullable(),
          upper: z.number().nullable(),
        }),
      ),
    })
    .nullable(),
  map: z
    .strictObject({
      explained: z.array(z.number()).length(2),
      generated: MapPoints,
      human: MapPoints,
    })
    .nullable(),
});

export const StudyTexts = z.strictObject({
  datasets: z.array(DatasetTexts.nullable()),
  pairs: z.array(z.strictObject({ generated: z.int(), human: z.int(), measure: PairTexts })),
});

export const DatasetTextsSection = z.strictObject({
  verdict: z.array(z.string()),
  measure: DatasetTexts,
});

const Standing = z.enum(['upheld', 'overruled', 'undecided']);

const Marks = z.strictObject({
  lines: z.array(z.int()),
  x: z.array(z.number()),
  y: z.array(z.number()),
  standing: z.array(Standing.nullable()),
});

const TextsMap = z.strictObject({
  explained: z.array(z.number()).length(2),
  generated: Marks,
  human: Marks,
  clusters: z.array(z.strictObject({ upheld: z.int(), overruled: z.int(), undecided: z.int() })),
});

export const PairTextsSection = z.strictObject({
  verdict: z.array(z.string()),
  measure: PairTexts.omit({ map: true }),
  map: TextsMap.nullable(),
});
