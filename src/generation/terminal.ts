import { count, plural } from '#web/format.js';
import { type Estimate, rangeWords } from './estimate.js';
import type { StageResult } from './generation.js';
import { reasonOf } from './reasons.js';
import type { Summary } from './summary.js';
import { money, stageWord, stateWords } from './words.js';

const inCurrency = (value: number): string => money(value * 1e6);

/** Counts by name, the most first. */
const ranked = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .toSorted((one, other) => other[1] - one[1])
    .map(([name, number]) => `${name} ${count(number)}`)
    .join(', ');

/** What a pipeline will ask and cost, a line each. */
export const estimateLines = ({ remarks, calls, cost, models }: Estimate): string[] => [
  ...remarks,
  `${rangeWords(calls, count)} requests for ${rangeWords(cost, money)}, in the currency of the prices.`,
  ...models.map(
    (one) =>
      `  ${one.model}: ${rangeWords(one.calls, count)} requests; ` +
      `${rangeWords(one.inputTokens, count)} tokens read, ` +
      `${rangeWords(one.outputTokens, count)} written; ${rangeWords(one.cost, money)}`,
  ),
  'From what is asked in any case to what is asked if every answer can be read ' +
    'and nothing is dropped.',
];

/** What a stage came to, a line each. */
function resultLines({
  in: into,
  made,
  out,
  dropped,
  details,
  kept,
  review,
}: StageResult): string[] {
  const lines = [
    [
      ...(into > 0 ? [`${count(into)} came in`] : []),
      ...(made > 0 ? [`${count(made)} made`] : []),
      `${count(out)} go on`,
      ...(Object.keys(dropped).length > 0 ? [`dropped: ${ranked(dropped)}`] : []),
    ].join('; '),
  ];
  if (kept !== null)
    lines.push(
      Object.keys(kept.bySwitch).length === 0
        ? `kept: ${kept.withSwitches.map(count).join(' + ')}; no switch took any, so as the paper`
        : `as the paper: ${kept.asPaper.map(count).join(' + ')}; with the switches: ${kept.withSwitches.map(count).join(' + ')}`,
    );
  if (review !== null) lines.push(`in review: ${ranked(review)}`);
  for (const { reason, detail, count: times } of details) {
    const sentence = reasonOf(reason)?.sentence ?? reason;
    lines.push(`${count(times)} × ${sentence}${detail === sentence ? '' : ` ${detail}`}`);
  }
  return lines;
}

function aheadLine({ ahead: { calls, cost } }: Summary): string {
  if (calls === 0) return 'Nothing more is to be asked.';
  const asked = `At most ${plural(calls, 'request')} to come`;
  return cost === null
    ? `${asked}; what they will cost is not known yet.`
    : `${asked}, for about ${inCurrency(cost.more)} (${inCurrency(cost.low)} to ${inCurrency(cost.high)}).`;
}

/** A generation in one line. */
export function listLine({ id, name, state, stages, spent, budget }: Summary): string {
  const done = stages.filter((stage) => stage.state === 'done').length;
  return `${id}  ${name}, ${stateWords[state].word}: ${done} of ${plural(stages.length, 'stage')} done, ${inCurrency(spent)} of ${inCurrency(budget)} spent`;
}

/** Where a generation stands, a line each. */
export function summaryLines(summary: Summary): string[] {
  const { state, reason, stages, models, budget, spent, reserved } = summary;
  return [
    `${summary.name} (${summary.id}): ${stateWords[state].word}${reason === null ? '' : `. ${reason}`}`,
    ...stages.flatMap((stage) => [
      `  ${stage.number}. ${stageWord(stage.kind)}: ${stage.state}${stage.attempt === 1 ? '' : `, attempt ${stage.attempt}`}`,
      ...(stage.result === null ? [] : resultLines(stage.result)).map((line) => `       ${line}`),
    ]),
    `${inCurrency(spent)} of ${inCurrency(budget)} spent${reserved === 0 ? '' : `, ${inCurrency(reserved)} under way`}. ${aheadLine(summary)}`,
    ...models.map(
      (model) =>
        `  ${model.name}: ${plural(model.calls, 'request')}, ${count(model.answered)} answered${model.refused === 0 ? '' : `, ${count(model.refused)} refused`}${model.lost === 0 ? '' : `, ${count(model.lost)} lost and paid`}; ${count(model.inputTokens)} tokens read, ${count(model.outputTokens)} written; ${inCurrency(model.cost)}`,
    ),
  ];
}
