import { isDeepStrictEqual } from 'node:util';
import type { StageResult } from '../generation.js';
import type { StageOf, Switches } from '../pipeline.js';
import type { ReasonName } from '../reasons.js';
import { alikeToBetter, overQuota } from './alike.js';

/** A candidate as the rule sees it. */
export interface Row {
  /** The index of its label; null where the pipeline has none. */
  readonly label: number | null;
  /** The value of the field that `per` names; null where nothing is named. */
  readonly group: string | null;
  /** The mean of its scores; null where one is missing. */
  readonly mean: number | null;
  /** Decides between equal means; no two rows have the same. */
  readonly tie: string;
  /** What makes its text its own, for likeness. */
  readonly text: string;
  readonly likelihood: number | null;
  /** The least mass of its questions. */
  readonly mass: number | null;
  /** A finding that it has, of those that the switch names; null where it has none. */
  readonly finding: string | null;
}

export interface Verdict {
  readonly reason: ReasonName | null;
  readonly detail: string | null;
  /** From 1 among all that are kept, the best first; null where it is dropped. */
  readonly rank: number | null;
}

export type Settings = Pick<StageOf<'keep'>, 'top' | 'half' | 'per' | 'balance' | 'switches'>;

interface Given {
  readonly settings: Settings;
  /** How many labels the pipeline has. */
  readonly labels: number;
  readonly seed: string;
}

const off: Switches = {
  likelihood: null,
  mass: null,
  findings: [],
  nearDuplicates: null,
  quota: null,
};

/** A row that has a mean, with its place; the best come first. */
interface Entry extends Pick<Row, 'label' | 'group' | 'text'> {
  readonly row: Row;
  readonly index: number;
  readonly mean: number;
}

const better = (one: Entry, other: Entry): number =>
  other.mean - one.mean || (one.row.tie < other.row.tie ? -1 : 1);

/** The switch that takes a row for itself alone. */
function taken(row: Row, { likelihood, mass, findings }: Switches): Omit<Verdict, 'rank'> | null {
  const drop = (reason: ReasonName, detail: string | null = null) => ({ reason, detail });
  if (likelihood !== null) {
    if (row.likelihood === null) return drop('no-score', 'likelihood');
    if (row.likelihood < likelihood) return drop('unlikely');
  }
  if (mass !== null) {
    if (row.mass === null) return drop('no-score', 'mass');
    if (row.mass < mass) return drop('low-mass');
  }
  const { finding } = row;
  const excluded = findings.find((name) => name === finding);
  return excluded === undefined ? null : drop('finding', excluded);
}

/** The rows of each key, in the order in which they come. */
function groupsOf<Key>(rows: readonly Entry[], keyOf: (row: Entry) => Key): Map<Key, Entry[]> {
  const groups = new Map<Key, Entry[]>();
  for (const row of rows) {
    const own = groups.get(keyOf(row));
    if (own === undefined) groups.set(keyOf(row), [row]);
    else own.push(row);
  }
  return groups;
}

/** Why the row of each place goes; undefined where it stays. */
type Reasons = (Omit<Verdict, 'rank'> | undefined)[];

/** Why rows go whatever the switches, and the others, the best first. */
function ranked(rows: readonly Row[], { half, per }: Settings): { gone: Reasons; kept: Entry[] } {
  const gone: Reasons = Array.from({ length: rows.length });
  const kept: Entry[] = [];
  for (const [index, row] of rows.entries()) {
    const { mean, label, group, text } = row;
    if (mean === null) gone[index] = { reason: 'no-score', detail: null };
    else if (per !== null && group === null) gone[index] = { reason: 'lacks-field', detail: per };
    else if (half && mean < 0.5) gone[index] = { reason: 'below-half', detail: null };
    else kept.push({ row, index, mean, label, group, text });
  }
  return { gone, kept: kept.sort(better) };
}

/** Why each row goes, by its index; those that stay are in `kept`, the best first. */
function apply(
  before: ReturnType<typeof ranked>,
  { settings, labels, seed }: Given,
  switches: Switches,
): { verdicts: Reasons; kept: Entry[] } {
  const verdicts = [...before.gone];
  let { kept } = before;
  const go = (gone: readonly Entry[], reason: ReasonName): void => {
    for (const { index } of gone) verdicts[index] = { reason, detail: null };
    kept = kept.filter(({ index }) => verdicts[index] === undefined);
  };

  for (const { row, index } of kept) verdicts[index] = taken(row, switches) ?? undefined;
  kept = kept.filter(({ index }) => verdicts[index] === undefined);
  if (switches.nearDuplicates !== null)
    go(alikeToBetter(kept, switches.nearDuplicates), 'near-duplicate');
  if (switches.quota !== null) go(overQuota(kept, switches.quota, seed), 'quota');

  const { top, per } = settings;
  if (top !== null) {
    const groups = groupsOf(kept, (row) => (per === null ? row.label : row.group));
    go(
      [...groups.values()].flatMap((group) => group.slice(top)),
      'not-in-top',
    );
  }
  if (settings.balance && labels > 1) {
    const byLabel = groupsOf(kept, ({ label }) => label);
    const fewest = Math.min(
      ...Array.from({ length: labels }, (_, label) => byLabel.get(label)?.length ?? 0),
    );
    go(
      [...byLabel].flatMap(([label, group]) => (label === null ? group : group.slice(fewest))),
      'balance',
    );
  }
  return { verdicts, kept };
}

const countByLabel = (kept: readonly Entry[], labels: number): number[] =>
  labels === 0
    ? [kept.length]
    : Array.from(
        { length: labels },
        (_, index) => kept.filter(({ label }) => label === index).length,
      );

/**
 * Which candidates are kept, whatever the order of the rows. In this order: those without a score go;
 * those whose mean is below one half; what a switch takes (likelihood, mass, findings, each for
 * itself; then the worse of near-duplicates; then what is over the quota of a cluster), so that
 * others move up; all but the top n of a label or group; of a label with more, the worst. Equal means
 * are told apart by `tie`. Beside it stands what the same rule keeps without any switch, and what
 * became of those: `bySwitch` has the reasons of the candidates that it alone keeps.
 */
export function decide(
  rows: readonly Row[],
  given: Given,
): { verdicts: Verdict[]; kept: NonNullable<StageResult['kept']> } {
  const { switches } = given.settings;
  const before = ranked(rows, given.settings);
  const withSwitches = apply(before, given, switches);
  const none = isDeepStrictEqual(switches, off);
  const asPaper = none ? withSwitches : apply(before, given, off);
  const ranks = new Uint32Array(rows.length);
  for (const [place, { index }] of withSwitches.kept.entries()) ranks[index] = place + 1;
  const bySwitch: Record<string, number> = {};
  for (const { index } of asPaper.kept) {
    const reason = withSwitches.verdicts[index]?.reason;
    if (reason !== undefined && reason !== null) bySwitch[reason] = (bySwitch[reason] ?? 0) + 1;
  }
  return {
    verdicts: withSwitches.verdicts.map((verdict, index) => ({
      reason: verdict?.reason ?? null,
      detail: verdict?.detail ?? null,
      rank: ranks[index] === 0 ? null : (ranks[index] ?? null),
    })),
    kept: {
      asPaper: countByLabel(asPaper.kept, given.labels),
      withSwitches: countByLabel(withSwitches.kept, given.labels),
      bySwitch,
    },
  };
}
