import { z } from 'zod';

/** The path of every operation on one generation. */
export const GenerationParams = z.object({
  generation: z.string().describe('Public id of the generation.'),
});
