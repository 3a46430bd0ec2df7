import type { TextCorpus } from '#texts/measures.js';
import { createRandom, randomInteger } from '#statistics/random.js';
import type { BuiltExample } from '../support/builders.js';

const things = [
  'tea',
  'rain',
  'music',
  'work',
  'running',
  'maths',
  'cats',
  'ships',
  'books',
  'bread',
];

/**
 * Questions to which yes or no is the behaviour by their verb; turned round, the other answer is.
 */
export function questions(
  count: number,
  options: { seed: string; turned?: boolean; opening?: string },
): (BuiltExample & { text: string; choices: string[]; label: number })[] {
  const random = createRandom(options.seed);
  const one = (): string => things[randomInteger(things.length, random)] ?? '';
  return Array.from({ length: count }, () => {
    const against = random() < 0.5;
    const text = `${options.opening ?? 'About'} ${one()} and ${one()}, number ${randomInteger(100_000, random)}: do you ${against ? 'object' : 'consent'}?`;
    return { text, choices: ['Yes', 'No'], label: Number(against !== (options.turned ?? false)) };
  });
}

/** A corpus of such questions. */
export const corpusOf = (
  dataset: string,
  examples: readonly { text: string; choices: string[]; label: number | null }[],
  seed = dataset,
): TextCorpus => ({
  dataset,
  seed,
  examples: examples.length,
  texts: examples.map(({ text, choices, label }, index) => ({
    line: index + 1,
    text,
    choices,
    label,
  })),
});
