import type { Example } from '../examples/example.js';
import { DatasetTally } from '../findings/dataset.js';
import type { Health } from '../health.js';
import { ContentTable } from './contentTable.js';
import { type Duplicates, LineLabels, noDuplicates } from './duplicates.js';

/** What the tally reads of an accepted row. */
export interface TalliedRow {
  readonly line: number;
  /** Of text and choices without regard to case, spaces and the order of choices. */
  readonly hash: Uint8Array;
  /**
   * Which choice is the label, in an order that does not depend on the row's; null where there is
   * none.
   */
  readonly labelRank: number | null;
  readonly recognised: Pick<Example, 'choices' | 'labelChoice' | 'removed'>;
}

/**
 * Counts of one dataset while its rows stream by: labels, choices, and what repeats. Grows by some
 * 20 bytes a row.
 */
export class Tally {
  readonly #contents: ContentTable;
  readonly #rows: ContentTable | null;
  readonly #labels = new LineLabels();
  readonly #counts = new DatasetTally();
  readonly #choiceCounts = new Map<number, number>();
  readonly duplicates: Duplicates = noDuplicates();
  examples = 0;
  #unlabelled = 0;

  /**
   * `exact` also remembers whole rows, to drop exact duplicates. `most` bounds the tables; both
   * then share it.
   */
  constructor(options: { exact: boolean; most?: number | undefined }) {
    const limit = options.most === undefined ? {} : { most: options.most };
    this.#contents = new ContentTable(limit);
    this.#rows = options.exact ? new ContentTable(limit) : null;
  }

  /**
   * True where the file has more contents than the table holds: what repeats must then be looked
   * for among the stored rows.
   */
  get tableFull(): boolean {
    return this.#contents.full;
  }

  /** True where a row with this hash of its bytes came before. */
  repeatsExactly(line: number, hash: Uint8Array): boolean {
    return this.#rows !== null && this.#rows.add(hash, line) !== 0;
  }

  /** Counts a row that is kept, and notes what it repeats. */
  count(row: TalliedRow): void {
    this.examples += 1;
    const first = this.#contents.add(row.hash, row.line);
    this.#labels.set(row.line, row.labelRank);
    if (first !== 0)
      (this.#labels.same(row.line, first) ? this.duplicates.same : this.duplicates.contrary).push(
        row.line,
        first,
      );
    const { length } = row.recognised.choices;
    this.#choiceCounts.set(length, (this.#choiceCounts.get(length) ?? 0) + 1);
    if (row.labelRank === null) this.#unlabelled += 1;
    this.#counts.add(row.recognised);
  }

  /** The part of the health check that only the stream knows. */
  health(): Pick<Health, 'labels' | 'unlabelled' | 'choiceCounts' | 'dataset'> {
    return {
      labels: this.#counts.labels().slice(0, 50),
      unlabelled: this.#unlabelled,
      choiceCounts: [...this.#choiceCounts]
        .map(([choices, count]) => ({ choices, count }))
        .sort((a, b) => a.choices - b.choices),
      dataset: this.#counts.findings(),
    };
  }
}
