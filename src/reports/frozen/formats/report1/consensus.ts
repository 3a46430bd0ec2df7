import { z } from 'zod';
import { Figure, ListedItem, Missing } from './figure.js';

const WholeSet = z.strictObject({
  kind: z.literal('whole-set'),
  plain: Figure,
  powered: Figure,
  lambda: z.number(),
  undrawn: z.int(),
  narrower: z.number(),
});

export const ConfidenceSection = z.strictObject({
  kind: z.literal('confidence'),
  sentence: z.string(),
  items: z.int(),
  least: z.number(),
  most: z.number(),
  restricted: z.boolean(),
  bins: z.array(
    z.strictObject({ from: z.number(), to: z.number(), mean: z.number(), upheld: Figure }),
  ),
  brier: Figure,
  parts: z
    .strictObject({ reliability: z.number(), resolution: z.number(), uncertainty: z.number() })
    .nullable(),
  calibrationError: Figure,
  byChance: z.strictObject({ mean: z.number(), upper: z.number() }).nullable(),
  auroc: Figure,
  filter: z.array(
    z.strictObject({
      kept: z.number(),
      items: z.int(),
      least: z.number(),
      upheld: Figure,
      relevance: Figure.nullable(),
    }),
  ),
  wholeSet: z.discriminatedUnion('kind', [WholeSet, Missing]),
  ceilings: z.strictObject({
    human: Figure,
    discriminator: z.number(),
    examples: z.int(),
  }),
});

const Group = z.strictObject({
  choices: z.int(),
  items: z.int(),
  iterations: z.int(),
  converged: z.boolean(),
});

const JudgedRater = z.strictObject({
  pseudonym: z.string(),
  judgments: z.int(),
  accuracy: Figure,
  right: z.array(
    z.strictObject({
      value: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
    }),
  ),
  confusion: z.array(z.array(z.number())),
  leniency: z.number().nullable(),
  lapses: z.number().nullable(),
});

export const ConsensusSection = z.strictObject({
  kind: z.literal('consensus'),
  sentence: z.string(),
  groups: z.array(Group),
  labels: z.strictObject({ items: z.int(), majority: Figure, consensus: Figure }).nullable(),
  meanPosterior: z.number(),
  open: z.int(),
  differing: z.strictObject({
    all: z.int(),
    items: z.array(
      ListedItem.extend({
        majority: z.string().nullable(),
        consensus: z.string().nullable(),
        probability: z.number(),
      }),
    ),
  }),
  keys: z.array(z.string()),
  raters: z.strictObject({ all: z.int(), rows: z.array(JudgedRater) }),
  relevance: z
    .strictObject({
      mean: z.number(),
      plain: z.number(),
      items: z.int(),
      high: z.int(),
      iterations: z.int(),
      converged: z.boolean(),
    })
    .nullable(),
});
