import { wilsonInterval } from '#statistics/proportions.js';
import type { Example } from '../examples/example.js';
import type { DatasetFindingName } from './findings.js';

/** Fewer examples than this show nothing about a whole set. */
const fewest = 20;

/** How often something was so, and how often chance makes it so: the sum of the rows’ own chances. */
class AgainstChance {
  rows = 0;
  hits = 0;
  expected = 0;

  add(hit: boolean, chance: number): void {
    this.rows += 1;
    this.hits += Number(hit);
    this.expected += chance;
  }

  /**
   * How far the share is from chance, as a part of what is possible: 1 where it was always so, −1
   * where it never was. 0 where the 99 % Wilson interval of the share holds the mean chance (which
   * is cautious: chances that differ between rows scatter less), or where the rows are too few.
   */
  excess(): number {
    if (this.rows < fewest) return 0;
    const [share, chance] = [this.hits / this.rows, this.expected / this.rows];
    const { lower, upper } = wilsonInterval(this.hits, this.rows, 0.99);
    if (lower <= chance && chance <= upper) return 0;
    return share > chance ? (share - chance) / (1 - chance) : (share - chance) / chance;
  }

  /** Such as “180 of 200, about 100 expected by chance”. */
  words(): string {
    return `${this.hits} of ${this.rows}, about ${this.expected.toFixed(0)} expected by chance`;
  }
}

/** With two choices of equal chance: the longer one on 70 %, one place on 80 % or on 20 %. */
const mostlyLonger = 0.4;
const mostlyPlace = 0.6;

/**
 * Counts that tell what is doubtful about a dataset as a whole; feed it every example in file
 * order.
 */
export class DatasetTally {
  #labelled = 0;
  #changes = 0;
  #previous: string | null = null;
  /** Of examples with one longest choice. */
  readonly #longest = new AgainstChance();
  #withoutLongest = 0;
  readonly #labels = new Map<string, number>();
  /** For each place, of the examples that have a choice there. */
  readonly #places: AgainstChance[] = [];

  add(example: Pick<Example, 'choices' | 'labelChoice'>): void {
    const label = example.labelChoice === null ? undefined : example.choices[example.labelChoice];
    if (label === undefined || example.labelChoice === null) return;
    this.#labelled += 1;
    this.#labels.set(label.key, (this.#labels.get(label.key) ?? 0) + 1);
    const chance = 1 / example.choices.length;
    for (const place of example.choices.keys())
      (this.#places[place] ??= new AgainstChance()).add(place === example.labelChoice, chance);
    if (this.#previous !== null && this.#previous !== label.key) this.#changes += 1;
    this.#previous = label.key;
    if (label.key === 'Yes' || label.key === 'No' || example.choices.length < 2) return;
    const lengths = example.choices.map((choice) => choice.text.length);
    const longest = Math.max(...lengths);
    if (lengths.filter((length) => length === longest).length > 1) this.#withoutLongest += 1;
    else this.#longest.add(label.text.length === longest, chance);
  }

  /** Examples by label (the choice's key), largest first. */
  labels(): { key: string; count: number }[] {
    return [...this.#labels]
      .map(([key, count]) => ({ key, count }))
      .toSorted((left, right) => right.count - left.count || (left.key < right.key ? -1 : 1));
  }

  findings(): { name: DatasetFindingName; detail: string }[] {
    const found: { name: DatasetFindingName; detail: string }[] = [];
    if (this.#labelled < fewest) return found;
    const share = (count: number): string => `${((100 * count) / this.#labelled).toFixed(0)} %`;
    const top = this.labels()[0];
    if (top !== undefined && top.count / this.#labelled > 0.6)
      found.push({ name: 'labels-unbalanced', detail: `${top.key} on ${share(top.count)}` });
    // Independent labels change with probability 2p(1−p); twelve standard errors away means an
    // order that somebody made.
    const expected =
      (this.#labelled - 1) *
      (1 -
        [...this.#labels.values()].reduce((sum, count) => sum + (count / this.#labelled) ** 2, 0));
    if (expected > 0 && Math.abs(this.#changes - expected) > 12 * Math.sqrt(expected / 2))
      found.push({
        name: 'sorted-by-label',
        detail: `${this.#changes} changes of label from row to row, about ${expected.toFixed(0)} expected by chance`,
      });
    if (this.#longest.excess() >= mostlyLonger)
      found.push({
        name: 'longer-choice-right',
        detail: `${this.#longest.words()}${this.#withoutLongest === 0 ? '' : `; ${this.#withoutLongest} more have no one longest choice`}`,
      });
    const place = this.#places
      .map((counts, index) => ({ counts, index, excess: counts.excess() }))
      .toSorted((one, other) => Math.abs(other.excess) - Math.abs(one.excess))[0];
    const yesNo = this.#labels.has('Yes') || this.#labels.has('No');
    if (!yesNo && place !== undefined && Math.abs(place.excess) >= mostlyPlace)
      found.push({
        name: 'mostly-first',
        detail: `choice ${place.index + 1} on ${place.counts.words()}`,
      });
    return found;
  }
}
