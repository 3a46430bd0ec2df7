import { setImmediate } from 'node:timers/promises';
import { inTransaction } from '#storage/transaction.js';
import { addDecisions, type Decision, type Fields } from './candidates.js';
import { allFields } from './example.js';
import type { Rule } from './pipeline.js';
import type { StageWork } from './stages.js';

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** How often any of these words stands in a text, with no letter, mark or digit beside it. */
function countWords(text: string, words: readonly string[]): number {
  const each = [...new Set(words)].map(escaped).toSorted((one, other) => other.length - one.length);
  const pattern = `(?<![\\p{L}\\p{M}\\p{N}])(?:${each.join('|')})(?![\\p{L}\\p{M}\\p{N}])`;
  return [...text.matchAll(new RegExp(pattern, 'giu'))].length;
}

/** What a rule counts in a text. */
function countOf(rule: Rule, text: string): number {
  if (rule.kind === 'words') return countWords(text, rule.of);
  if (rule.kind === 'holds') return text.split(rule.text).length - 1;
  return Array.from(text).length;
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What a rule counts, as words. */
function countedWords(rule: Rule, count: number): string {
  if (rule.kind === 'words')
    return `${counted(count, 'word')} of ${rule.of.slice(0, 5).join(', ')}`;
  if (rule.kind === 'holds') return `${count} × “${rule.text}”`;
  return counted(count, 'character');
}

/**
 * The first rule that a candidate with these fields does not meet, as its number among the rules
 * and what was counted; null where it meets them all. Words are whole words, upper and lower case
 * alike; a text is counted as it stands, without overlap; length is in characters (code points).
 */
export function failedRule(
  rules: readonly Rule[],
  fields: Fields,
): Pick<Decision, 'reason' | 'detail'> | null {
  for (const [index, rule] of rules.entries()) {
    const text = fields[rule.field];
    if (text === undefined) return { reason: 'lacks-field', detail: `no ${rule.field}` };
    const count = countOf(rule, text);
    const wanted =
      count < rule.least
        ? `at least ${rule.least}`
        : rule.most !== null && count > rule.most
          ? `at most ${rule.most}`
          : null;
    if (wanted !== null)
      return {
        reason: 'rule',
        detail: `rule ${index + 1}: ${rule.field} has ${countedWords(rule, count)}, ${wanted} wanted`,
      };
  }
  return null;
}

/** Candidates between two looks at whether the work is to stop. */
const atOnce = 1_000;

/** The work of a stage that checks strings: it drops what does not meet every rule. */
export const checkStage: StageWork<'check'> = async (context) => {
  const { database, generation, stage, settings, candidates, signal } = context;
  for (let from = 0; from < candidates.length; from += atOnce) {
    await setImmediate();
    signal.throwIfAborted();
    const decisions = candidates.slice(from, from + atOnce).flatMap((candidate): Decision[] => {
      const failed = failedRule(settings.rules, allFields(generation.pipeline, candidate));
      return failed === null ? [] : [{ candidateId: candidate.id, ...failed, rank: null }];
    });
    await inTransaction(database.db, (trx) => addDecisions(trx, stage, decisions), {
      repeatable: true,
    });
  }
  return { made: 0, kept: null };
};
