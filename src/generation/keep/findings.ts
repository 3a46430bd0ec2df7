import type { FlowCandidate } from '../candidates.js';
import type { RowMaker } from '../publish/rows.js';

/**
 * The first of these findings that a candidate has as an import would read it; null where it has
 * none, undefined where an import would read another example.
 */
export function findingOf(
  maker: RowMaker,
  candidate: FlowCandidate,
  names: readonly string[],
): string | null | undefined {
  const row = maker.make({ candidate, scores: new Map() }, 1);
  if (row === null) return undefined;
  return row.findings.find(({ finding }) => names.includes(finding))?.finding ?? null;
}
