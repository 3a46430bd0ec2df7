import { summariseAgreement } from '#statistics/agreement.js';
import { chanceCorrected } from '#statistics/agreement/chanceCorrected.js';
import { oneWayIntraclass } from '#statistics/agreement/intraclass.js';
import { overRaters } from '#statistics/agreement/overRaters.js';
import { indexValues } from '#statistics/agreement/weights.js';
import type { Ratings } from '#statistics/ratings.js';
import { type Figure, figure } from '#figure.js';
import type { AgreementSection } from './schema/report.js';

const ordinalGwet = { kind: 'coefficient', coefficient: 'gwet', weighting: 'ordinal' } as const;

/** Agreement among raters on one question, over the codes of the answers that they chose. */
export function agreementSection(
  ratings: Ratings,
  options: { categories: readonly string[]; metric: 'nominal' | 'ordinal'; seed: string },
): AgreementSection {
  const summary = summariseAgreement(ratings, { alphaLevel: options.metric, seed: options.seed });
  const { overItems } = summary;
  const weighted =
    options.metric === 'ordinal'
      ? chanceCorrected(ratings, 'gwet', { weighting: 'ordinal' })
      : null;
  return {
    items: summary.items,
    itemsWithTwo: summary.itemsWithTwo,
    raters: summary.raters,
    ratings: summary.ratings,
    categories: [...options.categories],
    prevalence: [...summary.prevalence.counts],
    alphaMetric: options.metric,
    observed: figure(summary.observed),
    fleiss: figure(summary.fleiss),
    alpha: figure(summary.alpha),
    gwet: figure(summary.gwet),
    brennanPrediger: figure(summary.brennanPrediger),
    conger: figure(summary.conger),
    gwetWeighted: weighted === null ? null : figure(overRaters(ratings, ordinalGwet, weighted)),
    intraclass: options.metric === 'ordinal' ? intraclassOf(ratings) : null,
    overItems: {
      observed: figure(overItems.observed),
      fleiss: figure(overItems.fleiss),
      alpha: figure(overItems.alpha),
      gwet: figure(overItems.gwet),
      brennanPrediger: figure(overItems.brennanPrediger),
      conger: figure(overItems.conger),
      gwetWeighted: weighted === null ? null : figure(weighted),
    },
  };
}

/**
 * The one-way intraclass correlation of one rating, the answers taken as equally spaced: every
 * example may have raters of its own.
 */
function intraclassOf(ratings: Ratings): Figure {
  const oneWay = oneWayIntraclass(ratings, indexValues(ratings.categoryCount));
  return figure(oneWay.kind === 'undefined' ? oneWay : oneWay.single);
}
