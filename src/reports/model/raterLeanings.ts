import { grouped } from '#statistics/groupedBy.js';
import { raterDifferences } from '#statistics/raterLeaning.js';
import { joinedVotes } from '#statistics/votes.js';
import type { StudyData } from '../input/data.js';
import { measuresOf } from './comparison/measures.js';
import { comparedArms, type PairOfSets } from './pairSection.js';
import type { PairSection, RaterSection } from './schema/report.js';

type Leanings = RaterSection['leanings'];

/**
 * What each rater said of generated minus human-written examples, over the pairs that were
 * compared, by the rater's index in the study. A set that stands in several pairs counts once.
 */
export function leaningsOfRaters(
  data: StudyData,
  paired: readonly PairOfSets[],
  sections: readonly PairSection[],
): Map<number, Leanings> {
  const { agreementMargin, relevanceMargin } = data.study.rule;
  const [seenGenerated, seenHuman] = [new Set<number>(), new Set<number>()];
  const measured = paired.flatMap((pair, index) => {
    if (sections[index]?.comparable !== true) return [];
    const { generated, human } = comparedArms(data, pair);
    const fresh = {
      generated: !seenGenerated.has(pair.generated),
      human: !seenHuman.has(pair.human),
    };
    seenGenerated.add(pair.generated);
    seenHuman.add(pair.human);
    return measuresOf(generated, human, {
      agreement: agreementMargin,
      relevance: relevanceMargin,
    }).map((measure) => ({ ...measure, fresh }));
  });
  const leanings = new Map<number, Leanings>();
  for (const [measure, known] of grouped(measured, (one) => one.measure)) {
    const generated = joinedVotes(
      known.flatMap((one) => (one.fresh.generated ? [one.generated] : [])),
    );
    const human = joinedVotes(known.flatMap((one) => (one.fresh.human ? [one.human] : [])));
    for (const { rater, value, first, second } of raterDifferences(generated, human))
      leanings.set(rater, [
        ...(leanings.get(rater) ?? []),
        {
          measure,
          unit: known[0]?.unit ?? 'points',
          difference: value,
          generated: first,
          human: second,
        },
      ]);
  }
  return leanings;
}
