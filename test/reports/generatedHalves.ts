import type { DatasetFacts, ItemFacts, JudgmentFacts, StudyData } from '#reports/input/data.js';
import { createRandom, randomNormal } from '#statistics/random.js';
import { sampleExamples } from '#studies/sampling.js';
import { builtData } from './publication/models.js';

export interface Halves {
  readonly candidates?: number;
  readonly kept?: number;
  readonly judgedKept?: number;
  readonly judgedDropped?: number;
  /** False: nobody has judged what was dropped yet. */
  readonly droppedJudged?: boolean;
  readonly seed?: string;
}

export const generatedFacts = {
  generation: 'generation-1',
  publication: 'publication-1',
  purpose: null,
  responsible: null,
  effort: [
    { stage: '1 write', modelCost: 12.5, reviewMinutes: 0 },
    { stage: '2 review', modelCost: 0, reviewMinutes: 45 },
  ],
};

/**
 * A study over what a generation kept and what it dropped: of the candidates the most confident were
 * kept, and three raters who are always right judged a sample of each half. Labels are right as
 * often as gives an area under the ROC curve of .81 over all candidates.
 */
export function generatedHalves({
  candidates = 1500,
  kept = 150,
  judgedKept = 60,
  judgedDropped = 120,
  droppedJudged = true,
  seed = 'halves',
}: Halves = {}): StudyData {
  const random = createRandom(seed);
  const base = builtData({ examples: 1, raters: 3 });
  const [item, judgment, dataset] = [base.items[0], base.judgments[0], base.datasets[0]];
  if (item === undefined || judgment === undefined || dataset === undefined)
    throw new Error('There is nothing to build from.');
  const all = Array.from({ length: candidates }, (_, id) => {
    const right = random() < 0.5;
    const x = randomNormal(random) + (right ? 1.2415 : 0);
    return { id, label: id % 2, right, confidence: 1 / (1 + Math.exp(-1.2415 * (x - 0.62))) };
  }).toSorted((one, other) => other.confidence - one.confidence);
  const rightOf = new Map(all.map(({ id, right }) => [id, right]));
  const items: ItemFacts[] = [];
  const judgments: JudgmentFacts[] = [];
  const datasets: DatasetFacts[] = [];
  for (const part of ['kept', 'dropped'] as const) {
    const members = part === 'kept' ? all.slice(0, kept) : all.slice(kept);
    const size = part === 'kept' ? judgedKept : judgedDropped;
    const { drawn, strata } = sampleExamples(members, { size, seed: `${seed} ${part}`, part });
    const index = datasets.length;
    datasets.push({
      ...dataset,
      id: index + 1,
      publicId: part,
      name: part === 'kept' ? 'kind' : 'kind, dropped',
      sampling: {
        ...dataset.sampling,
        examples: members.length,
        eligible: members.length,
        sampled: drawn.length,
        excludedFindings: [],
        leftOut: [],
      },
      part,
      generated: generatedFacts,
      strata: [...strata],
    });
    for (const [position, candidate] of drawn.entries()) {
      const label = candidate.label ?? 0;
      for (let rater = 0; rater < 3 && (part === 'kept' || droppedJudged); rater += 1)
        judgments.push({
          ...judgment,
          item: items.length,
          rater,
          label: rightOf.get(candidate.id) === true ? label : 1 - label,
          relevance: 4,
          ambiguous: false,
          activeMs: 6000,
          visibleMs: 6000,
        });
      items.push({
        ...item,
        name: `${part}-${candidate.id}`,
        dataset: index,
        line: candidate.id + 1,
        position,
        text: `Example ${candidate.id}`,
        label,
        confidence: candidate.confidence,
        overlap: 3,
      });
    }
  }
  return {
    ...base,
    datasets,
    items,
    judgments,
    texts: { datasets: [null, null], pairs: [] },
  };
}
