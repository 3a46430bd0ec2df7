import { choicesOf } from '#datasets/storedExample.js';
import { inspectFiles } from '#datasets/imports/inspection.js';
import { isGuess } from '#datasets/imports/plan.js';
import { parseFile } from '#datasets/imports/parsing.js';
import { mapOptions, type SaidOf } from '#datasets/imports/said.js';
import { findFiles } from '#datasets/imports/paths.js';
import type { Truth } from './truth.js';

/** The truth table of some files, and what of them is not in it. */
export interface TruthOfFiles {
  readonly lines: readonly Truth[];
  readonly files: readonly {
    readonly path: string;
    readonly examples: number;
    readonly withoutLabel: number;
    readonly reason: string | null;
  }[];
}

/**
 * Takes the label of every example as the truth: right for sets whose labels are known to be right.
 * Text and choice are written as raters read them, by the code that imports. Examples without a
 * label are left out.
 */
export async function truthOfFiles(
  paths: readonly string[],
  workingFolder: string,
  saidOf: SaidOf = () => ({}),
): Promise<TruthOfFiles> {
  const found = findFiles(paths, workingFolder);
  const labels = new Set(found.map(({ label }) => label));
  const inspected = await inspectFiles(
    found.map(({ label, fullPath, byteCount }) => ({
      path: label,
      storedPath: fullPath,
      byteCount,
      said: saidOf(label, labels),
    })),
  );
  const lines = new Map<string, Truth>();
  const files = [];
  for (const file of inspected) {
    let examples = 0;
    let withoutLabel = 0;
    const { mapping } = file.plan;
    const guess =
      mapping !== null && isGuess(file.plan)
        ? `Which column is what is a guess. ${file.understood.guess ?? ''} Proposed: ${mapOptions(mapping)}`
        : null;
    if (file.understood.isDataset && guess === null) {
      for await (const batch of parseFile(file)) {
        for (const row of batch.rows) {
          if (row.kind === 'rejected') continue;
          const label = row.labelChoice === null ? undefined : choicesOf(row)[row.labelChoice];
          if (label === undefined) withoutLabel += 1;
          else {
            examples += 1;
            lines.set(JSON.stringify([row.text, label.text]), {
              text: row.text,
              choice: label.text,
            });
          }
        }
      }
    }
    files.push({
      path: file.path,
      examples,
      withoutLabel,
      reason: file.understood.isDataset
        ? guess
        : (file.understood.reason ?? 'There is no example in it.'),
    });
  }
  return { lines: [...lines.values()], files };
}
