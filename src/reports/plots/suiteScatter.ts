import * as Plot from '@observablehq/plot';
import type { ReportModel } from '../model/schema/report.js';
import {
  chart,
  key,
  shortName,
  sourceColour,
  sourceEntries,
  sourceSymbol,
  textWidth,
} from './chart.js';
import { type Box, type Spot, spotBeside, spotNear } from './placement.js';

/** One dataset: its share of labels upheld (0 to 1) and its mean relevance (1 to 5). */
export interface ScatterRow {
  readonly name: string;
  readonly source: 'generated' | 'human';
  readonly agreement: number;
  readonly relevance: number;
}

/**
 * A dataset's mark in pixels, with its name beside it or, where there is no room, a number that the
 * list below explains.
 */
export interface PlacedRow extends ScatterRow {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly number: number | null;
  readonly spot: Spot;
}

const width = 760;
const margin = { top: 48, right: 30, bottom: 48, left: 52 };
const fontSize = 13;
const lineHeight = 15;
const numberSize = 10;
const keyLine = 18;
const keyColumns = 2;
const markRadius = 5;

interface Layout {
  readonly height: number;
  readonly domains: {
    readonly x: readonly [number, number];
    readonly y: readonly [number, number];
  };
  readonly rows: readonly PlacedRow[];
}

/**
 * Where marks and labels of a scatter stand: no label covers another label or a mark. The same rows
 * give the same spots.
 */
export function scatterLayout(given: readonly ScatterRow[]): Layout {
  const many = given.length > 24;
  const height = many ? 620 : 400;
  const least = Math.min(80, ...given.map((row) => row.agreement * 100));
  const means = given.map((row) => row.relevance);
  // Many marks get all the room that there is; few are seen on the whole scale.
  const quarter = (edge: number, round: (value: number) => number): number => round(edge * 4) / 4;
  const domains: Layout['domains'] = {
    x: [Math.max(0, Math.floor(least / 10) * 10 - 2), 102],
    y: many
      ? [
          Math.max(1, quarter(Math.min(4, ...means) - 0.05, Math.floor)),
          Math.min(5, quarter(Math.max(...means) + 0.05, Math.ceil)),
        ]
      : [1, 5],
  };
  const frame: Box = {
    x: margin.left,
    y: margin.top - 12,
    width: width - margin.left - 4,
    height: height - margin.top - margin.bottom + 12,
  };
  const marks = given.map((row, index) => ({
    row,
    index,
    x:
      margin.left +
      ((row.agreement * 100 - domains.x[0]) / (domains.x[1] - domains.x[0])) *
        (width - margin.left - margin.right),
    y:
      height -
      margin.bottom -
      ((row.relevance - domains.y[0]) / (domains.y[1] - domains.y[0])) *
        (height - margin.top - margin.bottom),
  }));
  const taken: Box[] = marks.map(({ x, y }) => ({
    x: x - markRadius - 1,
    y: y - markRadius - 1,
    width: 2 * markRadius + 2,
    height: 2 * markRadius + 2,
  }));
  const near = (mark: { x: number; y: number }): number =>
    marks.filter((other) => Math.hypot((other.x - mark.x) / 3, other.y - mark.y) < 30).length;
  const lonelyFirst = marks
    .map((mark) => ({ ...mark, crowd: near(mark) }))
    .toSorted((one, other) => one.crowd - other.crowd || one.index - other.index);
  const spots = new Map<number, Spot>();
  for (const mark of lonelyFirst) {
    const spot = spotBeside(
      mark,
      { width: textWidth(shortName(mark.row.name, 44), fontSize), height: lineHeight },
      frame,
      taken,
    );
    if (spot === null) continue;
    spots.set(mark.index, spot);
    taken.push(spot.box);
  }
  const unnamed = marks
    .filter((mark) => !spots.has(mark.index))
    .toSorted((one, other) =>
      one.row.name < other.row.name
        ? -1
        : one.row.name > other.row.name
          ? 1
          : one.index - other.index,
    );
  const numbers = new Map(unnamed.map((mark, index) => [mark.index, index + 1]));
  for (const mark of lonelyFirst) {
    const number = numbers.get(mark.index);
    if (number === undefined) continue;
    const size = { width: textWidth(String(number), numberSize) + 2, height: 11 };
    const spot = spotNear(mark, size, frame, taken) ?? {
      anchor: 'middle',
      x: mark.x,
      y: mark.y,
      box: { x: mark.x, y: mark.y, width: 0, height: 0 },
    };
    spots.set(mark.index, spot);
    taken.push(spot.box);
  }
  const rows = marks.flatMap(({ row, index, x, y }) => {
    const spot = spots.get(index);
    const number = numbers.get(index) ?? null;
    return spot === undefined
      ? []
      : [
          {
            ...row,
            x,
            y,
            number,
            text: number === null ? shortName(row.name, 44) : String(number),
            spot,
          },
        ];
  });
  return { height, domains, rows };
}

