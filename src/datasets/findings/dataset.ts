import type { Example } from '../examples/example.js';
import type { DatasetFindingName } from './findings.js';

/**
 * Counts that tell what is doubtful about a dataset as a whole; feed it every example in file
 * order.
 */
export class DatasetTally {
  #labelled = 0;
  #changes = 0;
  #previous: string | null = null;
  #longest = 0;
  #lengthsDiffer = 0;
  #chance = 0;
  readonly #labels = new Map<string, number>();
  readonly #positions = new Map<number, number>();

  add(example: Pick<Example, 'choices' | 'labelChoice'>): void {
    const label = example.labelChoice === null ? undefined : example.choices[example.labelChoice];
    if (label === undefined || example.labelChoice === null) return;
    this.#labelled += 1;
    this.#labels.set(label.key, (this.#labels.get(label.key) ?? 0) + 1);
    this.#positions.set(example.labelChoice, (this.#positions.get(example.labelChoice) ?? 0) + 1);
    if (this.#previous !== null && this.#previous !== label.key) this.#changes += 1;
    this.#previous = label.key;
    const lengths = example.choices.map((choice) => choice.text.length);
    const longest = Math.max(...lengths);
    if (label.key !== 'Yes' && label.key !== 'No' && Math.min(...lengths) < longest) {
      this.#lengthsDiffer += 1;
      this.#chance += 1 / example.choices.length;
      if (label.text.length === longest) this.#longest += 1;
    }
  }

  /** Examples by label (the choice's key), largest first. */
  labels(): { key: string; count: number }[] {
    return [...this.#labels]
      .map(([key, count]) => ({ key, count }))
      .toSorted((left, right) => right.count - left.count || (left.key < right.key ? -1 : 1));
  }

  findings(): { name: DatasetFindingName; detail: string }[] {
    const found: { name: DatasetFindingName; detail: string }[] = [];
    if (this.#labelled < 20) return found;
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
    if (this.#lengthsDiffer >= 20 && this.#longest > this.#chance + 0.2 * this.#lengthsDiffer)
      found.push({
        name: 'longer-choice-right',
        detail: `${this.#longest} of ${this.#lengthsDiffer}, about ${this.#chance.toFixed(0)} expected by chance`,
      });
    const first = this.#positions.get(0) ?? 0;
    const yesNo = this.#labels.has('Yes') || this.#labels.has('No');
    if (!yesNo && (first / this.#labelled > 0.8 || first / this.#labelled < 0.2))
      found.push({ name: 'mostly-first', detail: `the first choice on ${share(first)}` });
    return found;
  }
}
