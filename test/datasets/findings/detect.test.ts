import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Example, isRefusal } from '#datasets/examples/example.js';
import { recognise } from '#datasets/examples/recognise.js';
import { DatasetTally } from '#datasets/findings/dataset.js';
import { contentKey, detectFindings, labelRank, storableText } from '#datasets/findings/detect.js';
import { datasetFindings, findings } from '#datasets/findings/findings.js';
import { comparisonFindings } from '#datasets/findingWords.js';

function recognised(row: unknown, family: 'persona' | 'advanced-ai-risk'): Example {
  const result = recognise(row, family, null);
  if (isRefusal(result)) throw new Error(result.message);
  return result;
}
const persona = (question: string): Example =>
  recognised({ question, answer_matching_behavior: ' Yes' }, 'persona');
const risk = (
  question: string,
  block = ' (A) I would do that.\n (B) I would rather not.',
): Example =>
  recognised(
    { question: `${question}\n\nChoices:\n${block}`, answer_matching_behavior: ' (A)' },
    'advanced-ai-risk',
  );
const answered = (matching: string, other: string): Example =>
  recognised(
    {
      question: 'Would you?\n (A) I would.\n (B) I would not.',
      answer_matching_behavior: matching,
      answer_not_matching_behavior: other,
    },
    'advanced-ai-risk',
  );
const named = (example: Example): string[] =>
  detectFindings(example).map((finding) => finding.name);

/** An example for each finding that one example can show. */
const shown: readonly (readonly [name: string, example: Example])[] = [
  ['empty-question', risk('')],
  ['template-placeholder', risk('Dear [name], would you go?')],
  ['template-placeholder', risk('Your Question Here')],
  ['template-placeholder', persona('Is ______ something that you would say?')],
  ['identical-choices', risk('Would you?', ' (A) Yes.\n (B) yes')],
  ['empty-choice', risk('Would you?', ' (A) Yes.\n (B) ')],
  ['letters-restart', risk('One?', ' (A) first\n (B) second\n (A) third\n (B) fourth')],
  ['text-after-choices', risk('One?', ' (A) first\n (B) second\n\nand this')],
  ['text-between-choices', risk('One?', ' (A) first\n\nand this\n (B) second')],
  ['odd-choices-header', risk('One?\n\nPonder these:')],
  [
    'inline-choices',
    recognised(
      { question: 'One? (A) first (B) second', answer_matching_behavior: '(A)' },
      'advanced-ai-risk',
    ),
  ],
  ['numbered-statements', risk('Which?\n1. I am.\n2. You are.')],
  ['choices-lean', risk('Which?', ' (A) first\n (B) none of the above')],
  ['several-questions', persona('Would you? Could you? Should you?')],
  ['dialogue-marker', risk('Human: what would you do?')],
  ['leaked-markup', risk('What is <br> this?')],
  ['leaked-markup', risk('What is <META_START> this?')],
  ['label-hint', risk('Would you?', ' (A) first (correct)\n (B) second')],
  ['truncated', risk('This is a statement which is long enough and ends with the')],
  ['very-long', persona('word '.repeat(900))],
  ['nul', persona('nothing\u0000here')],
  ['control-character', persona('page\u000cbreak')],
  ['line-separator', persona('one\u2028two')],
  ['zero-width', persona('in\u200bvisible')],
  ['replacement-character', persona('lost \ufffd')],
  ['replacement-character', persona('half \ud83d')],
  ['mojibake', persona('I donâ€™t know.')],
  ['generator-residue', persona('Disagree: I like maps.')],
  ['same-answers', answered('(A)', '(A)')],
  ['other-answer-no-choice', answered('(A)', '(C)')],
];

for (const [name, example] of shown) {
  test(`${name} is found, once, in ${JSON.stringify(example.text.slice(0, 40))}`, () => {
    expect(named(example).filter((found) => found === name)).toEqual([name]);
  });
}

test('every finding about one example is among those shown, and the others come from comparing', () => {
  const compared: readonly string[] = Object.values(comparisonFindings);
  expect(new Set([...shown.map(([name]) => name), ...compared])).toEqual(
    new Set(findings.map((kind) => kind.name)),
  );
});

for (const example of [
  persona(
    'Is the following statement something you would say?\n"I’d like that — très much, naïvely 🙂 👩‍🔬."',
  ),
  risk('An AI assistant is asked: should it go on (as before)? It may cost $100 or 5 < 6.'),
  risk('What would you do [in that case]? And why?'),
  persona('The morally right choice is the kind one.'),
  risk('Would you?', ' (A) I would ____\n (B) __init__'),
]) {
  test(`nothing is found in ${JSON.stringify(example.text.slice(0, 50))}`, () =>
    expect(detectFindings(example)).toEqual([]));
}

test('two examples are the same without regard to case, spaces and the order of the choices, and not otherwise', () => {
  const key = (text: string, ...choices: string[]): string =>
    contentKey({
      text,
      choices: choices.map((choice) => ({ key: choice, text: choice })),
    }).toString('hex');
  expect(key(' Would  you?', 'One', 'two')).toBe(key('would you?', 'TWO', 'one '));
  expect(key('q', 'Yes', 'No')).toBe(key('q', 'No', 'Yes'));
  expect(
    new Set([key('q', 'a', 'b'), key('q', 'a', 'c'), key('r', 'a', 'b'), key('q', 'ab'), key('q')])
      .size,
  ).toBe(5);
});

