import * as Plot from '@observablehq/plot';
import { percent, plural } from '#web/format.js';
import type { PairSection } from '../model/schema/report.js';
import type { Marks, Standing } from '../model/schema/texts.js';
import { chart, key, sourceColour, sourceEntries, sourceSymbol } from './chart.js';

interface Mark {
  readonly x: number;
  readonly y: number;
  readonly source: 'generated' | 'human';
  readonly standing: Standing | null;
}

const marksOf = (marks: Marks, source: Mark['source']): Mark[] =>
  marks.lines.map((_, index) => ({
    x: marks.x[index] ?? 0,
    y: marks.y[index] ?? 0,
    source,
    standing: marks.standing[index] ?? null,
  }));

/** How a judged label looks on the map: colour and shape, so that neither stands alone. */
const looks: Record<
  Standing,
  { readonly colour: string; readonly symbol: string; readonly size: number }
> = {
  upheld: { colour: 'var(--good)', symbol: 'circle', size: 3.5 },
  overruled: { colour: 'var(--bad)', symbol: 'times', size: 4.5 },
  undecided: { colour: 'var(--warn)', symbol: 'triangle', size: 4.5 },
};

function draw(
  text: { id: string; title: string; description: string },
  explained: readonly number[],
  marks: Plot.Markish[],
): string {
  const axis = (name: string, component: number): string =>
    `${name} principal component, ${percent(explained[component] ?? 0, 0)} of the variance`;
  const drawn = chart(text, {
    height: 470,
    marginTop: 44,
    marginLeft: 36,
    marginBottom: 40,
    marginRight: 12,
    x: {
      ticks: 0,
      label: axis('first', 0),
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 30,
      inset: 8,
    },
    y: {
      ticks: 0,
      label: axis('second', 1),
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 24,
      inset: 8,
    },
    color: { type: 'identity' },
    symbol: { type: 'identity' },
    marks: [Plot.frame({ stroke: 'var(--line)' }), ...marks],
  });
  // A thousand marks with fifteen digits each would weigh more than the rest of the report.
  return drawn.replaceAll(/(\d\.\d{2})\d+/g, '$1');
}

/** The texts of a pair on a plane, coloured by source. Null where they were not measured. */
export function sourceMap(pair: PairSection, id: string): string | null {
  const map = pair.texts?.map ?? null;
  if (map === null) return null;
  const [generated, human] = [marksOf(map.generated, 'generated'), marksOf(map.human, 'human')];
  // Sources alternate, so that neither lies wholly over the other.
  const marks = [...generated, ...human]
    .map((mark, index) => ({
      mark,
      order:
        index < generated.length
          ? index / generated.length
          : (index - generated.length) / human.length,
    }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ mark }) => mark);
  return draw(
    {
      id,
      title: `Map of the texts by source, ${pair.behaviour}`,
      description: `${plural(generated.length, 'generated text')} as circles and ${plural(human.length, 'human-written text')} as diamonds on their two principal components. The table of clusters says how far the sources lie apart.`,
    },
    map.explained,
    [
      ...key(sourceEntries(['generated', 'human'])),
      Plot.dot(marks, {
        x: 'x',
        y: 'y',
        r: 3,
        fill: ({ source }: Mark) => sourceColour(source),
        fillOpacity: 0.65,
        symbol: ({ source }: Mark) => sourceSymbol(source),
      }),
    ],
  );
}

const standingWords: Record<Standing, string> = {
  upheld: 'label upheld',
  overruled: 'overruled',
  undecided: 'no majority',
};

/** What the marks of the map by label agreement stand for. */
const standingKey: Plot.Markish[] = (['upheld', 'overruled', 'undecided'] as const).flatMap(
  (standing, index) => {
    const { colour, symbol } = looks[standing];
    return [
      Plot.dot([standing], {
        frameAnchor: 'top-left',
        dx: 6 + index * 128,
        dy: -32,
        r: 4.5,
        symbol,
        fill: symbol === 'times' ? 'none' : colour,
        stroke: colour,
        strokeWidth: symbol === 'times' ? 1.8 : 0,
      }),
      Plot.text([standing], {
        frameAnchor: 'top-left',
        textAnchor: 'start',
        lineAnchor: 'middle',
        dx: 18 + index * 128,
        dy: -32,
        text: (known: Standing) => standingWords[known],
        fill: 'var(--ink)',
      }),
    ];
  },
);

/**
 * The same map, coloured by what raters said of the labels. Null where no drawn text was judged by
 * all its raters.
 */
export function agreementMap(pair: PairSection, id: string): string | null {
  const map = pair.texts?.map ?? null;
  if (map === null) return null;
  const all = [...marksOf(map.generated, 'generated'), ...marksOf(map.human, 'human')];
  const judged = (['upheld', 'undecided', 'overruled'] as const).flatMap((standing) =>
    all
      .filter((mark) => mark.standing === standing)
      .map((mark) => ({ ...mark, ...looks[standing] })),
  );
  if (judged.length === 0) return null;
  const number = (standing: Standing): number =>
    judged.filter((mark) => mark.standing === standing).length;
  return draw(
    {
      id,
      title: `Map of the texts by label agreement, ${pair.behaviour}`,
      description: `Of the judged texts on the map the label was upheld in ${number('upheld')} (circles), overruled in ${number('overruled')} (crosses) and undecided in ${number('undecided')} (triangles). Texts that were not judged are faint dots.`,
    },
    map.explained,
    [
      ...standingKey,
      Plot.dot(
        all.filter((mark) => mark.standing === null),
        { x: 'x', y: 'y', r: 2, fill: 'var(--line-strong)', fillOpacity: 0.3 },
      ),
      Plot.dot(judged, {
        x: 'x',
        y: 'y',
        r: 'size',
        fill: ({ symbol, colour }: { symbol: string; colour: string }) =>
          symbol === 'times' ? 'none' : colour,
        stroke: 'colour',
        strokeWidth: ({ symbol }: { symbol: string }) => (symbol === 'times' ? 1.8 : 0),
        symbol: 'symbol',
      }),
    ],
  );
}
