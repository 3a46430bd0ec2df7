import type { Row } from './cells.js';
import { parseChoices } from './choices.js';
import { columnGroups, columnsNamed, documentedColumns } from './columns.js';
import { addLabels, type Doubts, type Draft, quoted } from './draft.js';
import { choicesIn, holdsText, isCut, whyNoChoices } from './holds.js';
import { likeLabel } from './labelColumn.js';
import { mappedText } from './mapped.js';
import { type BlockStyle, blockStyles, type Choices, mostChoices } from './mapping.js';
import { LabelReadings } from './readings.js';

/** The style of the lettered block that every text has; undefined where there is none. */
export function blockStyle(
  rows: readonly Row[],
  draft: Pick<Draft, 'text' | 'textAs'>,
): BlockStyle | undefined {
  const texts = rows.map((row) => mappedText(row, { ...draft, choices: { kind: 'yes-no' } }) ?? '');
  return texts.length === 0
    ? undefined
    : blockStyles.find((style) => texts.every((text) => parseChoices(text, style) !== undefined));
}

/** Why the options of a column cannot be read, in a sentence that names it. */
export const notUnderstood = (rows: readonly Row[], column: string): string =>
  `The options of column “${column}” are not understood. ${whyNoChoices(rows, column)}`;

const preference =
  /^(?:response|completion|output|reply|candidate|model|assistant)s?[_ -]?(?:a|b|0|1|2)$/i;

/** Two columns called answer, with nothing else of that name beside them. */
function answerPair(names: readonly string[]): string[] {
  const answers = names.filter((name) => /^answer[_ -]?(?:[a-z]|\d)$/i.test(name));
  const isPair = answers.every((name) => /(?:a|b|0|1|2)$/i.test(name));
  return answers.length === 2 && isPair ? answers : [];
}

/**
 * The columns of a file that compares two answers, which is no question with choices. Two columns
 * called answer are compared where a column says which is better, or where the text is what a model
 * was asked (a prompt, messages).
 */
const comparedAnswers = (names: readonly string[], text: string): string[] => {
  const chosen = names.filter((name) => /^(?:chosen|rejected)$/i.test(name));
  const pair = names.filter((name) => preference.test(name));
  const compared =
    /^(?:prompt|messages|instruction)$/i.test(text) ||
    names.some((name) => /^(?:winner|preferred|preference|better)$/i.test(name));
  if (chosen.length === 2) return chosen;
  return pair.length === 2 ? pair : compared ? answerPair(names) : [];
};

/**
 * Where the choices stand: in columns of documented names, in a block inside the text, or, which is
 * a doubt, wherever a column can be read so; Yes and No where there are none.
 */
export function choicesOf(
  rows: readonly Row[],
  names: readonly string[],
  draft: Pick<Draft, 'text' | 'textAs'>,
  doubts: Doubts,
): Choices {
  const compared = comparedAnswers(names, draft.text);
  if (compared.length > 0)
    doubts.refusal = `Its rows are pairs of answers of which one was preferred (${compared.join(', ')}), not questions with choices. Assay has no such sets yet.`;
  const groups = columnGroups(names.filter((name) => name !== draft.text));
  const lists = columnsNamed(names, documentedColumns.list).filter((name) => name !== draft.text);
  const read = lists.flatMap((name) => choicesIn(rows, name) ?? []);
  const documented: Choices[] = [
    ...read,
    ...groups.flatMap((group): Choices[] =>
      group.documented ? [{ kind: 'columns', columns: [...group.columns] }] : [],
    ),
  ];
  if (documented.length > 1) doubts.reasons.push('Choices stand in more than one place.');
  const [first] = documented;
  if (first !== undefined) {
    const pair = answerPair(names);
    if (
      first.kind === 'columns' &&
      pair.length > 0 &&
      pair.every((name) => first.columns.includes(name))
    )
      doubts.reasons.push(
        `${quoted(pair)} may be two answers that were compared, rather than choices.`,
      );
    if (isCut(first))
      doubts.reasons.push('The choices of a row stand in one text, and have to be cut out of it.');
    return first;
  }
  const [unread] = lists;
  if (unread !== undefined) doubts.refusal ??= notUnderstood(rows, unread);
  const style = blockStyle(rows, draft);
  if (style !== undefined) return { kind: 'block', style };
  const named = names.filter((name) => name !== draft.text && !lists.includes(name));
  const like = /choice|option|answers|endings|candidate|alternative|target|score/i;
  const [found] = named
    .toSorted((one, other) => Number(like.test(other)) - Number(like.test(one)))
    .flatMap((name) => choicesIn(rows, name) ?? [])
    .filter((choices) => !isCut(choices));
  const group = groups.find(({ columns }) => columns.every((name) => holdsText(rows, name)));
  const guessed: Choices | undefined =
    found ?? (group === undefined ? undefined : { kind: 'columns', columns: [...group.columns] });
  if (guessed === undefined)
    return unnamedColumns(rows, names, draft, doubts) ?? { kind: 'yes-no' };
  doubts.reasons.push('No column has a name that says that it holds choices.');
  return guessed;
}

/**
 * Columns of text that nothing else names, where every label of a file names one of them and some
 * label the last; undefined where there are none, or where the labels are Yes and No.
 */
function unnamedColumns(
  rows: readonly Row[],
  names: readonly string[],
  draft: Pick<Draft, 'text' | 'textAs'>,
  doubts: Doubts,
): Choices | undefined {
  const label =
    columnsNamed(names, documentedColumns.label)[0] ?? names.find((name) => likeLabel.test(name));
  const columns = names.filter(
    (name) => name !== draft.text && name !== label && holdsText(rows, name),
  );
  if (label === undefined || columns.length < 2 || columns.length > mostChoices) return undefined;
  const read = (choices: Choices): LabelReadings => {
    const readings = new LabelReadings(choices, {});
    addLabels(readings, rows, { ...draft, choices, label, confidence: null });
    return readings;
  };
  const choices: Choices = { kind: 'columns', columns };
  const readings = read(choices);
  const fits = readings.labels > 0 && readings.decide(true).share === 1;
  if (!fits || !readings.namesLast || read({ kind: 'yes-no' }).decide(true).share === 1)
    return undefined;
  doubts.reasons.push(
    `No column has a name that says that it holds choices; ${quoted(columns)} could each hold one.`,
  );
  return choices;
}
