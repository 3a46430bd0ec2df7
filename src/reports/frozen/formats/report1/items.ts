import { z } from 'zod';
import { Figure, ListedItem, Missing } from './figure.js';

export const EveryItem = ListedItem.extend({
  state: z.enum(['upheld', 'overruled', 'undecided', 'unlabelled', 'incomplete']),
  judgments: z.int(),
  unclear: z.int(),
  relevance: z.number().nullable(),
});

const Hardest = ListedItem.extend({
  difficulty: z.number(),
  discrimination: z.number().nullable(),
  withoutDiscrimination: z.string().nullable(),
  entropy: z.number(),
});

const Doubted = ListedItem.extend({
  mostFrequent: z.string().nullable(),
  best: z.string().nullable(),
});

const Suspect = ListedItem.extend({
  suggestion: z.string().nullable(),
  probability: z.number(),
  byRatersAlone: z.number(),
});

const Suspects = z.strictObject({
  kind: z.literal('suspects'),
  sentence: z.string(),
  labelled: z.int(),
  expectedWrong: z.number(),
  probablyWrong: z.int(),
  reliability: z.number(),
  items: z.array(Suspect),
});

export const MeasuredItems = z.strictObject({
  kind: z.literal('items'),
  sentence: z.string(),
  twice: z.int(),
  unanimous: Figure,
  meanDifficulty: z.number().nullable(),
  hardest: z.array(Hardest),
  faults: z.strictObject({
    sentence: z.string(),
    tested: z.int(),
    expectedByChance: z.number(),
    items: z.array(Doubted.extend({ discrimination: z.number(), p: z.number() })),
    untested: z.array(Doubted),
  }),
  suspects: z.discriminatedUnion('kind', [Suspects, Missing]),
  next: z.strictObject({
    sentence: z.string(),
    doubt: z.number().nullable(),
    information: z.number().nullable(),
    items: z.array(ListedItem.extend({ doubt: z.number(), information: z.number() })),
  }),
});
