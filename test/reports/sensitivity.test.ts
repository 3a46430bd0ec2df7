import { expect, test } from 'vitest';
import { type Figure, figure } from '#figure.js';
import type { StudyData } from '#reports/input/data.js';
import { oppositeSentence } from '#reports/model/comparison/opposite.js';
import type { PairSection } from '#reports/model/schema/report.js';
import { pageLinks, renderPart } from '#reports/pages/render.js';
import { undefinedBecause } from '#statistics/estimate.js';
import { readConfig } from '../../src/config.js';
import { differenceOf, pairOf, reportOf } from './pairs.js';
import { plantedPair } from './plantedPair.js';

/** A pair whose rater 0 answers every generated example wrongly, with this standing. */
const against = (data: StudyData, standing: 'counted' | 'excluded'): PairSection =>
  pairOf(
    reportOf({
      ...data,
      judgments: data.judgments.map((judgment) => {
        const item = data.items[judgment.item];
        if (judgment.rater !== 0 || item === undefined) return judgment;
        const generated = data.datasets[item.dataset]?.source === 'generated';
        const label = generated ? 1 - (item.label ?? 0) : item.label;
        return { ...judgment, label, standing };
      }),
    }),
  );

test('where majority and votes point opposite ways, a sentence says why', () => {
  const said = (
    votes: number | null,
    majority: number | null,
    overComplete: number | null = votes,
  ): string => {
    const of = (value: number | null): Figure => ({
      ...figure(undefinedBecause('no-data')),
      value,
    });
    return oppositeSentence(
      { difference: of(votes) },
      majority === null ? null : of(majority),
      overComplete,
    );
  };
  expect(said(-0.025, 0.05)).toMatch(
    /^ By majority it is the other way round, with 5\.0 points more labels upheld in the generated set.* 2\.5 points lower for the generated set\.$/,
  );
  expect(said(0.025, -0.05)).toMatch(/5\.0 points fewer .* 2\.5 points higher/);
  // Over the complete examples, of which alone there is a majority, the votes do not oppose it.
  expect(said(-0.055, 0.02, 0.009)).toMatch(
    /^ By majority it is the other way round, with 2\.0 points more .* since by majority only complete examples count, over which the votes differ by \+0\.9 points; .* 5\.5 points lower for the generated set\.$/,
  );
  expect(said(-0.055, 0.02, 0.009)).not.toContain('alike whether all its raters agree');
  for (const [votes, majority] of [
    [0.02, 0.05],
    [0, 0.05],
    [-4e-16, 0.05],
    [-0.055, 0.0007],
    [null, 0.05],
    [-0.02, null],
  ] as const)
    expect(said(votes, majority)).toBe('');
});

test('the report says how far a verdict rests on single raters, and on exclusions', () => {
  const data = plantedPair({ examples: 200, raters: 8, seed: 'people' });
  const report = reportOf(data);
  const [labels] = pairOf(report).sensitivity;
  expect(labels?.measure).toBe('label-votes');
  expect(labels?.withExcluded).toBeNull();
  const { value } = differenceOf(pairOf(report), 'label-votes').difference;
  expect(labels?.withoutOne?.raters).toBe(8);
  expect(labels?.withoutOne?.lowest).toBeLessThan(value ?? NaN);
  expect(labels?.withoutOne?.highest).toBeGreaterThan(value ?? NaN);
  expect(labels?.sentences[0]).toMatch(
    /^Whichever of 8 raters is left out, the generated set is [\d.]+.* points (worse|better) in label agreement/,
  );
  expect(
    renderPart(
      readConfig({ NODE_ENV: 'test' }),
      report,
      { kind: 'pair', id: pairOf(report).generated },
      pageLinks('/report'),
    ),
  ).toContain('Does it rest on single people?');

  // One rater, who called every example of the generated set wrong, is excluded, or counts.
  const [without, counting] = [against(data, 'excluded'), against(data, 'counted')];
  const excluded = without.sensitivity[0]?.withExcluded;
  expect(excluded?.difference.value).toBeCloseTo(
    differenceOf(counting, 'label-votes').difference.value ?? NaN,
    12,
  );
  expect(excluded?.verdict).toBe(differenceOf(counting, 'label-votes').verdict);
  expect(without.sensitivity[0]?.sentences[1]).toMatch(
    /^With the \d+ judgments of one excluded rater the judgments fit anything from [\d.]+ .* worse .* in label agreement/,
  );
  const alone = counting.sensitivity[0]?.withoutOne;
  expect(alone?.highest).toBeCloseTo(
    differenceOf(without, 'label-votes').difference.value ?? NaN,
    12,
  );
  expect(alone?.otherwise.reduce((sum, { raters }) => sum + raters, 0)).toBeGreaterThan(0);
  expect(counting.sensitivity[0]?.sentences[0]).toMatch(
    /rests on single raters: without one of them it would be “/,
  );
});

test('what is said stays only where the same is said, not where the verdict has the same name', () => {
  // Raters uphold fewer generated labels, with the margin open either way.
  const data = plantedPair({
    examples: 100,
    raters: 8,
    seed: 'stays 3',
    generated: { wrong: 0.11 },
    human: { wrong: 0.05 },
  });
  const pair = pairOf(reportOf(data));
  const labels = differenceOf(pair, 'label-votes');
  expect(labels.verdict).toBe('undecided');
  expect(labels.difference.upper).toBeLessThan(0);
  const [sensitivity] = pair.sensitivity;
  const others = sensitivity?.withoutOne?.otherwise ?? [];
  expect(others).toContainEqual(expect.objectContaining({ verdict: 'undecided', lower: false }));
  expect(sensitivity?.sentences[0]).not.toContain('stays');
  expect(sensitivity?.sentences[0]).toContain('“open at a margin of 5 points”');
});
