import type { GateCheck } from './schema/report.js';

/** A check with what came of it. */
export type Tried = Omit<GateCheck, 'passed'>;

/** The check as the report has it: those that failed or lack judgments stop a comparison. */
export const gateCheck = ({ name, state, sentence }: Tried): GateCheck => ({
  name,
  passed: state !== 'failed' && state !== 'waits-for-judgments',
  state,
  sentence,
});
