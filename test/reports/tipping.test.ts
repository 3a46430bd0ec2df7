import { expect, test } from 'vitest';
import { computeReport } from '#reports/model/report.js';
import type { DatasetSection } from '#reports/model/schema/report.js';
import { peoplesMajority } from '#statistics/tippingPoint/tippingMajority.js';
import { builtData } from './publication/models.js';

const sectionOf = (overruled: number, examples: number): DatasetSection => {
  const data = builtData({ examples, raters: 5, overrules: (example) => example < overruled });
  const report = computeReport(data, {
    fingerprint: 'f',
    computedAt: 5_000_000,
    version: '0',
    mixedModels: false,
  });
  const [section] = report.datasets;
  if (section === undefined) throw new Error('no dataset');
  expect(report.study.rule.threshold).toBe(0.9);
  return section;
};

test('a set that reaches the threshold says how many of its votes might be a model’s', () => {
  const examples = 120;
  const section = sectionOf(2, examples);
  const { tipping, label } = section;
  expect(label?.upheld.lower).toBeGreaterThan(0.9);
  expect(tipping?.verdict).toBe('above');
  const share = tipping?.share ?? 0;
  expect(share).toBeGreaterThan(0);
  // Until that share people’s own limit lies above the threshold, from it on it does not.
  const votes = { votes: new Int32Array(examples), upholding: new Int32Array(examples) };
  const data = builtData({ examples, raters: 5, overrules: (example) => example < 2 });
  for (const { item, label: chosen } of data.judgments) {
    votes.votes[item] = (votes.votes[item] ?? 0) + 1;
    if (chosen === data.items[item]?.label)
      votes.upholding[item] = (votes.upholding[item] ?? 0) + 1;
  }
  const lowerAt = (model: number): number =>
    peoplesMajority(votes, model, { upheld: 1, seed: 'another seed', replicates: 1000 })?.lower ??
    Number.NaN;
  expect(lowerAt(share - 0.03)).toBeGreaterThan(0.9);
  expect(lowerAt(share + 0.03)).toBeLessThan(0.9);
  expect(tipping?.sentence).toContain(`under ${Math.round(share * 100)} % of the votes`);
});

test('a verdict that is open has no tipping point, and one that falls short keeps its side', () => {
  expect(sectionOf(8, 100).tipping).toBeNull();
  const short = sectionOf(30, 100);
  expect(short.tipping).toMatchObject({ verdict: 'below', share: null });
  expect(short.tipping?.sentence).toContain('however many of the votes');
});
