import type { ReportModel } from '../model/schema/report.js';
import type { JudgmentFacts, StudyData } from '../input/data.js';

const unanswered = {
  label: null,
  ambiguous: null,
  relevance: null,
  others: {},
  comment: null,
} as const satisfies Partial<JudgmentFacts>;

/**
 * A study's data without what was answered in judgments that count nowhere: their rows stay and are
 * counted, and no number rests on their answers. So a frozen report holds answers of those alone
 * whom it used.
 */
export const countedAnswers = (data: StudyData): StudyData => ({
  ...data,
  judgments: data.judgments.map((judgment) =>
    judgment.standing === 'counted' ? judgment : { ...judgment, ...unanswered },
  ),
});

/** Pseudonyms of those whose answers the data of a frozen report holds. */
export const ratersHeld = (data: StudyData): string[] => [
  ...new Set(
    data.judgments.flatMap(({ rater, standing }) =>
      standing === 'counted' ? (data.raters[rater]?.pseudonym ?? []) : [],
    ),
  ),
];

/**
 * The data of a report that was superseded: no comments, and of examples with a single counted
 * judgment no answer, since their votes would tell it. What else is counted over examples stays.
 */
export function withoutAnswers(data: StudyData): StudyData {
  const counted = new Map<number, number>();
  for (const { item, standing } of data.judgments)
    if (standing === 'counted') counted.set(item, (counted.get(item) ?? 0) + 1);
  return {
    ...data,
    judgments: data.judgments.map((judgment) => ({
      ...judgment,
      ...(counted.get(judgment.item) === 1 ? unanswered : { comment: null }),
    })),
  };
}

/**
 * A report that was superseded: its numbers, without comments and without ratings of single
 * judgments.
 */
export const withoutJudgments = (model: ReportModel): ReportModel => ({
  ...model,
  datasets: model.datasets.map((dataset) => ({
    ...dataset,
    contested: dataset.contested.map((item) => ({ ...item, relevance: [], comments: [] })),
    every: dataset.every.map((item) => (item.judgments > 1 ? item : { ...item, relevance: null })),
  })),
});