/**
 * Mean relevance against labels upheld, every dataset named: beside its mark, or by number in a
 * list below. Null for fewer than two rows.
 */
export function suiteScatter(given: readonly ScatterRow[]): string | null {
  if (given.length < 2) return null;
  const { height, domains, rows } = scatterLayout(given);
  const listed = rows
    .filter((row) => row.number !== null)
    .toSorted((one, other) => (one.number ?? 0) - (other.number ?? 0));
  const perColumn = Math.ceil(listed.length / keyColumns);
  const keyHeight = listed.length === 0 ? 0 : perColumn * keyLine + 14;
  const columnWidth = (width - 8) / keyColumns;
  const across = (pixels: number): number =>
    domains.x[0] +
    ((pixels - margin.left) / (width - margin.left - margin.right)) * (domains.x[1] - domains.x[0]);
  const up = (pixels: number): number =>
    domains.y[0] +
    ((height - margin.bottom - pixels) / (height - margin.top - margin.bottom)) *
      (domains.y[1] - domains.y[0]);
  const labels = (anchor: Spot['anchor'], numbered: boolean): Plot.Markish =>
    Plot.text(
      rows.filter((row) => row.spot.anchor === anchor && (row.number !== null) === numbered),
      {
        x: (row: PlacedRow) => across(row.spot.x),
        y: (row: PlacedRow) => up(row.spot.y),
        text: 'text',
        textAnchor: anchor,
        lineAnchor: 'middle',
        fontSize: numbered ? numberSize : fontSize,
        fill: 'var(--ink)',
      },
    );
  return chart(
    {
      id: 'scatter-plot',
      title: 'Relevance against label agreement',
      description: `One mark a dataset. ${given.map((row) => `${row.name}: labels upheld ${(row.agreement * 100).toFixed(1)} %, relevance ${row.relevance.toFixed(2)}`).join('. ')}.`,
    },
    {
      width,
      height: height + keyHeight,
      marginTop: margin.top,
      marginRight: margin.right,
      marginBottom: margin.bottom + keyHeight,
      marginLeft: margin.left,
      grid: true,
      x: { domain: [...domains.x], label: 'labels upheld, %', labelOffset: 42, ticks: 6 },
      y: { domain: [...domains.y], label: 'mean relevance', ticks: 5 },
      color: { type: 'identity' },
      symbol: { type: 'identity' },
      marks: [
        ...key(sourceEntries(rows.map((row) => row.source)), 140),
        Plot.link(
          rows.filter(
            (row) => row.number !== null && Math.hypot(row.spot.x - row.x, row.spot.y - row.y) > 16,
          ),
          {
            x1: (row: PlacedRow) => across(row.x),
            y1: (row: PlacedRow) => up(row.y),
            x2: (row: PlacedRow) => across(row.spot.x),
            y2: (row: PlacedRow) => up(row.spot.y),
            stroke: 'var(--line-strong)',
            strokeWidth: 0.6,
          },
        ),
        Plot.dot(rows, {
          x: (row: PlacedRow) => row.agreement * 100,
          y: 'relevance',
          r: markRadius,
          fill: (row: PlacedRow) => sourceColour(row.source),
          symbol: (row: PlacedRow) => sourceSymbol(row.source),
        }),
        labels('start', false),
        labels('end', false),
        labels('middle', false),
        labels('middle', true),
        ...listed.flatMap((row, index) => {
          const [dx, dy] = [
            -margin.left + 8 + Math.floor(index / perColumn) * columnWidth,
            margin.bottom + 14 + (index % perColumn) * keyLine,
          ];
          return [
            Plot.text([String(row.number)], {
              frameAnchor: 'bottom-left',
              textAnchor: 'end',
              lineAnchor: 'middle',
              dx: dx + 22,
              dy,
              text: (number: string) => number,
              fill: 'var(--ink-soft)',
            }),
            Plot.dot([row], {
              frameAnchor: 'bottom-left',
              dx: dx + 34,
              dy,
              r: 4,
              fill: sourceColour(row.source),
              symbol: sourceSymbol(row.source),
            }),
            Plot.text([shortName(row.name, 46)], {
              frameAnchor: 'bottom-left',
              textAnchor: 'start',
              lineAnchor: 'middle',
              dx: dx + 44,
              dy,
              text: (name: string) => name,
              fill: 'var(--ink)',
            }),
          ];
        }),
      ],
    },
  );
}

/**
 * The scatter of a report's datasets that have both numbers, without those whose labels raters
 * overruled: a share far from all others would press these into one corner.
 */
export const scatterPlot = (model: ReportModel): string | null =>
  suiteScatter(
    model.datasets.flatMap((dataset) => {
      if (dataset.turnedRound) return [];
      const agreement = dataset.label?.upheld.value ?? null;
      const relevance = dataset.relevance?.mean.value ?? null;
      return agreement === null || relevance === null
        ? []
        : [{ name: dataset.title, source: dataset.source, agreement, relevance }];
    }),
  );
