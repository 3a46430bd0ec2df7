import { expect } from 'vitest';
import { mostChoices } from '#datasets/examples/mapping.js';
import { misfits } from '#reports/frozen/indexes.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { onceTest } from '../support/database.js';
import { plantedData } from './planted.js';

onceTest(
  'a report over examples with as many choices as an import takes, and none over more',
  () => {
    const data = plantedData({ examples: 30, choices: () => mostChoices, accuracy: [1, 1, 1, 1] });
    expect([...misfits({ data, corpora: [] })]).toEqual([]);
    const { datasets } = ReportModel.parse(
      computeReport(data, {
        fingerprint: 'f',
        computedAt: 5_000_000,
        version: '0',
        mixedModels: false,
      }),
    );
    expect(datasets[0]).toMatchObject({ items: 30, complete: 30, judgments: { counted: 90 } });
    const more = plantedData({ examples: 1, choices: () => mostChoices + 1 });
    expect([...misfits({ data: more, corpora: [] })].map(({ message }) => message)).toEqual([
      'there are 27; an example has at most 26',
    ]);
  },
);
