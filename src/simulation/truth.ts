import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Problem } from '#web/problem.js';
import { inputFile } from '../command.js';

/**
 * One line of a truth table: an example's text as raters read it, and the text of the choice that
 * is really right.
 */
export const Truth = z.object({
  text: z.string(),
  choice: z.string(),
  /** How good a question it is, 1 to 5; raters scatter around it. */
  relevance: z.number().min(1).max(5).optional(),
  /** True where nobody can really tell which answer is right. */
  unclear: z.boolean().optional(),
});
export type Truth = z.output<typeof Truth>;

/** Looks up what is true of an example by what stands on the screen. */
export interface TruthTable {
  readonly size: number;
  /**
   * What is true of this text with one of these choices; undefined where the table does not know
   * it.
   */
  find(text: string, choices: readonly string[]): Truth | undefined;
}

/** Text as it compares: white space is a matter of the page. */
export const plainText = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * Makes a table of its lines. The same text may stand in several lines with choices of different
 * examples.
 */
export function truthTable(lines: readonly Truth[]): TruthTable {
  const byText = new Map<string, Truth[]>();
  for (const line of lines) {
    const key = plainText(line.text);
    const known = byText.get(key);
    if (known === undefined) byText.set(key, [line]);
    else known.push(line);
  }
  return {
    size: lines.length,
    find(text, choices) {
      const shown = new Set(choices.map(plainText));
      return byText.get(plainText(text))?.find((line) => shown.has(plainText(line.choice)));
    },
  };
}

function readLine(line: string, number: number, path: string): Truth {
  try {
    return Truth.parse(JSON.parse(line));
  } catch {
    throw new Problem(
      422,
      'bad_truth',
      `Line ${number} of ${path} is not a line of a truth table.`,
      'Write one JSON object a line: {"text": "as raters read it", "choice": "text of the right choice"}.',
    );
  }
}

/** Reads a truth table from a JSONL file. Throws a `Problem` that names the line at fault. */
export async function readTruthFile(path: string): Promise<TruthTable> {
  const content = await readFile(await inputFile(path), 'utf8');
  const lines = content
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, index + 1, path)]));
  if (lines.length === 0)
    throw new Problem(
      422,
      'bad_truth',
      `The truth table ${path} is empty.`,
      'Make one with “assay truth”.',
    );
  return truthTable(lines);
}
