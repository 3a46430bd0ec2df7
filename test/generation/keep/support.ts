import type { Row, Settings } from '#generation/keep/rule.js';

const off: Settings['switches'] = {
  likelihood: null,
  mass: null,
  findings: [],
  nearDuplicates: null,
  quota: null,
};

/** Settings of a rule, without switches where nothing is said. */
export const settingsWith = (
  changes: Partial<Omit<Settings, 'switches'>> & { switches?: Partial<Settings['switches']> } = {},
): Settings => ({
  top: null,
  half: true,
  per: null,
  balance: true,
  ...changes,
  switches: { ...off, ...changes.switches },
});

/** A row that nothing takes by itself. */
export const rowWith = (changes: Partial<Row> = {}): Row => ({
  label: 0,
  group: null,
  mean: 0.9,
  tie: changes.text ?? '',
  text: '',
  likelihood: -1,
  mass: 1,
  finding: null,
  ...changes,
});
