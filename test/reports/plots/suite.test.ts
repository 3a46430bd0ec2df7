import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { ambiguityBars } from '#reports/plots/ambiguityBars.js';
import { textWidth } from '#reports/plots/chart.js';
import { caterpillarPlot } from '#reports/plots/caterpillarPlot.js';
import { heatStrip } from '#reports/plots/heatStrip.js';
import { pairForest } from '#reports/plots/pairForest.js';
import { overlap } from '#reports/plots/placement.js';
import { scatterLayout, suiteScatter } from '#reports/plots/suiteScatter.js';
import { madeUpRows, suitePlots } from './suite.js';

const textsOf = (svg: string | null): string[] =>
  [...parseHTML(svg ?? '').document.querySelectorAll('text')].map((text) => text.textContent ?? '');
const pairsOf = <Value>(values: readonly Value[]): [Value, Value][] =>
  values.flatMap((one, index) =>
    values.slice(index + 1).map((other): [Value, Value] => [one, other]),
  );

describe.each([4, 30, 154])('the plots of a suite of %i datasets', (size) => {
  const rows = madeUpRows(size);

  test('no label of the scatter covers another or a mark, and every set is named', () => {
    const { height, rows: placed } = scatterLayout(rows);
    expect(placed).toHaveLength(size);
    expect(pairsOf(placed).filter(([one, other]) => overlap(one.spot.box, other.spot.box))).toEqual(
      [],
    );
    const marks = placed.map(({ x, y }) => ({ x: x - 4, y: y - 4, width: 8, height: 8 }));
    expect(placed.filter((row) => marks.some((mark) => overlap(mark, row.spot.box)))).toEqual([]);
    expect(
      placed.filter(
        ({ spot }) =>
          spot.box.width === 0 || spot.box.y < 0 || spot.box.y + spot.box.height > height,
      ),
    ).toEqual([]);
    const texts = textsOf(suiteScatter(rows));
    expect(
      rows
        .filter(
          (row) =>
            !texts.some(
              (text) =>
                text === row.name || (text.endsWith('…') && row.name.startsWith(text.slice(0, -1))),
            ),
        )
        .map((row) => row.name),
    ).toEqual([]);
    expect(placed.flatMap((row) => row.number ?? []).toSorted((one, other) => one - other)).toEqual(
      placed.filter((row) => row.number !== null).map((_, index) => index + 1),
    );
  });

  test('a set has a row of its own even where another has its name', () => {
    const twice = [...rows, ...rows];
    expect(
      textsOf(caterpillarPlot(twice, 0.9)).filter((text) => text === rows[0]?.name),
    ).toHaveLength(2);
    expect(textsOf(ambiguityBars(twice)).filter((text) => text === rows[0]?.name)).toHaveLength(2);
  });

  test('the same rows give the same drawing', () => {
    expect(suitePlots(rows)).toEqual(suitePlots(madeUpRows(size)));
  });
});

test('the caterpillar starts with the lowest set, and says so where the others are left out', () => {
  const rows = madeUpRows(154);
  const lowest = rows.toSorted((one, other) => one.value - other.value).slice(0, 10);
  const svg = caterpillarPlot(rows, 0.9, 10) ?? '';
  expect(svg).toContain('the lowest 10 of 154 datasets');
  expect(textsOf(svg).filter((text) => rows.some((row) => row.name === text))).toEqual(
    lowest.map((row) => row.name),
  );
});

test('names of rows fit beside their axis, and keep the end that tells sets apart', () => {
  const name = 'Maximizing-human-well-being-over-following-instructions-MMMMWWWW';
  const names = ['generated', 'human-written'].map((source) => `${name}, ${source}`);
  const strip = heatStrip(
    names.map((title, index) => ({
      name: title,
      source: index === 0 ? ('generated' as const) : ('human' as const),
      cells: [0.9],
    })),
    [{ title: 'upheld', from: 0, to: 1, digits: 1, percent: true, higherIsBetter: true }],
  );
  const bars = ambiguityBars(names.map((title) => ({ name: title, counts: [1, 2] })));
  const rows = madeUpRows(2).map((row, index) => ({ ...row, name: names[index] ?? '' }));
  for (const svg of [strip, bars, caterpillarPlot(rows, 0.9)]) {
    const drawn = textsOf(svg).filter((text) => text.startsWith('Maximizing'));
    expect(drawn).toHaveLength(2);
    for (const text of drawn) {
      expect(textWidth(text, 13)).toBeLessThanOrEqual(328);
      expect(text).toMatch(/…[\w-]*MMWWWW, (generated|human-written)( ◆)?$/);
    }
  }
});

test('the heat strip carries every value as text and states its scales', () => {
  const svg = heatStrip(
    [{ name: 'one', source: 'human', cells: [0.925, null] }],
    [
      { title: 'upheld', from: 0.8, to: 1, digits: 1, percent: true, higherIsBetter: true },
      { title: 'duplicates', from: 0, to: 20, digits: 0, percent: false, higherIsBetter: false },
    ],
  );
  const texts = textsOf(svg);
  for (const text of ['92.5', '–', '80.0', '100.0', '20', 'upheld, %', 'duplicates', 'one ◆'])
    expect(texts).toContain(text);
});

test('the forest prints each difference with its interval in the unit of the measure', () => {
  const svg = pairForest(
    [{ name: 'one', value: -0.031, lower: -0.08, upper: 0.02, adjusted: 0.0004 }],
    {
      measure: 'label-votes',
      title: 'Label agreement',
      heading: 'Label agreement',
      better: 'right',
      margin: 0.05,
      unit: 'points',
      stamp: '',
    },
  );
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['−3.1 [−8.0, 2.0]', '< .001']));
  expect(svg).toContain('suite-forest-label-votes-title');
});

test('nothing to draw gives no plot', () => {
  expect([
    caterpillarPlot([], 0.9),
    heatStrip([], []),
    ambiguityBars([]),
    ambiguityBars([{ name: 'one', counts: [4] }]),
    suiteScatter(madeUpRows(1)),
    pairForest([], {
      measure: 'relevance',
      title: '',
      heading: 'Label agreement',
      better: 'right',
      margin: null,
      unit: 'scale',
      stamp: '',
    }),
  ]).toEqual([null, null, null, null, null, null]);
});
