import { parseChoices, withoutTurns } from './examples/choices.js';
import { blockStyles } from './examples/mapping.js';
import { storableText } from './findings/detect.js';
import { fieldsOf } from './formats/csvRecords.js';
import { type Example, rawText } from './storedExample.js';

/** What recognition took from a text, and what it doubted about it. */
interface Block {
  readonly removed: readonly string[];
  readonly doubts: readonly string[];
}

const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

/** Every text in a row: the values of its JSON, or its cells with any of the usual delimiters. */
function textsOf(raw: string): string[] {
  try {
    return textsIn(JSON.parse(raw));
  } catch {
    return [',', ';', '\t'].flatMap((delimiter) => {
      const cells = fieldsOf(raw, { delimiter, quoted: true });
      return Array.isArray(cells) ? cells : [];
    });
  }
}

/**
 * What recognition took from a stored example's text (headers, lead-ins and turns) and what it
 * doubted, read from its row again. Empty where the text is shown as it came.
 */
export function blockOf(example: Pick<Example, 'text' | 'raw'>): Block {
  for (const whole of textsOf(rawText(example))) {
    if (whole.length <= example.text.length) continue;
    const blocks = blockStyles.flatMap((style) => parseChoices(whole, style) ?? []);
    const block = blocks.find(({ text }) => storableText(text) === example.text);
    if (block !== undefined) return block;
    if (blocks.length > 0) continue;
    const { text, before, after } = withoutTurns(whole);
    if (before.length > 0 && storableText(text.trim()) === example.text)
      return { removed: [...before, ...after], doubts: [] };
  }
  return { removed: [], doubts: [] };
}
