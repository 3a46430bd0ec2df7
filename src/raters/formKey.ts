import { z } from 'zod';

/**
 * The key that a rater's form is made with: the form sent again has it again, and stores nothing
 * more.
 */
export const formKey = z.string('is missing: open the page again').min(8).max(80);
