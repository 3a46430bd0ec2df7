import { z } from 'zod';
import { ListedItem } from './listedItem.js';

/** What became of the dataset's own label of an item. */
const itemStates = {
  upheld: 'more than half chose the label',
  overruled: 'more than half chose another answer',
  undecided: 'no answer has more than half of the votes',
  unlabelled: 'the item carries no label, or nobody was asked',
  incomplete: 'judgments are missing',
} as const;
export type ItemState = keyof typeof itemStates;

/** Votes, state and `unclear` are null in superseded reports, where one judgment was counted. */
export const EveryItem = ListedItem.extend({
  votes: ListedItem.shape.votes.nullable(),
  state: z
    .enum(Object.keys(itemStates) as [ItemState])
    .nullable()
    .describe(
      Object.entries(itemStates)
        .map(([state, sentence]) => `${state}: ${sentence}`)
        .join('; '),
    ),
  judgments: z.int(),
  unclear: z.int().nullable(),
  relevance: z.number().nullable().describe('Mean of its ratings.'),
});
export type EveryItem = z.output<typeof EveryItem>;