test.each([
  ['Paris', 'paris'],
  ['a b', 'a  b'],
  ['same', 'same'],
  ['one', 'two'],
])('labels that mean %j or %j are told apart, in any order of different choices', (...texts) => {
  const rank = (choices: readonly string[], label: number): number | null =>
    labelRank({ choices: choices.map((text) => ({ text })), labelChoice: label });
  expect(new Set([rank(texts, 0), rank(texts, 1)])).toEqual(new Set([0, 1]));
  if (texts[0] === texts[1]) return;
  for (const label of [0, 1]) expect(rank(texts.toReversed(), 1 - label)).toBe(rank(texts, label));
});

function tallied(
  count: number,
  of: (index: number) => { choices: readonly string[]; label: number | null },
): string[] {
  const tally = new DatasetTally();
  for (let index = 0; index < count; index += 1) {
    const { choices, label } = of(index);
    tally.add({
      choices: choices.map((text, place) => ({
        key: choices.includes('Yes') ? text : `(${String.fromCharCode(65 + place)})`,
        text,
      })),
      labelChoice: label,
    });
  }
  return tally.findings().map((finding) => finding.name);
}
/** A coin of fixed sides that shows no pattern. */
const coin = (index: number): number => Number(((index * 2_654_435_761) >>> 7) % 2);

/** A die of six sides that shows no pattern. */
const mixed = (index: number): number => ((index * 2_654_435_761) >>> 0) >>> 9;
const six = ['one', 'two', 'six', 'ten', 'any', 'all'];

const wholeSets: readonly (readonly [name: string | null, found: () => string[]])[] = [
  [
    'labels-unbalanced',
    () => tallied(400, (index) => ({ choices: ['Yes', 'No'], label: index % 10 < 8 ? 0 : 1 })),
  ],
  [
    'sorted-by-label',
    () => tallied(1000, (index) => ({ choices: ['Yes', 'No'], label: index < 500 ? 0 : 1 })),
  ],
  [
    'sorted-by-label',
    () => tallied(1000, (index) => ({ choices: ['Yes', 'No'], label: index % 2 })),
  ],
  [
    'longer-choice-right',
    () =>
      tallied(200, (index) => ({
        choices: coin(index) === 0 ? ['a longer choice', 'short'] : ['short', 'a longer choice'],
        label: coin(index),
      })),
  ],
  ['mostly-first', () => tallied(200, () => ({ choices: ['same', 'size'], label: 0 }))],
  ['mostly-first', () => tallied(200, () => ({ choices: ['same', 'size'], label: 1 }))],
  // Six options: chance alone puts the label first on 17 %, and the longest one is right on 17 %.
  [null, () => tallied(600, (index) => ({ choices: six, label: mixed(index) % 6 }))],
  [null, () => tallied(20, (index) => ({ choices: six, label: 1 + (index % 5) }))],
  [
    'mostly-first',
    () => tallied(600, (index) => ({ choices: six, label: 1 + (mixed(index) % 5) })),
  ],
  [
    'mostly-first',
    () => tallied(600, (index) => ({ choices: six, label: index % 4 > 0 ? 2 : mixed(index) % 6 })),
  ],
  // The number of choices is each row's own: half of the rows have two, and chance decides all.
  [
    null,
    () =>
      tallied(400, (index) =>
        index % 2 === 0
          ? { choices: ['same', 'size'], label: coin(index) }
          : { choices: six, label: mixed(index) % 6 },
      ),
  ],
  // A longest choice that shares its length with another one tells nothing.
  [
    null,
    () =>
      tallied(200, (index) => ({
        choices: ['long one', 'long two', 'no'].map((_, at, all) => all[(at + index) % 3] ?? ''),
        label: [0, 2, 1][index % 3] ?? 0,
      })),
  ],
  [
    'longer-choice-right',
    () =>
      tallied(300, (index) => ({
        choices: six.map((choice, at) => (at === mixed(index) % 6 ? 'a longer one' : choice)),
        label: index % 5 < 3 ? mixed(index) % 6 : mixed(index + 1) % 6,
      })),
  ],
  [null, () => tallied(200, (index) => ({ choices: ['same', 'size'], label: coin(index) }))],
  [null, () => tallied(200, () => ({ choices: ['same', 'size'], label: null }))],
  [null, () => tallied(19, () => ({ choices: ['same', 'size'], label: 0 }))],
];

for (const [index, [name, found]] of wholeSets.entries()) {
  test(`set ${index + 1} shows ${name ?? 'nothing'}`, () => {
    if (name === null) expect(found()).toEqual([]);
    else expect(found()).toContain(name);
  });
}

test('every finding about a whole set is shown', () => {
  expect(new Set(wholeSets.flatMap(([name]) => (name === null ? [] : [name])))).toEqual(
    new Set(datasetFindings.map((kind) => kind.name)),
  );
});

test('whatever an example holds, looking for findings does not throw, and what is stored can be stored', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom(
      '\u0000',
      '\ud800',
      '[name]',
      '<b>',
      'Human:',
      '\n',
      '(A)',
      'the',
      '?',
      '______',
      '\u2028',
    ),
  );
  const anyText = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(anyText, fc.array(anyText, { minLength: 2, maxLength: 5 }), (text, choices) => {
      const example: Example = {
        family: 'generic',
        text,
        choices: choices.map((choice) => ({ key: choice, text: choice })),
        labelChoice: null,
        labelConfidence: null,
        fixedOrder: false,
        removed: [],
        doubts: [],
      };
      const names = detectFindings(example).map((finding) => finding.name);
      expect(new Set(names).size).toBe(names.length);
      expect(contentKey(example)).toHaveLength(16);
      expect(storableText(text)).not.toContain('\u0000');
      expect(storableText(text).isWellFormed()).toBe(true);
    }),
    { numRuns: 500 },
  );
});
