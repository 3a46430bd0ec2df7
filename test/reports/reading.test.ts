import { expect, test } from 'vitest';
import { pageLinks, renderPart, renderReportFile } from '#reports/pages/render.js';
import { readConfig } from '../../src/config.js';
import { reportOf } from './pairs.js';
import { sideBySide } from './planted.js';
import { plantedPair } from './plantedPair.js';

test('what the tables of a dataset mean is said once, and each dataset leads there', () => {
  const model = reportOf(
    sideBySide([0, 1].map((index) => plantedPair({ examples: 20, seed: `reading ${index}` }))),
  );
  const config = readConfig({ NODE_ENV: 'test' });
  const file = renderReportFile(config, model).replaceAll(/\s+/g, ' ');
  for (const words of [
    'Difficulty: the share of pairs of raters',
    'one more witness, as reliable as',
    'limits of the beta posterior, which take the answers as known',
    'as the main table',
    'one more judgment by a rater like the others',
  ])
    expect([words, file.split(words).length - 1]).toEqual([words, 1]);
  expect(file.split('id="reading"')).toHaveLength(2);
  const part = (known: Parameters<typeof renderPart>[2]): string =>
    renderPart(config, model, known, pageLinks('/report')) ?? '';
  expect(part({ kind: 'overview' })).toContain('id="reading"');
  const page = part({ kind: 'dataset', id: model.datasets[0]?.id ?? '' });
  expect(page).toContain('href="/report#reading"');
  expect(page).not.toContain('beta posterior');
});
