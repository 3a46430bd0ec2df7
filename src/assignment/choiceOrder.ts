import { z } from 'zod';
import { createRandom, shuffle } from '#statistics/random.js';
import { readJson } from '#storage/json.js';

/** Position on the screen → index of the original choice. */
export const ChoiceOrder = z.array(z.int().min(0));

/**
 * The order in which this rater sees this item's choices: a seeded shuffle of their own, or the
 * canonical order.
 */
export const choiceOrderFor = (options: {
  choices: number;
  shuffled: boolean;
  seed: string;
}): number[] => {
  const canonical = Array.from({ length: options.choices }, (_, index) => index);
  return options.shuffled ? shuffle(canonical, createRandom(options.seed)) : canonical;
};

export const readChoiceOrder = (text: string): number[] =>
  readJson(ChoiceOrder, text, 'choice_order');
