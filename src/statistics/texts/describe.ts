import type { Estimate, Undefined } from '../estimate.js';
import type { Seed } from '../random.js';
import { type ChoicesAndLabel, type LabelBalance, labelBalance } from './balance.js';
import type { LabelledExample } from './choiceClassifier.js';
import { clusterEntropy, type ClusterProfile, clusterTexts, profileClusters } from './clusters.js';
import { wordDiversity } from './diversity.js';
import { contradictoryGroups, sameChoices } from './contradictions.js';
import { type Duplicates, findDuplicates, membersOf } from './duplicates.js';
import { type Embedding, embedTexts, mapTexts, type TextMap, vendiScore } from './embedding.js';
import { checkPolarity, guessLabels, type LabelGuess, type PolarityCheck } from './polarity.js';
import {
  compareVocabulary,
  type LengthProfile,
  lengthProfile,
  type VocabularyComparison,
} from './profile.js';
import { noNumber } from './reasons.js';
import { guessSource, type SourceGuess } from './sources.js';
import {
  commonSize,
  differenceOf,
  estimateOf,
  subsample,
  type SubsampleOptions,
  type Subsampled,
} from './subsamples.js';
import { canonicalOrder, type Corpus, normalisedText, readCorpus } from './tokens.js';

/** An example as far as its texts go. */
export interface TextExample extends ChoicesAndLabel {
  readonly text: string;
}

export interface DescribeOptions {
  readonly seed: Seed;
  /** Subsamples behind each interval of diversity. */
  readonly replicates?: number;
  readonly dimensions?: number;
  readonly clusters?: number;
  /**
   * Vectors of the user's own model, for the texts of `wholeTexts` in order; without it, latent
   * semantic analysis.
   */
  readonly embedding?: Embedding;
}

/** Diversity at one size, to be compared only with what has the same sizes. */
export interface Diversity {
  /** Distinct runs of one and of two words in `words` words of random texts. */
  readonly distinct1: Estimate;
  readonly distinct2: Estimate;
  /** In `texts` random texts. */
  readonly selfBleu: Estimate;
  readonly vendi: Estimate;
  readonly clusterEntropy: Estimate;
}

/** The sizes at which diversity was taken. */
export interface DiversitySizes {
  readonly texts: number;
  readonly words: number;
}

/** What the vectors and clusters of texts show. */
export interface Spread {
  readonly kind: 'spread';
  readonly embedding: string;
  readonly dimensions: number;
  readonly explained: number | null;
  /** The cluster of each text. */
  readonly assignments: Int32Array;
  readonly clusters: readonly ClusterProfile[];
  readonly map: TextMap | Undefined;
}

/** One set of examples by its texts alone. */
export interface TextDescription {
  readonly texts: number;
  readonly lengths: LengthProfile;
  readonly duplicates: Duplicates;
  /** Groups of repeated texts with labels that contradict each other. */
  readonly conflicts: readonly (readonly number[])[];
  readonly balance: LabelBalance;
  /** Whether the answers without the question, and with it, give the label away. */
  readonly guesses: { readonly fromAnswers: LabelGuess; readonly fromAll: LabelGuess };
  readonly sizes: DiversitySizes;
  readonly diversity: Diversity;
  readonly spread: Spread | Undefined;
}

/** Two sets on one behaviour beside each other; the first is usually the generated one. */
export interface TextComparison {
  /** Indexes of the second set follow those of the first, in pairs, map and clusters. */
  readonly border: number;
  /** Duplicates in both sets together; `shared` are the pairs and groups with texts of both. */
  readonly duplicates: Duplicates;
  readonly shared: readonly (readonly number[])[];
  readonly vocabulary: VocabularyComparison;
  readonly source: SourceGuess;
  readonly polarity: PolarityCheck;
  readonly sizes: DiversitySizes;
  readonly diversity: {
    readonly first: Diversity;
    readonly second: Diversity;
    readonly difference: Diversity;
  };
  readonly spread: Spread | Undefined;
}

/**
 * What is measured of each example: its text together with its choices, or its text alone where
 * every example offers the same choices.
 */
export function wholeTexts(examples: readonly Pick<TextExample, 'text' | 'choices'>[]): string[] {
  const constant = sameChoices(examples);
  return examples.map(({ text, choices }) => (constant ? text : [text, ...choices].join('\n')));
}

