import { count, fixed, plural } from '#web/format.js';
import { escaped } from './entered.js';
import { type ScoreKind, scoreKinds } from './request.js';
import type { ModelSettings, PromptForm } from './settings.js';
import type { StoredProbe } from './storedProbe.js';

const perMillion = (microUnits: number): string => String(microUnits / 1e6);

/** “3 in, 15 out for a million tokens”, or “free”. */
export const priceInWords = ({ input, output }: ModelSettings['price']): string =>
  input === 0 && output === 0
    ? 'free'
    : `${perMillion(input)} in, ${perMillion(output)} out for a million tokens`;

/** How a prompt is put, with line breaks shown as \n. */
export function formInWords(form: PromptForm): string {
  if (form.kind === 'chat') return 'the chat template of the server';
  const quoted = (text: string): string => (text === '' ? '' : `“${escaped(text)}”`);
  const around = [quoted(form.before), 'text', quoted(form.after), quoted(form.reply)];
  const parts = around.filter((part) => part !== '');
  return parts.length === 1 ? 'the text alone' : [...parts, 'reply'].join(' ');
}

const kindWords: Readonly<Record<ScoreKind, string>> = {
  exact: 'exact probabilities of replies',
  'first-token': 'probabilities of first tokens',
  sampled: 'texts, and how often each reply is written',
};

/** What a model was found to give, in one line. */
export function kindsInWords(probe: StoredProbe | null): string {
  if (probe === null) return 'not probed yet';
  const { fault, found } = probe;
  if (fault !== null || found === null) return fault ?? 'nothing';
  const given = scoreKinds.filter((kind) => found.kinds[kind].works).map((kind) => kindWords[kind]);
  return given.length === 0 ? 'nothing' : given.join(', ');
}

/** What a probe saw, a sentence each. */
export function linesOf({ found }: StoredProbe): string[] {
  if (found === null) return [];
  const { complete, kinds, seed, latencyMs, tokens, requests } = found;
  const line = (name: string, { works, sentence }: { works: boolean; sentence: string }): string =>
    `${name}: ${works ? 'yes' : 'no'}. ${sentence}`;
  const seedWords = {
    obeyed: 'The same seed gives the same text.',
    ignored: 'The same seed gives different texts, so that texts cannot be made again.',
    unknown: 'Whether the seed is obeyed could not be told.',
  };
  return [
    line('Texts', complete),
    line('Exact probabilities of replies', kinds.exact),
    line('Probabilities of first tokens', kinds['first-token']),
    seedWords[seed],
    `${plural(requests, 'request')}, ${count(tokens.input)} tokens read and ${count(tokens.output)} written` +
      (latencyMs === null ? '.' : `, ${fixed(latencyMs / 1_000)} s an answer.`),
  ];
}
