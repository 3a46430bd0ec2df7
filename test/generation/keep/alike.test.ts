import { expect, test } from 'vitest';
import { overQuota } from '#generation/keep/alike.js';

test('clusters of many texts are found by some of them, and hold all', () => {
  const topics = ['garden flowers trees soil', 'engines wheels motors roads'];
  const rows = Array.from({ length: 4_400 }, (_, index) => ({
    label: null,
    topic: index % 2,
    text: `${topics[index % 2]} ${index % 97} ${index % 89}`,
  }));
  const gone = new Set(overQuota(rows, { clusters: 2, most: 3 }, 'a'));
  const left = rows.filter((row) => !gone.has(row));
  expect(left).toEqual(rows.slice(0, 6));
});
