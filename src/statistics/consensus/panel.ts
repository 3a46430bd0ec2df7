/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined } from '../estimate.js';
import { type Ratings } from '../ratings.js';
import { type DawidSkene, dawidSkene } from './dawidSkene.js';
import { type Mace, mace } from './mace.js';
import { mostProbable, type Posteriors, sharesOf } from './posteriors.js';
import { type ScepticalDawidSkene, scepticalDawidSkene } from './scepticalDawidSkene.js';

export interface Panel extends Posteriors {
  /** The three models behind it. Confusion matrices of raters are those of `dawidSkene`. */
  readonly dawidSkene: DawidSkene;
  readonly sceptical: ScepticalDawidSkene;
  readonly mace: Mace;
}

/**
 * The default consensus: the mean of the posteriors of three models that differ in what they assume
 * about a rater of whom little is known: that they are like the others (Dawid-Skene, shrunk), that
 * they know nothing (sceptical Dawid-Skene), that they either know or guess (MACE). Where one goes
 * astray the other two outvote it. `docs/researchers/consensus.md` has the evidence. MACE begins
 * from the votes alone: four more starts did not change the mean accuracy there, and without them
 * nothing here is random.
 */
export function consensus(ratings: Ratings): Panel | Undefined {
  const shrunk = dawidSkene(ratings);
  const sceptical = scepticalDawidSkene(ratings);
  const guessing = mace(ratings, { restarts: 0 });
  if (shrunk.kind === 'undefined') return shrunk;
  if (sceptical.kind === 'undefined') return sceptical;
  if (guessing.kind === 'undefined') return guessing;
  const posterior = shrunk.posterior.map(
    (value, cell) => (value + sceptical.posterior[cell]! + guessing.posterior[cell]!) / 3,
  );
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: sharesOf(posterior, ratings),
    itemCount: ratings.itemCount,
    categoryCount: ratings.categoryCount,
    iterations: Math.max(shrunk.iterations, sceptical.iterations, guessing.iterations),
    converged: shrunk.converged && sceptical.converged && guessing.converged,
    dawidSkene: shrunk,
    sceptical,
    mace: guessing,
  };
}
