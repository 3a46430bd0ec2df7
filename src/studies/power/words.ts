import { count, percent, plural } from '#web/format.js';
import { powerGoals, type PowerAnswer, type PowerFigure, type PowerGoalName } from './schema.js';

type Goal = PowerAnswer['goals'][number];
type Smallest = Goal['smallest'][number];

/** 0.05 → "5 points". */
export const pointsOf = (share: number): string => `${Number((share * 100).toFixed(2))} points`;
const widthWords = (name: PowerGoalName, value: number, digits: number): string =>
  name === 'half-width'
    ? `± ${Number((value * 100).toFixed(digits))} points`
    : `± ${value.toFixed(2)}`;
const isWidth = (name: PowerGoalName): boolean =>
  name === 'half-width' || name === 'relevance-half-width';

/** A chance as a whole number of per cent; never certain, as simulation cannot tell. */
export const chanceWords = (value: number): string =>
  value > 0.995 ? 'over 99 %' : value < 0.005 ? 'under 1 %' : percent(value, 0);

const valueWords = (name: PowerGoalName, { value, because }: PowerFigure): string =>
  value === null
    ? `nothing (${because ?? ''})`
    : isWidth(name)
      ? widthWords(name, value, 1)
      : chanceWords(value);

/** What is shown where a goal is reached, as the end of a sentence. */
const shown: Readonly<Record<PowerGoalName, (wanted: string) => string>> = {
  'not-worse': (wanted) =>
    `that the generated set is not worse by more than ${wanted} of label agreement, if both sets are alike`,
  difference: (wanted) =>
    `that the sets differ, if label agreement of the generated one is ${wanted} lower`,
  'half-width': (wanted) => `the share of labels upheld within ${wanted}`,
  threshold: (wanted) => `that the labels upheld reach ${wanted}`,
  'relevance-not-worse': (wanted) =>
    `that the generated set is not worse by more than ${wanted} of relevance, if both sets are alike`,
  'relevance-difference': (wanted) =>
    `that the sets differ, if relevance of the generated one is ${wanted} lower`,
  'relevance-half-width': (wanted) => `mean relevance within ${wanted}`,
};

/** What is wanted, in the unit of the goal. */
export function wantedWords({ name, wanted }: Pick<Goal, 'name' | 'wanted'>): string {
  if (isWidth(name)) return widthWords(name, wanted, 2);
  if (name === 'threshold') return `${Number((wanted * 100).toFixed(2))} %`;
  return name.startsWith('relevance') ? String(wanted) : pointsOf(wanted);
}

/** A goal in a few words, as the head of a row. */
export const goalWords = (goal: Pick<Goal, 'name' | 'wanted'>): string => {
  const words = shown[goal.name](wantedWords(goal));
  return `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`;
};

const why = (name: PowerGoalName): string =>
  name === 'threshold'
    ? ' What is expected lies too close to the threshold.'
    : ' More raters may help where more examples do not.';

/** One goal as a sentence: how many examples it takes, and what the present number gives. */
export function goalSentence(answer: PowerAnswer, goal: Goal): string {
  const { examples, power, available, most } = answer;
  const found = goal.smallest.find(({ overlap }) => overlap === answer.overlap);
  if (found === undefined) throw new Error(`no size for ${powerGoals[goal.name]}`);
  const [of, each, difference] = answer.pair
    ? [' of each kind', ' of each', 'the difference']
    : answer.datasets > 1
      ? [' from each dataset', ' from each', 'this']
      : ['', '', 'this'];
  const judged = `${plural(answer.overlap, 'judgment')} each`;
  const chance = isWidth(goal.name) ? '' : ` with ${percent(power, 0)} probability`;
  const show = shown[goal.name](wantedWords(goal));
  if (found.most.value === null)
    return `Nothing can be said about ${difference} with ${plural(answer.raters, 'rater')}: ${found.most.because ?? ''}.`;
  const now = `with the ${count(examples)} you have now it is ${valueWords(goal.name, found.now)}`;
  if (found.examples === null)
    return `Not even ${count(most)} examples${of} with ${judged} show${chance} ${show}: it is ${valueWords(goal.name, found.most)} then, and ${now}.${why(goal.name)}`;
  const few =
    available !== null && found.examples > available
      ? ` Only ${count(available)} can be sampled${each}.`
      : '';
  return `About ${count(found.examples)} examples${of} with ${judged} show${chance} ${show}; ${now}.${few}`;
}

/** A cell of the table of sizes: how many examples for a goal, and at what cost. */
export const smallestWords = (
  { examples, judgments, most }: Smallest,
  mostTried: number,
): { examples: string; judgments: string } =>
  examples === null
    ? { examples: most.value === null ? '–' : `over ${count(mostTried)}`, judgments: '' }
    : { examples: count(examples), judgments: plural(judgments ?? 0, 'judgment') };

/** How exact the simulation is, said once: 95 % of its error where that is largest. */
export function simulationWords({ runs, seed, goals, overlap, rows }: PowerAnswer): string {
  const widths = rows.flatMap((row) => [
    row.upheld_half_width,
    row.votes_half_width,
    row.relevance_half_width,
  ]);
  const widest = Math.max(
    0,
    ...widths.map((width) => (width?.value ? (1.96 * (width.error ?? 0)) / width.value : 0)),
  );
  const between = goals[0]?.smallest.find((size) => size.overlap === overlap)?.between ?? null;
  const range =
    between === null || between[0] === between[1]
      ? ''
      : ` The number of examples in the first sentence may be anything from ${count(between[0])} to ${between[1] === null ? 'more than was tried' : count(between[1])} for that reason.`;
  return `From ${count(runs)} simulated studies of each size (seed ${seed}): a probability is exact within ${Math.ceil(196 * Math.sqrt(0.25 / runs))} points, a half-width within ${Math.ceil(100 * widest)} % of itself.${range}`;
}
