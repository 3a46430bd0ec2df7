import { Problem } from '#web/problem.js';

/** The problem of a file or an option that cannot be used, in a sentence, with what to do. */
export const refused = (code: string, title: string, advice = ''): Problem =>
  new Problem(422, code, title, advice);
