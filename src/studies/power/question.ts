import type { Db } from '#storage/database.js';
import { asks } from '../form.js';
import { planStudy } from '../plan.js';
import { currentForm, presentSettings, type Study } from '../study.js';
import { StudySettings } from '../settings.js';
import type { GivenPower } from './fields.js';

/** Everything that the simulation needs to know. Shares are 0 to 1. */
export interface PowerQuestion {
  /** True where a generated set is compared with a human-written one. */
  readonly pair: boolean;
  readonly asks: { readonly labels: boolean; readonly relevance: boolean };
  /** Examples that may be sampled, by dataset; Infinity where nobody knows. */
  readonly eligible: readonly number[];
  /** Examples of each set as planned now. */
  readonly examples: number;
  readonly overlap: number;
  readonly raters: number;
  /** The share of the judgments that the five busiest raters give; null where all give as many. */
  readonly busiest: number | null;
  /** Null: as in the pilot, else as assumed. */
  readonly rate: number | null;
  readonly leaning: number | null;
  readonly threshold: number;
  readonly halfWidth: number;
  readonly relevanceHalfWidth: number;
  readonly margin: number;
  readonly difference: number;
  readonly relevanceMargin: number;
  readonly power: number;
  /** Studies that are simulated of each size at most. */
  readonly runs: number;
  readonly seed: string;
}

/** Raters assumed where nobody can know yet how many will come. */
const assumedRaters = 10;
const mostExamples = 5000;

const standing = {
  raters: assumedRaters,
  busiest: null,
  rate: null,
  leaning: null,
  halfWidth: 0.04,
  relevanceHalfWidth: 0.3,
  power: 0.8,
  runs: 1000,
  seed: '1',
} as const;

/** The question with what was given instead of what would hold otherwise. */
export function withGiven(question: PowerQuestion, given: GivenPower): PowerQuestion {
  return {
    ...question,
    examples: given.examples ?? question.examples,
    overlap: given.overlap ?? question.overlap,
    raters: given.raters ?? question.raters,
    busiest: given.busiest ?? question.busiest,
    rate: given.rate ?? question.rate,
    leaning: given.leaning ?? question.leaning,
    halfWidth: given.half_width ?? question.halfWidth,
    relevanceHalfWidth: given.relevance_half_width ?? question.relevanceHalfWidth,
    margin: given.margin ?? question.margin,
    difference: given.difference ?? given.margin ?? question.difference,
    relevanceMargin: given.relevance_margin ?? question.relevanceMargin,
    power: given.power ?? question.power,
    runs: given.runs ?? question.runs,
    seed: given.seed ?? question.seed,
  };
}

const fromSettings = ({ overlap, threshold, agreementMargin, relevanceMargin }: StudySettings) => ({
  overlap,
  threshold,
  margin: agreementMargin || 0.05,
  difference: agreementMargin || 0.05,
  relevanceMargin: relevanceMargin || 0.3,
});

/** The question that a study asks as it is planned. */
export async function questionOfStudy(db: Db, study: Study): Promise<PowerQuestion> {
  const settings = presentSettings(study);
  const { form } = await currentForm(db, study.id);
  const plan = await planStudy(db, study);
  const datasets = plan.datasets.filter(({ dataset }) => dataset.part !== 'dropped');
  const planned = datasets.map(({ sampled }) => sampled).filter((sampled) => sampled > 0);
  return {
    ...standing,
    ...fromSettings(settings),
    pair: plan.pairs.length > 0,
    asks: {
      labels:
        asks(form, 'label') && (datasets.length === 0 || datasets.some(({ labelled }) => labelled)),
      relevance: asks(form, 'relevance'),
    },
    eligible: datasets.map(({ eligibility }) => eligibility.eligible),
    examples: Math.min(
      mostExamples,
      planned.length === 0 ? settings.sampleSize : Math.min(...planned),
    ),
  };
}

/** The question about a study that does not exist yet: one set, or a pair. */
export function questionWithoutStudy(pair: boolean): PowerQuestion {
  const settings = StudySettings.parse({ datasets: [] });
  return {
    ...standing,
    ...fromSettings(settings),
    pair,
    asks: { labels: true, relevance: true },
    eligible: pair ? [Infinity, Infinity] : [Infinity],
    examples: settings.sampleSize,
  };
}
