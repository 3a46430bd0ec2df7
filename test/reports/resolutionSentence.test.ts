import { expect, test } from 'vitest';
import { whatWouldDecide } from '#reports/model/comparison/resolutionSentence.js';
import type { Resolution } from '#reports/model/schema/comparison.js';

const resolution = (doubled: Resolution['doubled']): Resolution => ({
  shares: { examples: 0.5, raters: 0, judgments: 0.5 },
  halfWidth: 0.1,
  doubled,
  needed: { examples: 200, overlap: null, raters: null },
});

test('what would change nothing is not named', () => {
  expect(
    whatWouldDecide(resolution({ examples: 0.07, overlap: 0.09, raters: 0.0999 }), 100),
  ).toMatch(
    / Twice as many examples would narrow the interval most, by 30 %; twice as many judgments for each example by 10 %\.$/,
  );
  expect(whatWouldDecide(resolution({ examples: 0.07, overlap: null, raters: 0.1 }), 100)).toMatch(
    / Twice as many examples would narrow the interval by 30 %\.$/,
  );
  expect(whatWouldDecide(resolution({ examples: 0.1, overlap: 0.1, raters: 0.1 }), 100)).toMatch(
    /chance to decide it\.$/,
  );
});