/** Describes one set. Copies are left in: they are part of what a set is. */
export function describeTexts(
  examples: readonly TextExample[],
  options: DescribeOptions,
): TextDescription {
  const texts = wholeTexts(examples);
  const corpus = readCorpus(texts);
  const duplicates = findDuplicates(texts);
  const embedding = options.embedding ?? embedTexts(texts, options.seed, options.dimensions);
  const spread = spreadOf(embedding, examples, texts.length, options);
  const sets = setsOf(texts, texts.length).slice(0, 1);
  const { sizes, diversities } = measureDiversity(corpus, sets, embedding, spread, options);
  return {
    texts: texts.length,
    lengths: lengthProfile(corpus),
    duplicates,
    conflicts: contradictoryGroups(duplicates, examples),
    balance: labelBalance(examples),
    guesses: {
      fromAnswers: guessLabels(labelled(examples), 'answers', options.seed),
      fromAll: guessLabels(labelled(examples), 'question-and-answers', options.seed),
    },
    sizes,
    diversity: estimates(diversities[0] ?? nothingMeasured, options),
    spread,
  };
}

/**
 * Compares two sets; diversity at sizes that both have, so that the larger set is not the more
 * diverse by its size.
 */
export function compareTexts(
  first: readonly TextExample[],
  second: readonly TextExample[],
  options: DescribeOptions,
): TextComparison {
  const examples = [...first, ...second];
  const texts = wholeTexts(examples);
  const corpus = readCorpus(texts);
  const duplicates = findDuplicates(texts);
  const embedding = options.embedding ?? embedTexts(texts, options.seed, options.dimensions);
  const spread = spreadOf(embedding, examples, first.length, options);
  const { sizes, diversities } = measureDiversity(
    corpus,
    setsOf(texts, first.length),
    embedding,
    spread,
    options,
  );
  const [one = nothingMeasured, other = nothingMeasured] = diversities;
  const between = (measure: keyof Diversity): Estimate =>
    differenceOf(one[measure], other[measure], subsampling(options, measure));
  return {
    border: first.length,
    duplicates,
    shared: sharedGroups(duplicates.groups, first.length),
    vocabulary: compareVocabulary(texts.slice(0, first.length), texts.slice(first.length)),
    source: guessSource(texts.slice(0, first.length), texts.slice(first.length), options.seed),
    polarity: checkPolarity(labelled(first), labelled(second), options.seed),
    sizes,
    diversity: {
      first: estimates(one, options),
      second: estimates(other, options),
      difference: {
        distinct1: between('distinct1'),
        distinct2: between('distinct2'),
        selfBleu: between('selfBleu'),
        vendi: between('vendi'),
        clusterEntropy: between('clusterEntropy'),
      },
    },
    spread,
  };
}

/** Diversity of one of several sets, and how much of it repeats itself. */
export interface DiversityOfSet extends Diversity {
  /** Share of texts that are not the first of their duplicates, among `texts` random ones. */
  readonly repeated: Estimate;
}

/**
 * Diversity of any number of sets beside each other, at sizes that all of them have: copies too,
 * which a larger set has more of by its size alone.
 */
export function diversityOfSets(
  sets: readonly (readonly TextExample[])[],
  options: DescribeOptions,
): { readonly sizes: DiversitySizes; readonly sets: readonly DiversityOfSet[] } {
  const examples = sets.flat();
  const texts = wholeTexts(examples);
  const setOf = sets.flatMap((set, index) => set.map(() => index));
  const order = canonicalOrder(texts);
  const pools = sets.map((_, set) => order.filter((index) => setOf[index] === set));
  const embedding = options.embedding ?? embedTexts(texts, options.seed, options.dimensions);
  const { sizes, diversities } = measureDiversity(
    readCorpus(texts),
    pools,
    embedding,
    spreadOf(embedding, examples, 0, options),
    options,
  );
  return {
    sizes,
    sets: pools.map((pool, index): DiversityOfSet => {
      const { groups } = findDuplicates(Array.from(pool, (text) => texts[text] ?? ''));
      const groupOf = new Map(Array.from(pool, (text, position) => [text, groups[position]]));
      const repeated = (drawn: Int32Array): number =>
        1 - new Set(Array.from(drawn, (text) => groupOf.get(text))).size / drawn.length;
      const given = subsampling(options, 'repeated');
      return {
        ...estimates(diversities[index] ?? nothingMeasured, options),
        repeated: estimateOf(subsample(pool, sizes.texts, repeated, given), given),
      };
    }),
  };
}

type Measured = Readonly<Record<keyof Diversity, Subsampled | Undefined>>;

const nothing = noNumber('no-texts');
const nothingMeasured: Measured = {
  distinct1: nothing,
  distinct2: nothing,
  selfBleu: nothing,
  vendi: nothing,
  clusterEntropy: nothing,
};

