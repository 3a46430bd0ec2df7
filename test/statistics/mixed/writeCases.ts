/**
 * Writes the votes of each case for reference.R:
 *   node .build/test/statistics/mixed/writeCases.js FOLDER
 *   Rscript test/statistics/mixed/reference.R FOLDER test/statistics/mixed/reference.json
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, itemCases } from './cases.js';
import { seededStudy } from './simulation.js';

const folder = process.argv[2] ?? '';
mkdirSync(folder, { recursive: true });
const studies = [
  ...Object.entries(cases).map(([name, { study, leanings }]) => ({
    name,
    study,
    kind: leanings ? 'leanings' : 'plain',
  })),
  ...Object.entries(itemCases).map(([name, study]) => ({ name, study, kind: 'items' })),
];
for (const { name, study, kind } of studies) {
  const rows = seededStudy(study, name).flatMap((votes, arm) =>
    [...votes.values].map((value, vote) =>
      [`${arm}-${votes.items[vote]}`, votes.raters[vote], arm === 0 ? 0.5 : -0.5, value, kind].join(
        ',',
      ),
    ),
  );
  writeFileSync(join(folder, `${name}.csv`), `item,rater,z,value,kind\n${rows.join('\n')}\n`);
}
