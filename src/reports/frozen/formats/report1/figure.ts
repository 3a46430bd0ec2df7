import { z } from 'zod';

export const Figure = z.strictObject({
  value: z.number().nullable(),
  n: z.int(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  level: z.number().nullable(),
  method: z.string().nullable(),
  because: z.string().nullable(),
  seed: z.string().nullable(),
  replicates: z.int().nullable(),
});

export const ListedItem = z.strictObject({
  item: z.string(),
  line: z.int(),
  text: z.string(),
  label: z.string().nullable(),
  votes: z.string(),
});

export const Missing = z.strictObject({ kind: z.literal('missing'), because: z.string() });