/**
 * Part of the words that half of a set has on average, so that nearly every random half has as
 * many.
 */
const safeShare = 0.8;

function measureDiversity(
  corpus: Corpus,
  sets: readonly Int32Array[],
  embedding: Embedding | Undefined,
  spread: Spread | Undefined,
  options: DescribeOptions,
): { sizes: DiversitySizes; diversities: Measured[] } {
  const words = wordDiversity(corpus);
  const size = commonSize(sets.map((set) => set.length));
  const means = sets.map((set) => (set.length === 0 ? 0 : words.wordCount(set) / set.length));
  const budget = Math.floor(
    safeShare *
      Math.min(...sets.map((set, index) => (means[index] ?? 0) * Math.floor(set.length / 2))),
  );
  const clustering =
    spread.kind === 'undefined'
      ? spread
      : ({
          kind: 'clustering',
          assignments: spread.assignments,
          clusterCount: spread.clusters.length,
        } as const);
  const diversities = sets.map((set, index): Measured => {
    const enough =
      budget === 0
        ? 0
        : Math.min(
            Math.floor(set.length / 2),
            Math.ceil(budget / (safeShare * (means[index] ?? 1))),
          );
    const over = (
      name: keyof Diversity,
      texts: number,
      statistic: (indexes: Int32Array) => number | null,
    ): Subsampled | Undefined => subsample(set, texts, statistic, subsampling(options, name));
    return {
      distinct1: over('distinct1', enough, (indexes) => words.distinct(indexes, 1, budget)),
      distinct2: over('distinct2', enough, (indexes) => words.distinct(indexes, 2, budget)),
      selfBleu: over('selfBleu', size, (indexes) => words.selfBleu(indexes)),
      vendi:
        embedding.kind === 'embedding'
          ? over('vendi', size, (indexes) => vendiScore(embedding, indexes))
          : embedding,
      clusterEntropy:
        clustering.kind === 'undefined'
          ? clustering
          : subsample(
              set,
              size,
              (indexes) => clusterEntropy(clustering, indexes),
              subsampling(options, 'clusterEntropy'),
              'no-spread',
            ),
    };
  });
  return { sizes: { texts: size, words: budget }, diversities };
}

function subsampling(options: DescribeOptions, measure: string): SubsampleOptions {
  return { seed: `${options.seed} ${measure}`, replicates: options.replicates ?? 100 };
}

function estimates(measured: Measured, options: DescribeOptions): Diversity {
  const of = (measure: keyof Diversity): Estimate =>
    estimateOf(measured[measure], subsampling(options, measure));
  return {
    distinct1: of('distinct1'),
    distinct2: of('distinct2'),
    selfBleu: of('selfBleu'),
    vendi: of('vendi'),
    clusterEntropy: of('clusterEntropy'),
  };
}

function spreadOf(
  embedding: Embedding | Undefined,
  examples: readonly TextExample[],
  border: number,
  options: DescribeOptions,
): Spread | Undefined {
  if (embedding.kind === 'undefined') return embedding;
  const clustering = clusterTexts(embedding, options.seed, options.clusters);
  const constant = sameChoices(examples);
  const labels = examples.map((example) => (constant ? answerOf(example) : positionOf(example)));
  return {
    kind: 'spread',
    embedding: embedding.name,
    dimensions: embedding.dimensions,
    explained: embedding.explained,
    assignments: clustering.assignments,
    clusters: profileClusters(
      clustering,
      Uint8Array.from(examples, (_, index) => Number(index < border)),
      labels,
    ),
    map: mapTexts(embedding),
  };
}

/** The indexes of the texts before and from the border on, in canonical order. */
function setsOf(texts: readonly string[], border: number): [Int32Array, Int32Array] {
  const order = canonicalOrder(texts);
  return [order.filter((index) => index < border), order.filter((index) => index >= border)];
}

function sharedGroups(groups: Int32Array, border: number): number[][] {
  return membersOf(groups).filter(
    (indexes) =>
      indexes.some((index) => index < border) && indexes.some((index) => index >= border),
  );
}

function labelled(examples: readonly TextExample[]): LabelledExample[] {
  return examples.flatMap(({ text, choices, label }) =>
    label === null ? [] : [{ text, choices, label }],
  );
}

function answerOf({ choices, label }: TextExample): string | null {
  const answer = label === null ? undefined : choices[label];
  return answer === undefined ? null : normalisedText(answer);
}

function positionOf({ choices, label }: TextExample): string | null {
  return label === null || choices[label] === undefined ? null : `choice ${label + 1}`;
}
