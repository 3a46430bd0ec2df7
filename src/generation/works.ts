import { RunStopped } from '#models/asking.js';
import { checkStage } from './checkStage.js';
import { judge } from './judge.js';
import { keep } from './keep/keep.js';
import type { StageKind } from './pipeline.js';
import { screen } from './screen.js';
import type { StageWork } from './stages.js';
import { combineStage } from './write/combine.js';
import { listStage } from './write/list.js';
import { writeStage } from './write/write.js';

/** The work of a stage at which people read: the run stops here until somebody lets it go on. */
const reviewStage: StageWork<'review'> = ({ stage, candidates }) => {
  throw new RunStopped(
    'review',
    `People read what came into stage ${stage.position + 1}: ${candidates.length} candidates.`,
  );
};

/** The work of each kind of stage. */
export const works: { readonly [K in StageKind]: StageWork<K> } = {
  list: listStage,
  write: writeStage,
  combine: combineStage,
  check: checkStage,
  screen,
  judge,
  review: reviewStage,
  keep,
};
