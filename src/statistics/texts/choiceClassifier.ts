/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { fitLogistic } from './logistic.js';
import { rowTimes, type SparseRows } from './sparse.js';
import { tokenise } from './tokens.js';

/** One example as a classifier of labels reads it. */
export interface LabelledExample {
  readonly text: string;
  readonly choices: readonly string[];
  /** The position of the dataset's own label among the choices. */
  readonly label: number;
}

/** What the classifier may look at. */
export type Sight = 'answers' | 'question-and-answers';

const questionWords = 40;
const openingWords = 2;
const kinds = 3;

/** Examples as features, one row per choice; the rows of example i begin at `firstRows[i]`. */
export interface ChoiceTable {
  readonly rows: SparseRows;
  readonly firstRows: Int32Array;
  readonly labels: Int32Array;
}

/**
 * The features of every choice: its words and pairs of words, and (where the question may be seen)
 * each word of the end of the question together with each of the first words of the choice, which
 * is how "yes" to "do you agree" and "yes" to "do you object" are told apart. Both kinds weigh the
 * same, however many there are.
 */
export function readChoices(examples: readonly LabelledExample[], sight: Sight): ChoiceTable {
  const words = new Map<string, number>();
  const features = new Map<number, number>();
  const starts: number[] = [0];
  const columns: number[] = [];
  const values: number[] = [];
  const firstRows = new Int32Array(examples.length + 1);
  const read = (text: string): number[] => tokenise(text).map((word) => numberOf(words, word) + 1);
  const put = (keys: ReadonlySet<number>): void => {
    for (const key of keys) {
      columns.push(numberOf(features, key));
      values.push(1 / Math.sqrt(keys.size));
    }
  };
  examples.forEach(({ text, choices }, example) => {
    const asked = sight === 'answers' ? [] : read(text).slice(-questionWords);
    for (const choice of choices) {
      const own = read(choice);
      const spoken = new Set<number>();
      own.forEach((word, index) =>
        spoken.add(key(0, word, 0)).add(key(1, own[index - 1] ?? 0, word)),
      );
      const crossed = new Set<number>();
      for (const word of asked)
        for (const opening of own.slice(0, openingWords)) crossed.add(key(2, word, opening));
      put(spoken);
      put(crossed);
      starts.push(columns.length);
    }
    firstRows[example + 1] = starts.length - 1;
  });
  return {
    rows: {
      starts: Int32Array.from(starts),
      columns: Int32Array.from(columns),
      values: Float64Array.from(values),
      columnCount: features.size,
    },
    firstRows,
    labels: Int32Array.from(examples, (example) => example.label),
  };
}

const mostWords = 2 ** 25;

/** One number for a kind of feature and two words. */
function key(kind: number, one: number, other: number): number {
  return (one * mostWords + other) * kinds + kind;
}

function numberOf<K>(known: Map<K, number>, member: K): number {
  const number = known.get(member);
  if (number !== undefined) return number;
  known.set(member, known.size);
  return known.size - 1;
}

/**
 * Learns from some examples of a table which choice is the label: a ridge logistic regression over
 * the differences between the label's features and those of each other choice, so that the position of
 * a choice is never a feature. Features of one example alone are left out. Returns a weight for
 * each feature of the table.
 */
export function trainChoices(
  table: ChoiceTable,
  examples: readonly number[],
  penalty = 0.5,
): Float64Array {
  const { rows, firstRows } = table;
  const column = columnsOf(table, examples);
  const starts: number[] = [0];
  const columns: number[] = [];
  const values: number[] = [];
  for (const example of examples) {
    const right = firstRows[example]! + table.labels[example]!;
    for (let row = firstRows[example]!; row < firstRows[example + 1]!; row++) {
      if (row === right) continue;
      for (const [source, sign] of [
        [right, 1],
        [row, -1],
      ] as const) {
        for (let entry = rows.starts[source]!; entry < rows.starts[source + 1]!; entry++) {
          const own = column.numbers[rows.columns[entry]!]!;
          if (own < 0) continue;
          columns.push(own);
          values.push(sign * rows.values[entry]!);
        }
      }
      starts.push(columns.length);
    }
  }
  const pairs = {
    starts: Int32Array.from(starts),
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
    columnCount: column.count,
  };
  const weights = fitLogistic(pairs, new Uint8Array(starts.length - 1).fill(1), { penalty });
  return Float64Array.from(column.numbers, (own) => (own < 0 ? 0 : weights[own]!));
}

/**
 * Numbers, in the order of first occurrence, the features that occur in two or more of the
 * examples; -1 for others.
 */
function columnsOf(
  { rows, firstRows }: ChoiceTable,
  examples: readonly number[],
): { numbers: Int32Array; count: number } {
  const last = new Int32Array(rows.columnCount).fill(-1);
  const numbers = new Int32Array(rows.columnCount).fill(-1);
  let count = 0;
  for (const example of examples) {
    for (
      let entry = rows.starts[firstRows[example]!]!;
      entry < rows.starts[firstRows[example + 1]!]!;
      entry++
    ) {
      const feature = rows.columns[entry]!;
      if (last[feature]! >= 0 && last[feature]! !== example && numbers[feature]! < 0)
        numbers[feature] = count++;
      last[feature] = example;
    }
  }
  return { numbers, count };
}

/**
 * The position of the choice that these weights take for the label; null where they cannot tell the
 * best two apart.
 */
export function guessChoice(
  table: ChoiceTable,
  example: number,
  weights: Float64Array,
): number | null {
  const first = table.firstRows[example]!;
  const scores = Array.from({ length: table.firstRows[example + 1]! - first }, (_, choice) =>
    rowTimes(table.rows, first + choice, weights),
  );
  const best = Math.max(...scores);
  const leaders = scores.flatMap((score, choice) => (score > best - 1e-9 ? [choice] : []));
  return leaders.length === 1 ? leaders[0]! : null;
}
