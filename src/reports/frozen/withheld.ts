import type { JudgmentFacts, StudyData } from '../input/data.js';
import type { ConsensusSection } from '../model/schema/consensus.js';
import type { EveryItem } from '../model/schema/everyItem.js';
import type { ListedItem } from '../model/schema/listedItem.js';
import type { MeasuredItems } from '../model/schema/measuredItems.js';
import type { DatasetSection, PairSection, ReportModel } from '../model/schema/report.js';
import type { TextsMap } from '../model/schema/texts.js';
import { textsMap } from '../model/textsMap.js';
import type { ReadReport } from './formats/formats.js';

const unanswered = {
  label: null,
  ambiguous: null,
  relevance: null,
  others: {},
  comment: null,
} as const satisfies Partial<JudgmentFacts>;

/**
 * A study's data without what was answered in judgments that no number rests on (surplus, or
 * blanked): their rows stay and are counted. Answers of excluded raters stay, since the report says
 * what would be found with them, and how often those raters are with the others; their comments go.
 * So a frozen report holds answers of those alone whom it used.
 */
export const usedAnswers = (data: StudyData): StudyData => ({
  ...data,
  judgments: data.judgments.map((judgment) => {
    if (judgment.standing === 'counted') return judgment;
    return judgment.standing === 'excluded'
      ? { ...judgment, comment: null }
      : { ...judgment, ...unanswered };
  }),
});

/** Pseudonyms of those whose answers or skips the data of a frozen report holds. */
export const ratersHeld = (data: StudyData): string[] => [
  ...new Set(
    [
      ...data.judgments.filter(({ standing }) => standing === 'counted' || standing === 'excluded'),
      ...(data.unanswered ?? []),
    ].flatMap(({ rater }) => data.raters[rater]?.pseudonym ?? []),
  ),
];

/** The number of counted judgments of each item, by its index. */
function countedOf({ judgments }: StudyData): Map<number, number> {
  const counted = new Map<number, number>();
  for (const { item, standing } of judgments)
    if (standing === 'counted') counted.set(item, (counted.get(item) ?? 0) + 1);
  return counted;
}

/**
 * The data of a report that was superseded: no comments, and of examples with a single counted
 * judgment no answer, since their votes would tell it. What else is counted over examples stays.
 */
export function withoutAnswers(data: StudyData): StudyData {
  const counted = countedOf(data);
  return {
    ...data,
    unanswered: null,
    judgments: data.judgments.map((judgment) => ({
      ...judgment,
      ...(counted.get(judgment.item) === 1 ? unanswered : { comment: null }),
    })),
  };
}

/** The map of a pair, drawn from answers that are still given out. */
function mapWithout(pair: PairSection, data: StudyData): TextsMap | null {
  const indexOf = (id: string): number =>
    data.datasets.findIndex(({ publicId }) => publicId === id);
  const [generated, human] = [indexOf(pair.generated), indexOf(pair.human)];
  const map = data.texts.pairs.find(
    (measured) => measured.generated === generated && measured.human === human,
  )?.measure.map;
  const clusters = pair.texts?.map?.clusters;
  return map === undefined || map === null || clusters === undefined
    ? null
    : textsMap(withoutAnswers(data), { generated, human }, map, clusters.length);
}

const unsaid = {
  votes: null,
  state: null,
  unclear: null,
  relevance: null,
} as const satisfies Partial<EveryItem>;

/**
 * The numbers of a report that was superseded, without what tells of a single judgment: comments
 * and ratings, and of examples with one counted judgment their votes and what follows from them.
 * Lists that are ordered by such votes leave these examples out.
 */
export function withoutJudgments({ model, data }: ReadReport): ReportModel {
  const counted = countedOf(data);
  const alone = new Set(
    data.items.flatMap(({ name }, index) => (counted.get(index) === 1 ? [name] : [])),
  );
  const without = <I extends ListedItem>(items: readonly I[]): I[] =>
    items.filter(({ item }) => !alone.has(item));
  const measured = (section: MeasuredItems): MeasuredItems => ({
    ...section,
    hardest: without(section.hardest),
    faults: {
      ...section.faults,
      items: without(section.faults.items),
      untested: without(section.faults.untested),
    },
    suspects:
      section.suspects.kind === 'missing'
        ? section.suspects
        : { ...section.suspects, items: without(section.suspects.items) },
    next: { ...section.next, items: without(section.next.items) },
  });
  const consensus = (section: ConsensusSection): ConsensusSection => ({
    ...section,
    differing: { ...section.differing, items: without(section.differing.items) },
  });
  const ofOne = new Set(
    data.items.flatMap(({ dataset }, index) =>
      counted.get(index) === 1 ? (data.datasets[dataset]?.publicId ?? []) : [],
    ),
  );
  // Every point of the curve is one example more, and goes up where its label was upheld.
  const confidence = (section: DatasetSection['confidence']): DatasetSection['confidence'] =>
    section.kind !== 'weighted' || !section.parts.some(({ dataset }) => ofOne.has(dataset))
      ? section
      : {
          ...section,
          strata: section.strata.filter(({ judged }) => judged !== 1),
          roc: section.roc === null ? null : { ...section.roc, curve: [] },
        };
  return {
    ...model,
    pairs: model.pairs.map((pair) => ({
      ...pair,
      texts: pair.texts === null ? null : { ...pair.texts, map: mapWithout(pair, data) },
    })),
    datasets: model.datasets.map((dataset) => ({
      ...dataset,
      consensus:
        dataset.consensus.kind === 'missing' ? dataset.consensus : consensus(dataset.consensus),
      confidence: confidence(dataset.confidence),
      measured: dataset.measured.kind === 'missing' ? dataset.measured : measured(dataset.measured),
      contested: dataset.contested.map((item) => ({ ...item, relevance: [], comments: [] })),
      every: dataset.every.map((item) => (alone.has(item.item) ? { ...item, ...unsaid } : item)),
    })),
  };
}
