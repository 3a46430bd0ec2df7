import type { ChoicesAndLabel } from './balance.js';
import { type Duplicates, membersOf } from './duplicates.js';
import { normalisedText, tokenise } from './tokens.js';

/** What one label says: its choice among the choices of its row, in each spelling and by words. */
interface Meaning {
  readonly key: string;
  readonly spelt: readonly { readonly label: string; readonly choices: string }[];
  readonly label: ReadonlySet<string>;
  readonly others: readonly ReadonlySet<string>[];
}

/** Choices as they are written, and without regard to case and Unicode form. */
const spellings: readonly ((choice: string) => string)[] = [
  (choice) => choice.trim().replaceAll(/\s+/g, ' '),
  (choice) => choice.normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' '),
];

/** What two rows have in common that offer the same choices, in any order. */
const offered = (choices: readonly string[], spell: (choice: string) => string): string =>
  JSON.stringify(choices.map(spell).toSorted());

/** Whether every example offers the same choices, in whatever order and spelling. */
export const sameChoices = (examples: readonly Pick<ChoicesAndLabel, 'choices'>[]): boolean =>
  new Set(examples.map(({ choices }) => offered(choices, normalisedText))).size < 2;

/**
 * Groups of repeated texts in which two texts that repeat each other have labels that mean
 * different choices; texts without a label do not count. Labels are compared by the choice that is
 * meant. Where two rows offer the same choices, in whatever order, their labels are compared by
 * their characters (then without regard to case), so that “3.5” differs from “5.3”. Where they
 * spell, punctuate or word them differently, two labels contradict each other where each of them
 * has more words in common with another choice of the other row than with its label. Where two
 * near-duplicates offer the same choices (Yes and No), what a label means lies in the question, and
 * one “not” turns it round: they are compared only where their questions have the same words in the
 * same order.
 */
export function contradictoryGroups(
  { exact, near, groups }: Pick<Duplicates, 'exact' | 'near' | 'groups'>,
  examples: readonly (ChoicesAndLabel & { readonly text: string })[],
): number[][] {
  const choicesOf = examples.map(({ choices }) => offered(choices, normalisedText));
  const questionOf = (index: number): string => normalisedText(examples[index]?.text ?? '');
  const meanings = examples.map(meaningOf);
  const copies = new Map(exact.map((indexes) => [indexes[0], indexes]));
  const meaningsOf = (index: number): Meaning[] => [
    ...new Map(
      (copies.get(index) ?? [index]).flatMap((copy) => {
        const meaning = meanings[copy] ?? null;
        return meaning === null ? [] : [[meaning.key, meaning] as const];
      }),
    ).values(),
  ];
  const found = new Set<number | undefined>();
  const compare = (one: number, other: number): void => {
    if (found.has(groups[one])) return;
    const others = meaningsOf(other);
    if (meaningsOf(one).some((meaning) => others.some((each) => contradict(meaning, each))))
      found.add(groups[one]);
  };
  for (const [first = 0] of exact) compare(first, first);
  for (const { first, second } of near)
    if (choicesOf[first] !== choicesOf[second] || questionOf(first) === questionOf(second))
      compare(first, second);
  return membersOf(groups).filter(([first = 0]) => found.has(groups[first]));
}

function meaningOf({ choices, label }: ChoicesAndLabel): Meaning | null {
  const chosen = label === null ? undefined : choices[label];
  if (chosen === undefined) return null;
  const spelt = spellings.map((spell) => ({
    label: spell(chosen),
    choices: offered(choices, spell),
  }));
  return {
    key: JSON.stringify(spelt[0]),
    spelt,
    label: wordsOf(chosen),
    others: choices.filter((_, index) => index !== label).map(wordsOf),
  };
}

/** The different words of a choice; where it has none, its characters as one. */
function wordsOf(choice: string): ReadonlySet<string> {
  const words = tokenise(choice);
  return new Set(words.length > 0 ? words : [normalisedText(choice)]);
}

function contradict(one: Meaning, other: Meaning): boolean {
  for (const [index, { label, choices }] of one.spelt.entries())
    if (choices === other.spelt[index]?.choices) return label !== other.spelt[index]?.label;
  const alike = overlap(one.label, other.label);
  return (
    other.others.some((choice) => overlap(one.label, choice) > alike) &&
    one.others.some((choice) => overlap(other.label, choice) > alike)
  );
}

/** Jaccard similarity of two sets of words. */
function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  return shared / (one.size + other.size - shared);
}
