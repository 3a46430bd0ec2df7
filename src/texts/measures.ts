import { z } from 'zod';
import { Figure } from '#figure.js';

/**
 * Number of the way in which texts are measured; raised when any of its numbers would come out
 * otherwise.
 */
export const textsVersion = 3;

/** The examples of one dataset that are measured: all, or a seeded sample. */
export const TextCorpus = z.strictObject({
  /** Public id. */
  dataset: z.string(),
  seed: z
    .string()
    .describe(
      'SHA-256 of the dataset’s file: the sample and everything random about the measures start from it.',
    ),
  examples: z.int().describe('In the whole set.'),
  texts: z
    .array(
      z.strictObject({
        line: z.int(),
        text: z.string(),
        choices: z.array(z.string()),
        label: z.int().nullable(),
      }),
    )
    .describe('In the order of their lines.'),
});
export type TextCorpus = z.output<typeof TextCorpus>;

const Lengths = z.strictObject({
  words: z.int(),
  mean: z.number().nullable(),
  quartiles: z.array(z.number()).length(3).nullable(),
  shortest: z.int().nullable(),
  longest: z.int().nullable(),
});

/** How often a classifier of labels was right. */
const Guess = z.strictObject({
  accuracy: Figure,
  chance: z.number().describe('What blind guessing gives.'),
  unrelated: z
    .number()
    .describe('What the same mix of guesses gives where it has nothing to do with the labels.'),
  undecided: z.int(),
});
export type Guess = z.output<typeof Guess>;

/** The sizes at which diversity was taken: it is to be compared only with what has the same. */
const Sizes = z.strictObject({ texts: z.int(), words: z.int() });

const Quoted = z.strictObject({
  line: z.int(),
  text: z.string().describe('Cut after 160 characters.'),
});

const Expected = z.strictObject({
  share: Figure,
  expected: z.number(),
  biased: z.boolean().describe('Whether the interval leaves the expected share out.'),
});

/** What the vectors of the texts show: all of it rests on the embedding. */
const EmbeddingFacts = {
  embedding: z.string(),
  dimensions: z.int(),
  explained: z.number().nullable(),
};

/** What was measured of the texts of one dataset. */
export const DatasetTexts = z.strictObject({
  version: z.int(),
  seed: z.string(),
  examples: z.int(),
  sampled: z.int(),
  lengths: Lengths,
  duplicates: z.strictObject({
    exact: Figure,
    repeated: Figure.describe(
      'Texts that are not the first of their group of exact and near-duplicates.',
    ),
    nearPairs: z.int(),
    threshold: z
      .number()
      .describe(
        'Jaccard similarity of runs of 5 characters from which two texts are near-duplicates.',
      ),
    nearest: z.array(z.strictObject({ lines: z.array(z.int()).length(2), similarity: z.number() })),
  }),
  contradictory: z.strictObject({
    groups: z.int(),
    lines: z.array(z.array(z.int())).describe('The first groups.'),
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
export type DatasetTexts = z.output<typeof DatasetTexts>;

const OfBoth = z.strictObject({ generated: Figure, human: Figure });
const Compared = OfBoth.extend({ difference: Figure.describe('Generated minus human-written.') });
const Word = z.strictObject({
  word: z.string(),
  z: z.number(),
  generated: z.int(),
  human: z.int(),
});

/** Texts of one source on the map, rounded to four digits. */
const MapPoints = z.strictObject({
  lines: z.array(z.int()),
  x: z.array(z.number()),
  y: z.array(z.number()),
  clusters: z.array(z.int()),
});
export type MapPoints = z.output<typeof MapPoints>;

/** What was measured of a generated set and its human-written counterpart beside each other. */
export const PairTexts = z.strictObject({
  version: z.int(),
  seed: z.string(),
  sampled: z.strictObject({ generated: z.int(), human: z.int() }),
  shared: z.strictObject({
    groups: z.int().describe('Texts that stand in both samples, exactly or nearly.'),
    lines: z
      .array(z.strictObject({ generated: z.array(z.int()), human: z.array(z.int()) }))
      .describe('Each group, with the lines of its texts in either file.'),
  }),
  lengths: z.strictObject({ generated: Lengths, human: Lengths }),
  vocabulary: z.strictObject({
    words: z
      .strictObject({ generated: z.int(), human: z.int(), shared: z.int() })
      .describe('Different words.'),
    unknown: OfBoth.describe(
      'Share of the words of one set, with repeats, that the other never uses.',
    ),
    divergence: Figure,
    longer: Figure.describe(
      'Probability that a generated text is longer than a human-written one.',
    ),
    telling: z.strictObject({ generated: z.array(Word), human: z.array(Word) }),
  }),
  source: z.strictObject({ accuracy: Figure, perSource: z.int(), undecided: z.int() }),
  polarity: z.strictObject({
    verdict: z.enum(['aligned', 'turned-round', 'undecided']),
    within: z.strictObject({ generated: Guess, human: Guess }),
    across: z.strictObject({
      generatedOnHuman: Guess.describe(
        'Trained on the generated set, tried on the human-written one.',
      ),
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
      explained: z.array(z.number()).length(2).describe('Share of the variance along either axis.'),
      generated: MapPoints,
      human: MapPoints,
    })
    .nullable(),
});
export type PairTexts = z.output<typeof PairTexts>;

/** What a study's report knows of the texts of its datasets. */
export const StudyTexts = z.strictObject({
  /** In the order of the study's datasets; null: not measured yet. */
  datasets: z.array(DatasetTexts.nullable()),
  /** The pairs that were measured, as indexes of datasets. */
  pairs: z.array(z.strictObject({ generated: z.int(), human: z.int(), measure: PairTexts })),
});
export type StudyTexts = z.output<typeof StudyTexts>;
