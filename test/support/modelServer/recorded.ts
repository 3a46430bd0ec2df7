import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectFolder } from '#web/folders.js';

const Replies = z.object({ agree: z.number(), disagree: z.number() });

const Recorded = z.object({
  replies: z.object({ agree: z.string(), disagree: z.string() }),
  rows: z.array(
    z.object({
      behaviour: z.string(),
      matches: z.boolean(),
      prompt: z.string(),
      S: Replies,
      M: Replies,
    }),
  ),
});

/** Prompts with the log-probability of each of two replies, as two tiny models gave them. */
export const recorded = Recorded.parse(
  JSON.parse(readFileSync(join(projectFolder, 'test/fixtures/models/recorded.json'), 'utf8')),
);

export type RecordedRow = (typeof recorded)['rows'][number];

/** The frame in which the recorded prompts were asked. */
export const recordedForm = {
  kind: 'frame',
  before: '<|human|>',
  after: '<|assistant|>',
  reply: '',
} as const;

/** Where a recorded prompt ends in a text; null where the text has none. */
export function recordedIn(text: string): { row: RecordedRow; end: number } | null {
  for (const row of recorded.rows) {
    const at = text.indexOf(row.prompt);
    if (at >= 0) return { row, end: at + row.prompt.length };
  }
  return null;
}
