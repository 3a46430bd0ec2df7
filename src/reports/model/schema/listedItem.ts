import { z } from 'zod';

/** An item as lists of the report name it; its text is cut, the files have it in full. */
export const ListedItem = z.strictObject({
  item: z.string(),
  line: z.int(),
  text: z.string(),
  label: z.string().nullable().describe('Key of the dataset’s own label.'),
  votes: z.string().describe('Votes for each choice in their original order.'),
});
export type ListedItem = z.output<typeof ListedItem>;
