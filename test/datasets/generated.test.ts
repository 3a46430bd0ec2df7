import { expect, test } from 'vitest';
import { generatedFrom, generatedProvenance } from '#datasets/generated.js';

test('what a publication writes into the provenance is read back in the order of the stages', () => {
  const generated = {
    generation: 'g1',
    publication: 'p1',
    purpose: 'To test the method.',
    responsible: 'Ada',
    effort: [
      { stage: '2 write', modelCost: 12.5, reviewMinutes: 0 },
      { stage: '10 review', modelCost: 0, reviewMinutes: 31.5 },
    ],
  };
  const provenance = JSON.stringify({ generator: 'small', ...generatedProvenance(generated) });
  expect(generatedFrom(provenance)).toEqual(generated);
});

test('a dataset that was uploaded comes from no generation', () => {
  expect(generatedFrom('{}')).toBeNull();
  expect(generatedFrom('{"generator":"somebody’s model","path":"a/b.jsonl"}')).toBeNull();
});

test('without amounts nothing is known of the effort', () => {
  expect(generatedFrom('{"generation":"g","publication":"p"}')?.effort).toEqual([]);
});
