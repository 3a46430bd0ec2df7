/**
 * Names of columns whose meaning is settled, so that a file that uses them need not be asked about.
 * Small and capital letters are one. `docs/admins/datasets.md` lists the same, and a test compares.
 */
export const documentedColumns = {
  text: [
    'question',
    'prompt',
    'text',
    'statement',
    'sentence',
    'input',
    'stem',
    'question_stem',
    'query',
    'messages',
  ],
  list: ['choices', 'options', 'mc1_targets', 'target_scores'],
  /** With a letter or a number from 1 after it, such as `option_a` and `choice1`. */
  group: ['choice', 'option', 'answer'],
  label: [
    'answer',
    'label',
    'answerKey',
    'answer_key',
    'gold',
    'target',
    'correct',
    'correct_answer',
    'ideal',
    'answer_matching_behavior',
  ],
  confidence: ['label_confidence', 'confidence'],
} as const;

/** The columns of a file with one of these names, in the order of the list. */
export const columnsNamed = (names: readonly string[], documented: readonly string[]): string[] =>
  documented.flatMap((name) => names.filter((other) => other.toLowerCase() === name.toLowerCase()));

/** Columns that hold one choice each. */
export interface ColumnGroup {
  readonly columns: readonly string[];
  readonly documented: boolean;
}

/**
 * The groups of columns that look like a choice each: the same word and a letter or number of its
 * own, from A, 0 or 1 on without a gap (`A`, `B`, `C`; `option_a`, `option_b`; `sol1`, `sol2`).
 */
export function columnGroups(names: readonly string[]): ColumnGroup[] {
  const groups = new Map<string, { name: string; place: number; digits: boolean }[]>();
  for (const name of names) {
    const [, prefix, suffix] = /^(.*?)([A-Za-z]|\d{1,2})$/s.exec(name) ?? [];
    if (prefix === undefined || suffix === undefined) continue;
    const digits = /\d/.test(suffix);
    const word = prefix.toLowerCase().replace(/[_ -]+$/, '');
    // “column 1” is what a column without a name is called, and says nothing of what it holds.
    if (digits && (word === '' || word === 'column')) continue;
    const place = digits ? Number(suffix) : suffix.toUpperCase().charCodeAt(0) - 64;
    const key = `${word} ${digits}`;
    groups.set(key, [...(groups.get(key) ?? []), { name, place, digits }]);
  }
  return [...groups].flatMap(([key, members]) => {
    const sorted = members.toSorted((left, right) => left.place - right.place);
    const first = sorted[0];
    if (first === undefined || sorted.length < 2) return [];
    const from = first.place;
    if (from > 1 || (from === 0 && !first.digits)) return [];
    if (sorted.some(({ place }, index) => place !== from + index)) return [];
    const word = key.slice(0, key.lastIndexOf(' '));
    const documented =
      from === 1 && (word === '' || documentedColumns.group.some((name) => name === word));
    return [{ columns: sorted.map(({ name }) => name), documented }];
  });
}
