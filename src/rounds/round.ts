import type { RoundData } from './input.js';
import { compareRound } from './compare.js';
import { proposeRound } from './propose.js';
import type { Round } from './schema.js';

/** Whether raters who were simulated gave judgments that count. */
const simulatedIn = ({ study, dataset }: RoundData): boolean =>
  study.judgments.some(
    ({ item, rater, standing }) =>
      standing === 'counted' &&
      study.items[item]?.dataset === dataset &&
      study.raters[rater]?.origin === 'simulated',
  );

/** Compares the prompts of a generation by what raters upheld, and proposes the next round. */
export function roundOf(data: RoundData): Round {
  const { generation, pipeline, candidates, study, dataset } = data;
  const facts = study.datasets[dataset];
  const compared = compareRound(data);
  const simulated = simulatedIn(data);
  return {
    generation: { id: generation.publicId, name: generation.name },
    study: { id: study.study.publicId, title: study.study.title, state: study.study.state },
    dataset: {
      id: facts?.publicId ?? '',
      name: facts?.name ?? '',
      version: facts?.version ?? 0,
    },
    simulated,
    ...compared,
    proposal: proposeRound({
      pipeline,
      candidates,
      stages: compared.stages,
      interim: compared.interim,
      simulated,
      study: study.study.publicId,
    }),
  };
}
