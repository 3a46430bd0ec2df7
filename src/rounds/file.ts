import type { Proposal, Round } from './schema.js';

/** What a proposal changes and why, a line each, as it is kept with the generation that follows. */
export const changesText = ({ changes, notes }: Proposal): string =>
  [...changes.map(({ what, why }) => `${what} ${why}`), ...notes]
    .map((line) => line.replace(/\s+/g, ' '))
    .join('\n');

/** A line of YAML that says nothing to a program: no character that ends it, or that YAML refuses. */
const comment = (line: string): string => `# ${line.replace(/[^\P{C} ]|[\u2028\u2029]/gu, ' ')}`;

/** The proposed pipeline as a file, headed by what was changed and why. */
export const fileWithChanges = ({ generation, study, proposal }: Round): string =>
  [
    comment(`The next round of ${generation.name} (${generation.id}), after ${study.title}.`),
    ...changesText(proposal).split('\n').map(comment),
    proposal.file,
  ].join('\n');
