import { fixed, percent } from '#web/format.js';
import { Problem, type FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { requireStudy } from '../study.js';
import { askPower, nothingToSimulate } from './asking.js';
import { enteredFrom, fieldsFor, readEntered } from './entered.js';
import type { PowerFieldName } from './fields.js';
import { pilotStudies } from './pilot.js';
import { type PowerQuestion, questionOfStudy } from './question.js';
import type { PowerAnswer, PowerAssumed, PowerFigure, PowerOutcome, PowerRow } from './schema.js';
import {
  chanceWords,
  goalSentence,
  goalWords,
  pointsOf,
  simulationWords,
  smallestWords,
} from './words.js';

const points = ({ value }: PowerFigure): string =>
  value === null ? '–' : `± ${(value * 100).toFixed(1)}`;
const onScale = ({ value }: PowerFigure): string => (value === null ? '–' : `± ${fixed(value)}`);
const chance = ({ value }: PowerFigure): string => (value === null ? '–' : chanceWords(value));

type Column = {
  readonly head: string;
  readonly part: Exclude<keyof PowerRow, 'examples' | 'overlap' | 'judgments'>;
  readonly cell: (figure: PowerFigure) => string;
};

/**
 * The columns of the large table by what raters are asked; those that a study does not ask about
 * are left out.
 */
const columns: Readonly<
  Record<'labels' | 'relevance', { readonly title: string; readonly columns: readonly Column[] }>
> = {
  labels: {
    title: 'Labels',
    columns: [
      { head: 'Upheld, points', part: 'upheld_half_width', cell: points },
      { head: 'By vote, points', part: 'votes_half_width', cell: points },
      { head: 'Reach the threshold', part: 'reaches_threshold', cell: chance },
      { head: 'Not worse', part: 'not_worse', cell: chance },
      { head: 'Difference found', part: 'difference', cell: chance },
    ],
  },
  relevance: {
    title: 'Relevance',
    columns: [
      { head: 'Mean', part: 'relevance_half_width', cell: onScale },
      { head: 'Not worse', part: 'relevance_not_worse', cell: chance },
      { head: 'Difference found', part: 'relevance_difference', cell: chance },
    ],
  },
};

const verdictColumns = [
  ['better', 'better'],
  ['not-worse', 'not worse'],
  ['equivalent', 'equivalent'],
  ['undecided', 'undecided'],
  ['worse', 'worse'],
] as const;

function truthWords({ measure, difference }: PowerOutcome): string {
  const what = measure === 'labels' ? 'Label agreement' : 'Relevance';
  return difference === 0
    ? `${what}: both alike`
    : `${what}: generated ${measure === 'labels' ? pointsOf(-difference) : fixed(-difference, 2)} lower`;
}

function assumedWords(assumed: PowerAssumed, measure: 'labels' | 'relevance'): string {
  const { pilot, because } = assumed;
  const what =
    measure === 'labels'
      ? `${percent(assumed.mean)} of the judgments choose the label`
      : `relevance is ${fixed(assumed.mean)} on average`;
  const leaning =
    assumed.leaning > 0.0005
      ? `, ${percent(assumed.leaning, 0)} from raters’ leanings to one source`
      : '';
  const from =
    pilot !== null
      ? `learnt from ${pilot.judgments.toLocaleString('en-GB')} judgments of ${pilot.examples.toLocaleString('en-GB')} examples by ${pilot.raters} raters`
      : because === null
        ? 'assumed'
        : `assumed, as the pilot says nothing about it: ${because}`;
  return `${what}; of the variance of one judgment ${percent(assumed.item, 0)} comes from examples, ${percent(assumed.rater, 0)} from raters${leaning} (${from}).`;
}

const answerPage = (answer: PowerAnswer) => {
  const overlaps = [...new Set(answer.rows.map((row) => row.overlap))];
  const measures = [columns.labels, columns.relevance]
    .map(({ title, columns: all }) => ({
      title,
      columns: all.filter(({ part }) => answer.rows.some((row) => row[part] !== null)),
    }))
    .filter((measure) => measure.columns.length > 0);
  const shownColumns = measures.flatMap((measure) => measure.columns);
  return {
    sentences: answer.goals.slice(0, 2).map((goal) => goalSentence(answer, goal)),
    overlap: answer.overlap,
    overlaps,
    goals: answer.goals.map((goal) => ({
      words: goalWords(goal),
      sizes: goal.smallest.map((size) => ({
        ...smallestWords(size, answer.most),
        chosen: size.overlap === answer.overlap,
      })),
    })),
    measures: measures.map((measure) => ({
      title: measure.title,
      heads: measure.columns.map(({ head }) => head),
    })),
    columns: shownColumns.length,
    available:
      answer.available !== null && answer.rows.some((row) => row.examples > (answer.available ?? 0))
        ? answer.available
        : null,
    groups: overlaps.map((overlap) => ({
      overlap,
      rows: answer.rows
        .filter((row) => row.overlap === overlap)
        .map((row) => ({
          examples: row.examples,
          judgments: row.judgments,
          chosen: row.overlap === answer.overlap && row.examples === answer.examples,
          cells: shownColumns.map(({ part, cell }) => (row[part] === null ? '–' : cell(row[part]))),
        })),
    })),
    examples: answer.examples,
    pair: answer.pair,
    verdicts: verdictColumns.map(([, title]) => title),
    outcomes: answer.outcomes.map((outcome) => ({
      truth: truthWords(outcome),
      because: outcome.because,
      chances:
        outcome.verdicts === null
          ? []
          : verdictColumns.map(([name]) =>
              outcome.verdicts === null ? '–' : chance(outcome.verdicts[name]),
            ),
    })),
    assumed: (['labels', 'relevance'] as const).flatMap((measure) =>
      answer.assumed[measure] === null ? [] : [assumedWords(answer.assumed[measure], measure)],
    ),
    raters: answer.raters,
    busiest: answer.busiest,
    power: percent(answer.power, 0),
    simulation: simulationWords(answer),
  };
};

/** What the fields that may stay empty mean then. */
const emptyWords = ({ asks, pair }: PowerQuestion): string =>
  [
    ...(asks.labels
      ? [
          'Left empty, the share of judgments that choose the label is as in the pilot, or 95 % without one.',
        ]
      : []),
    ...(pair
      ? [
          'Leaning is the part of raters’ differences that depends on whether a text is generated: as in the pilot, or none; more examples do not make up for it.',
        ]
      : []),
  ].join(' ');

const assumptions: ReadonlySet<string> = new Set<PowerFieldName>([
  'overlap',
  'raters',
  'rate',
  'leaning',
]);

/** GET /studies/:study/power: how many examples a draft needs for what it should show. */
export const showPower: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  if (study.state !== 'draft') {
    response.redirect(303, `/studies/${study.public_id}`);
    return;
  }
  const question = await questionOfStudy(db, study);
  const entered = enteredFrom(request.query, question);
  const read = readEntered(entered, question);
  const simulated = question.asks.labels || question.asks.relevance;
  let faults: readonly FieldFault[] = 'faults' in read ? read.faults : [];
  let answer: PowerAnswer | null = null;
  if ('given' in read && simulated) {
    try {
      answer = await askPower(application, study, read.given);
    } catch (error) {
      if (!(error instanceof Problem) || error.faults.length === 0) throw error;
      faults = error.faults;
    }
  }
  const fields = fieldsFor(question).map(({ name, label }) => ({
    name,
    label,
    value: entered[name] ?? '',
    wanted: !assumptions.has(name),
  }));
  renderPage(request, response, application, {
    view: 'studies/power',
    shell: {
      layout: 'staff',
      title: `How many examples? ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      id: study.public_id,
      title: study.title,
      faults,
      wanted: fields.filter((field) => field.wanted),
      assumptions: fields.filter((field) => !field.wanted),
      emptyWords: emptyWords(question),
      pilot: entered['pilot'] ?? '',
      pilots: await pilotStudies(db, study.id),
      nothing: simulated ? null : nothingToSimulate,
      answer: answer === null ? null : answerPage(answer),
    },
  });
};
