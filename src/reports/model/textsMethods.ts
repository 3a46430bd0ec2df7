import { plural } from '#web/format.js';
import { mostTexts } from '#texts/corpus.js';
import type { DatasetSection, PairSection } from './schema/report.js';

/** How the texts were measured, where any was. */
export function textsNote(
  datasets: readonly DatasetSection[],
  pairs: readonly PairSection[],
): string[] {
  const measured = datasets.flatMap(({ texts }) => texts ?? []);
  const compared = pairs.flatMap(({ texts }) => texts ?? []);
  if (measured.length + compared.length === 0) return [];
  const embeddings = [
    ...new Set(
      [...measured, ...compared].flatMap(({ measure }) => measure.spread?.embedding ?? []),
    ),
  ];
  const note = [
    `The texts of ${plural(measured.length, 'dataset')} were measured by themselves, over all examples or a random sample of ${mostTexts.toLocaleString('en-GB')} (seed: the SHA-256 of the file): exact and near-duplicates (candidates by MinHash, Broder 1997, verified by a Jaccard similarity of their runs of five characters of .7 or more), distinct-n (Li et al. 2016), self-BLEU (Zhu et al. 2018), the Vendi score (Friedman and Dieng 2023) and the entropy of k-means clusters, with percentiles over random subsamples scaled as in the delete-d jackknife (Shao and Wu 1989). Whether answers give labels away was tried with a ridge logistic regression in five-fold cross-validation that keeps copies together; Wilson score interval, examples as units. The labels of a cluster are called shared out otherwise where such an interval leaves out the share in the whole set, as about one in twenty does by chance.`,
    ...embeddings.map(
      (name) =>
        `Vectors of texts: ${name.replace(/^latent semantic analysis/, 'latent semantic analysis (Deerwester et al. 1990)')}.`,
    ),
  ];
  if (compared.length > 0)
    note.push(
      'Diversity of two sets was compared over parts of equal size, half of the smaller set. A classifier of the label was trained on one set of a pair and tried on the other; where the interval of its accuracy lies below chance in one direction and above it in neither, the labels of one set look reversed and the pair is not compared. Words that stand out have log-odds with an informative prior beyond 1.96 standard errors (Monroe, Colaresi and Quinn 2008).',
    );
  return note;
}
