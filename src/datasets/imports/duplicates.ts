import type { Db } from '#storage/database.js';
import { labelRank } from '../findings/detect.js';
import { choicesOf } from '../storedExample.js';
import { ContentTable, inPass, mostSlots, passesFor } from './contentTable.js';

/** Pairs of numbers without an object each: a file of one repeated row has millions of them. */
export class Pairs {
  #numbers = new Uint32Array(1024);
  #used = 0;

  get length(): number {
    return this.#used / 2;
  }

  push(first: number, second: number): void {
    if (this.#used === this.#numbers.length) {
      const grown = new Uint32Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[this.#used] = first;
    this.#numbers[this.#used + 1] = second;
    this.#used += 2;
  }

  /** Each pair as `make` shapes it, one at a time. */
  *map<T>(make: (pair: readonly [number, number]) => T): Generator<T> {
    for (const pair of this) yield make(pair);
  }

  *[Symbol.iterator](): Generator<[number, number]> {
    for (let at = 0; at < this.#used; at += 2)
      yield [this.#numbers[at] ?? 0, this.#numbers[at + 1] ?? 0];
  }
}

/** The label of each line as its `labelRank`, two bytes a line. */
export class LineLabels {
  #labels = new Int16Array(1024);

  set(line: number, rank: number | null): void {
    if (line >= this.#labels.length) {
      const grown = new Int16Array(Math.max(this.#labels.length * 2, line + 1));
      grown.set(this.#labels);
      this.#labels = grown;
    }
    this.#labels[line] = rank === null ? 0 : rank + 1;
  }

  /** True where two lines of one content have labels that mean the same choice, or none. */
  same(one: number, other: number): boolean {
    return this.#labels[one] === this.#labels[other];
  }
}

/** What repeats inside one dataset: pairs of (line, the first line with the same content). */
export interface Duplicates {
  /** Same content, and labels that mean the same choice. */
  readonly same: Pairs;
  /** Same content, another label. */
  readonly contrary: Pairs;
}

export const noDuplicates = (): Duplicates => ({ same: new Pairs(), contrary: new Pairs() });

const scanRows = 5000;

/**
 * Calls `visit` for every stored example of a dataset in the order of its lines; reads in short
 * steps, holding nothing.
 * @param dataset.labels whether labels are read as well; without them, every rank is null
 */
export async function eachContent(
  db: Db,
  dataset: { readonly id: number; readonly labels: boolean; readonly signal: AbortSignal },
  visit: (line: number, hash: Uint8Array, rankOfLabel: () => number | null) => void,
): Promise<void> {
  const { id, labels, signal } = dataset;
  let after = -1;
  for (;;) {
    signal.throwIfAborted();
    const rows = await db
      .selectFrom('example')
      .select(['line_number', 'content_hash'])
      .$if(labels, (query) => query.select(['choices', 'label_choice']))
      .where('dataset_id', '=', id)
      .where('line_number', '>', after)
      .orderBy('line_number')
      .limit(scanRows)
      .execute();
    for (const { line_number: line, content_hash: content, choices, label_choice: label } of rows)
      visit(line, content, () =>
        choices === undefined
          ? null
          : labelRank({ choices: choicesOf({ choices }), labelChoice: label ?? null }),
      );
    const last = rows.at(-1);
    if (last === undefined || rows.length < scanRows) return;
    after = last.line_number;
  }
}

/**
 * Finds what repeats among stored rows, in as many passes as memory needs: for sets too large for
 * one table.
 */
export async function findDuplicates(
  db: Db,
  datasetId: number,
  rows: number,
  signal: AbortSignal,
  most: number = mostSlots,
): Promise<Duplicates> {
  const found = noDuplicates();
  const labels = new LineLabels();
  const passes = passesFor(rows, most);
  for (let pass = 0; pass < passes; pass += 1) {
    const table = new ContentTable({ most });
    await eachContent(db, { id: datasetId, labels: true, signal }, (line, hash, rankOfLabel) => {
      if (!inPass(hash, pass, passes)) return;
      labels.set(line, rankOfLabel());
      const first = table.add(hash, line);
      if (first !== 0) (labels.same(line, first) ? found.same : found.contrary).push(line, first);
    });
  }
  return found;
}

/** Lines of two datasets with the same content: pairs of (line of `left`, line of `right`). */
export async function findShared(
  db: Db,
  left: { id: number; rows: number },
  right: { id: number; rows: number },
  signal: AbortSignal,
  most: number = mostSlots,
): Promise<Pairs> {
  const swapped = left.rows > right.rows;
  const [smaller, larger] = swapped ? [right, left] : [left, right];
  const shared = new Pairs();
  const passes = passesFor(smaller.rows, most);
  for (let pass = 0; pass < passes; pass += 1) {
    const table = new ContentTable({ most });
    await eachContent(db, { id: smaller.id, labels: false, signal }, (line, hash) => {
      if (inPass(hash, pass, passes)) table.add(hash, line);
    });
    await eachContent(db, { id: larger.id, labels: false, signal }, (line, hash) => {
      const other = inPass(hash, pass, passes) ? table.find(hash) : 0;
      if (other !== 0) shared.push(swapped ? line : other, swapped ? other : line);
    });
  }
  return shared;
}
