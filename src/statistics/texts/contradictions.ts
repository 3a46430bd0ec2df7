import type { ChoicesAndLabel } from './balance.js';
import { type Duplicates, membersOf } from './duplicates.js';
import { normalisedText, tokenise } from './tokens.js';

/** The words of the choice that is the label, and of the others. */
interface Meaning {
  readonly key: string;
  readonly label: ReadonlySet<string>;
  readonly others: readonly ReadonlySet<string>[];
}

/** Whether every example offers the same choices, in whatever order and spelling. */
export const sameChoices = (examples: readonly Pick<ChoicesAndLabel, 'choices'>[]): boolean =>
  new Set(examples.map(({ choices }) => choices.map(normalisedText).toSorted().join('\n'))).size <
  2;

/**
 * Groups of repeated texts in which two texts that repeat each other have labels that mean
 * different choices; texts without a label do not count. Labels are compared by the choice that is
 * meant: rows may list their choices in another order, and spell, punctuate or mark them up
 * differently. Two labels contradict each other where each of them has more words in common with
 * another choice of the other row than with its label. Where all examples offer the same choices
 * (Yes and No), what a label means lies in the question, and one “not” turns it round: only texts
 * with the same words in the same order can contradict each other then.
 */
export function contradictoryGroups(
  { exact, near, groups }: Pick<Duplicates, 'exact' | 'near' | 'groups'>,
  examples: readonly ChoicesAndLabel[],
): number[][] {
  const pairs = sameChoices(examples) ? [] : near;
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
  for (const { first, second } of pairs) compare(first, second);
  return membersOf(groups).filter(([first = 0]) => found.has(groups[first]));
}

function meaningOf({ choices, label }: ChoicesAndLabel): Meaning | null {
  const chosen = label === null ? undefined : choices[label];
  if (chosen === undefined) return null;
  const others = choices.filter((_, index) => index !== label);
  return {
    key: JSON.stringify([chosen, ...others].map(normalisedText)),
    label: wordsOf(chosen),
    others: others.map(wordsOf),
  };
}

/** The different words of a choice; where it has none, its characters as one. */
function wordsOf(choice: string): ReadonlySet<string> {
  const words = tokenise(choice);
  return new Set(words.length > 0 ? words : [normalisedText(choice)]);
}

function contradict(one: Meaning, other: Meaning): boolean {
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
