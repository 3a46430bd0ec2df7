import type { Estimate } from '#statistics/estimate.js';
import {
  compareTexts,
  describeTexts,
  type Diversity,
  wholeTexts,
} from '#statistics/texts/describe.js';
import { type Embedding, embeddingOf, type TextMap } from '#statistics/texts/embedding.js';
import type { LabelGuess } from '#statistics/texts/polarity.js';
import type { LengthProfile, TellingWord } from '#statistics/texts/profile.js';
import { figure } from '#figure.js';
import {
  type DatasetTexts,
  type Guess,
  type MapPoints,
  type PairTexts,
  type TextCorpus,
  textsVersion,
} from './measures.js';

/** Vectors of another model than latent semantic analysis, one for each text. */
export interface OtherVectors {
  /** Name of the model. */
  readonly name: string;
  readonly vectors: readonly ArrayLike<number>[];
}

const mostListed = 10;
const mostQuoted = 160;
const digits = 1e4;

const quoted = (text: string): string =>
  text.length <= mostQuoted
    ? text
    : `${text.slice(0, mostQuoted - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
const rounded = (values: Float64Array): number[] =>
  Array.from(values, (value) => Math.round(value * digits) / digits + 0);
const lengthsOf = ({
  words,
  mean,
  quartiles,
  shortest,
  longest,
}: LengthProfile): DatasetTexts['lengths'] => ({
  words,
  mean,
  quartiles: quartiles === null ? null : [...quartiles],
  shortest,
  longest,
});
const guessOf = ({ accuracy, chance, unrelated, undecided }: LabelGuess): Guess => ({
  accuracy: figure(accuracy),
  chance,
  unrelated,
  undecided,
});
const limitsOf = (
  share: Estimate,
): { share: number | null; lower: number | null; upper: number | null } => {
  const { value, lower, upper } = figure(share);
  return { share: value, lower, upper };
};

/** The texts of these corpora as an embedding sees them, in order. */
export const textsToEmbed = (corpora: readonly TextCorpus[]): string[] =>
  wholeTexts(corpora.flatMap((corpus) => corpus.texts));

function embeddingFor(
  corpora: readonly TextCorpus[],
  seed: string,
  other: OtherVectors | undefined,
): { embedding?: Embedding } {
  if (other === undefined) return {};
  const embedding = embeddingOf(textsToEmbed(corpora), other.vectors, other.name, { seed });
  return embedding.kind === 'embedding' ? { embedding } : {};
}

/** Measures the texts of one dataset. The same corpus gives the same numbers. */
export function measureDataset(corpus: TextCorpus, other?: OtherVectors): DatasetTexts {
  const { texts, seed } = corpus;
  const lineOf = (index: number): number => texts[index]?.line ?? 0;
  const described = describeTexts(texts, { seed, ...embeddingFor([corpus], seed, other) });
  const { duplicates, conflicts, balance, guesses, sizes, diversity, spread } = described;
  return {
    version: textsVersion,
    seed,
    examples: corpus.examples,
    sampled: texts.length,
    lengths: lengthsOf(described.lengths),
    duplicates: {
      exact: figure(duplicates.exactShare),
      repeated: figure(duplicates.repeatedShare),
      nearPairs: duplicates.near.length,
      threshold: duplicates.threshold,
      nearest: duplicates.near.slice(0, mostListed).map(({ first, second, similarity }) => ({
        lines: [lineOf(first), lineOf(second)],
        similarity,
      })),
    },
    contradictory: {
      groups: conflicts.length,
      lines: conflicts.slice(0, mostListed).map((group) => group.map(lineOf)),
    },
    balance: {
      labelled: balance.labelled,
      places: balance.places.map(({ place, share, expected, biased }) => ({
        place,
        share: figure(share),
        expected,
        biased,
      })),
      answers: balance.answers.map(({ answer, share }) => ({
        answer: quoted(answer),
        share: figure(share),
      })),
      longest: {
        share: figure(balance.longest.share),
        expected: balance.longest.expected,
        biased: balance.longest.biased,
      },
    },
    guesses: { fromAnswers: guessOf(guesses.fromAnswers), fromAll: guessOf(guesses.fromAll) },
    sizes: { ...sizes },
    diversity: {
      distinct1: figure(diversity.distinct1),
      distinct2: figure(diversity.distinct2),
      selfBleu: figure(diversity.selfBleu),
    },
    spread:
      spread.kind === 'undefined'
        ? null
        : {
            embedding: spread.embedding,
            dimensions: spread.dimensions,
            explained: spread.explained,
            vendi: figure(diversity.vendi),
            clusterEntropy: figure(diversity.clusterEntropy),
            clusters: spread.clusters.map(({ size, example, labels }) => ({
              size,
              typical: { line: lineOf(example), text: quoted(texts[example]?.text ?? '') },
              labels: labels.map(({ label, share, overall, unbalanced }) => ({
                label: quoted(label),
                ...limitsOf(share),
                overall,
                unbalanced,
              })),
            })),
          },
  };
}

function pointsOf(
  map: TextMap,
  assignments: Int32Array,
  corpus: TextCorpus,
  from: number,
): MapPoints {
  const to = from + corpus.texts.length;
  return {
    lines: corpus.texts.map(({ line }) => line),
    x: rounded(map.x.subarray(from, to)),
    y: rounded(map.y.subarray(from, to)),
    clusters: [...assignments.subarray(from, to)],
  };
}

/**
 * Measures a generated set and its human-written counterpart beside each other, diversity at equal
 * sizes.
 */
export function measurePair(
  generated: TextCorpus,
  human: TextCorpus,
  other?: OtherVectors,
): PairTexts {
  const seed = `${generated.seed} ${human.seed}`;
  const compared = compareTexts(generated.texts, human.texts, {
    seed,
    ...embeddingFor([generated, human], seed, other),
  });
  const { border, shared, vocabulary, source, polarity, sizes, diversity, spread } = compared;
  const exampleAt = (index: number): TextCorpus['texts'][number] | undefined =>
    index < border ? generated.texts[index] : human.texts[index - border];
  const lineAt = (index: number): number => exampleAt(index)?.line ?? 0;
  const both = (measure: keyof Diversity): PairTexts['diversity']['distinct1'] => ({
    generated: figure(diversity.first[measure]),
    human: figure(diversity.second[measure]),
    difference: figure(diversity.difference[measure]),
  });
  const word = ({
    word,
    z,
    first,
    second,
  }: TellingWord): PairTexts['vocabulary']['telling']['generated'][number] => ({
    word,
    z,
    generated: first,
    human: second,
  });
  return {
    version: textsVersion,
    seed,
    sampled: { generated: generated.texts.length, human: human.texts.length },
    shared: {
      groups: shared.length,
      lines: shared.map((group) => ({
        generated: group.filter((index) => index < border).map(lineAt),
        human: group.filter((index) => index >= border).map(lineAt),
      })),
    },
    lengths: { generated: lengthsOf(vocabulary.first), human: lengthsOf(vocabulary.second) },
    vocabulary: {
      words: {
        generated: vocabulary.differentWords.first,
        human: vocabulary.differentWords.second,
        shared: vocabulary.differentWords.shared,
      },
      unknown: {
        generated: figure(vocabulary.unknownWords.firstToSecond),
        human: figure(vocabulary.unknownWords.secondToFirst),
      },
      divergence: figure(vocabulary.divergence),
      longer: figure(vocabulary.longer),
      telling: {
        generated: vocabulary.telling.filter(({ z }) => z > 0).map(word),
        human: vocabulary.telling
          .filter(({ z }) => z < 0)
          .toReversed()
          .map(word),
      },
    },
    source: {
      accuracy: figure(source.accuracy),
      perSource: source.perSource,
      undecided: source.undecided,
    },
    polarity: {
      verdict: polarity.verdict,
      within: { generated: guessOf(polarity.within.first), human: guessOf(polarity.within.second) },
      across: {
        generatedOnHuman: guessOf(polarity.across.firstOnSecond),
        humanOnGenerated: guessOf(polarity.across.secondOnFirst),
      },
    },
    sizes: { ...sizes },
    diversity: {
      distinct1: both('distinct1'),
      distinct2: both('distinct2'),
      selfBleu: both('selfBleu'),
    },
    spread:
      spread.kind === 'undefined'
        ? null
        : {
            embedding: spread.embedding,
            dimensions: spread.dimensions,
            explained: spread.explained,
            vendi: both('vendi'),
            clusterEntropy: both('clusterEntropy'),
            clusters: spread.clusters.map(({ size, example, firstSource }) => {
              const { share, lower, upper } = limitsOf(firstSource);
              return {
                size,
                typical: {
                  line: lineAt(example),
                  text: quoted(exampleAt(example)?.text ?? ''),
                  source: example < border ? 'generated' : 'human',
                },
                generated: share ?? 0,
                lower,
                upper,
              };
            }),
          },
    map:
      spread.kind === 'undefined' || spread.map.kind === 'undefined'
        ? null
        : {
            explained: [...spread.map.explained],
            generated: pointsOf(spread.map, spread.assignments, generated, 0),
            human: pointsOf(spread.map, spread.assignments, human, border),
          },
  };
}
