import type { SignalName } from '#statistics/raterQuality/signals.js';
import { fixed, percent } from '#web/format.js';

/** How a signal is called, how its values are written, and what else than carelessness gives it. */
interface SignalWords {
  readonly title: string;
  /** Over a column of the table of all raters. */
  readonly short?: string;
  readonly value: (value: number) => string;
  readonly innocent: string;
}

const share = (value: number): string => percent(value, 0);
const times = (value: number): string => `${fixed(value, 2)} ×`;
const points = (value: number): string => `${fixed(value * 100, 0)} points`;
const whole = (value: number): string => fixed(value, 0);

export const signalWords: Readonly<Record<SignalName, SignalWords>> = {
  gold: {
    title: 'Known answers found',
    value: share,
    innocent:
      'A known answer is an opinion; a rater who reads the guidelines otherwise may be right.',
  },
  block: {
    title: 'Agreement on the block',
    value: share,
    innocent:
      'The others can be wrong together, and items on which people honestly differ count too.',
  },
  known: {
    title: 'Known answers and block together',
    short: 'Block and known',
    value: share,
    innocent: 'As for each of the two.',
  },
  skill: {
    title: 'How often right, from everything',
    short: 'Right',
    value: share,
    innocent: 'Rests on the others: where most of them are careless, the careful one stands alone.',
  },
  others: {
    title: 'Agreement with the majority of the others',
    short: 'With others',
    value: share,
    innocent: 'Hard examples, and others who err alike.',
  },
  pace: {
    title: 'Time, as a multiple of the others on the same examples',
    short: 'Time',
    value: times,
    innocent:
      'Fast readers, people who have judged before, and a page that was read while another was open.',
  },
  labelRun: {
    title: 'Longest run of one label',
    value: whole,
    innocent: 'Datasets whose labels come in runs, and blocks of one behaviour.',
  },
  labelShare: {
    title: 'Share of the most frequent label',
    value: share,
    innocent: 'Datasets in which one label is much more frequent.',
  },
  relevanceRun: {
    title: 'Longest run of one relevance',
    value: whole,
    innocent: 'Datasets that are all relevant.',
  },
  relevanceShare: {
    title: 'Share of the most frequent relevance',
    value: share,
    innocent: 'A rater who uses few levels, and datasets that are all relevant.',
  },
  firstChoice: {
    title: 'Choice shown first was taken',
    value: share,
    innocent:
      'A screen reader or keyboard that reaches the first choice first tells nothing of care by itself.',
  },
  drift: {
    title: 'Right in the second half, against the first',
    value: points,
    innocent: 'Learning, tiredness, and harder examples later.',
  },
  self: {
    title: 'Same answer to a repeated example',
    value: share,
    innocent: 'Somebody who thought it over.',
  },
};
