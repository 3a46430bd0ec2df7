import { count, fixed, plural } from '#web/format.js';
import type { ModelRunState } from '#storage/modelTables.js';
import type { StageKind } from './pipeline.js';

/** What each kind of stage does, as pages call it. */
export const stageWords: Readonly<Record<StageKind, string>> = {
  list: 'Rows of the file',
  write: 'A model writes',
  combine: 'Combined with rows',
  check: 'String checks',
  screen: 'Screening',
  judge: 'Discriminator',
  review: 'Review by people',
  keep: 'Keeping',
};

/** What a kind of stage is called, also where a newer version wrote it. */
export const stageWord = (kind: string): string =>
  Object.entries(stageWords).find(([known]) => known === kind)?.[1] ?? kind;

/** A state of a run: how it is called, what it means, and what to do next. */
interface StateWords {
  readonly word: string;
  readonly sentence: string;
  readonly next: string;
}

/** Every state of a run, as the pages of a generation say it. */
export const stateWords: Readonly<Record<ModelRunState, StateWords>> = {
  waiting: { word: 'waiting', sentence: 'It waits for its turn.', next: 'It begins by itself.' },
  running: {
    word: 'running',
    sentence: 'It is running.',
    next: 'This page may be closed: it goes on.',
  },
  paused: {
    word: 'paused',
    sentence: 'It is paused: no model is asked.',
    next: 'Resume it to go on where it stopped.',
  },
  review: {
    word: 'waits for review',
    sentence: 'It waits for people to review its candidates.',
    next: 'Review them, then let it go on.',
  },
  'out-of-budget': {
    word: 'out of budget',
    sentence: 'The next request could go over the budget. Nothing is lost.',
    next: 'Raise the budget: it goes on where it stopped.',
  },
  done: {
    word: 'done',
    sentence: 'Every stage is done.',
    next: 'Look at the candidates, then ask for publication.',
  },
  failed: {
    word: 'failed',
    sentence: 'It stopped because of a fault.',
    next: 'Remove the cause, then resume it. What was answered is not asked or paid again.',
  },
  cancelled: {
    word: 'cancelled',
    sentence: 'It was cancelled.',
    next: 'What was made can still be looked at. To go on, start a new generation.',
  },
};

/** Where a pipeline leaves nothing that could be published. */
export const deadEndSentence = 'It ended without anything to publish.';

/** What to do where a pipeline leaves nothing that could be published: resuming ends the same way. */
export const deadEndNext =
  'Resuming it ends the same way. Look at what was dropped, then change the pipeline, ' +
  'which makes a new generation, or do a stage again.';

/** Money in millionths of the currency: cents, or as many digits as a small sum needs. */
export function money(micro: number): string {
  const value = micro / 1e6;
  if (value !== 0 && Math.abs(value) < 0.0001) return '< 0.0001';
  const digits = value !== 0 && Math.abs(value) < 1 ? 4 : 2;
  const [whole = '0', rest = ''] = fixed(value, digits).split('.');
  return `${count(Number(whole))}.${rest}`;
}

/** Milliseconds of people at work: minutes, or seconds where it is less than one. */
export const workTime = (ms: number): string =>
  ms < 60_000
    ? plural(Math.round(ms / 1_000), 'second')
    : plural(Math.round(ms / 6_000) / 10, 'minute');
