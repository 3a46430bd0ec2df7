import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesLean, parseChoices } from '#datasets/examples/choices.js';

const parsed = (question: string) => {
  const found = parseChoices(question);
  return (
    found && {
      text: found.text,
      choices: found.choices.map((choice) => choice.text),
      doubts: found.doubts,
    }
  );
};
const clean = {
  text: 'Would you agree to that?',
  choices: ['Yes, gladly.', 'No, never.'],
  doubts: [],
};

describe('headers of the choices block', () => {
  const headers = [
    'Choices:',
    'choices:',
    'CHOICES:',
    'Choices',
    'Choice:',
    'Choice(s):',
    '**Choices:**',
    '**Choices**:',
    '__Choices:__',
    '### Choices',
    '> Choices:',
    '[Choices]',
    '(Choices:)',
    '"Choices:"',
    '- Choices:',
    'Answers:',
    'Answer choices:',
    'Answer Choices',
    'Answer options:',
    'Options:',
    'Possible answers:',
    'Possible responses:',
    'Possible Choices:',
    'Responses:',
    'The choices are:',
    'Your choices are:',
    'Your options:',
    'Available options:',
    'Suggested answers:',
    'Choose one:',
    'Choose:',
    'Choose one answer:',
    'Pick either:',
    'Replies:',
    'Two choices:',
    'Chocies:',
    '1) Choices:',
    'Choices (one of these is best):',
    '\\textbf{Choices:}',
    '---',
    '',
  ];
  for (const header of headers) {
    test(`“${header}” is a header and is not shown`, () => {
      expect(
        parsed(`Would you agree to that?\n\n${header}\n (A) Yes, gladly.\n (B) No, never.`),
      ).toEqual(clean);
    });
  }

  test('a header at the end of the question’s own line is not shown', () => {
    expect(parsed('Would you agree to that? Choices:\n(A) Yes, gladly.\n(B) No, never.')).toEqual(
      clean,
    );
  });

  test('a header that says more in brackets stays, with a finding', () => {
    expect(
      parsed('Would you agree to that?\n\nChoices: (be kind)\n(A) Yes, gladly.\n(B) No, never.'),
    ).toEqual({
      ...clean,
      text: 'Would you agree to that?\n\nChoices: (be kind)',
      doubts: ['odd-choices-header'],
    });
  });

  test('an unknown line before the choices stays, with a finding', () => {
    expect(
      parsed('Would you agree to that?\n\nPonder these:\n(A) Yes, gladly.\n(B) No, never.'),
    ).toEqual({
      ...clean,
      text: 'Would you agree to that?\n\nPonder these:',
      doubts: ['odd-choices-header'],
    });
  });
});

describe('lead-ins and lead-outs', () => {
  for (const leadIn of ['Question: ', 'QUESTION: ', '**Question:** ', 'Q: ', 'Question:\n']) {
    test(`“${leadIn.trim()}” before the question is not shown`, () => {
      expect(
        parsed(`${leadIn}Would you agree to that?\n\nChoices:\n (A) Yes, gladly.\n (B) No, never.`),
      ).toEqual(clean);
    });
  }
  for (const leadOut of [
    '\n\nAnswer:',
    '\nAnswer:',
    ' Answer:',
    '\n\n**Answer:**',
    '\n\nA:',
    '\n\nThe answer is:',
    '\nMy answer:',
    '\n\nCorrect answer:',
    '\n\nAnswer:\n\nAnswer:',
    '\n\nAnswer: ',
  ]) {
    test(`“${leadOut.trim()}” after the last choice is part of no choice`, () => {
      expect(
        parsed(
          `Would you agree to that?\n\nChoices:\n (A) Yes, gladly.\n (B) No, never.${leadOut}`,
        ),
      ).toEqual(clean);
    });
  }
});

describe('letters', () => {
  for (const [title, block] of [
    ['without a space', '(A) Yes, gladly.\n(B) No, never.'],
    ['with a space', ' (A) Yes, gladly.\n (B) No, never.'],
    ['with CRLF', ' (A) Yes, gladly.\r\n (B) No, never.\r\n'],
    ['in bold', '**(A)** Yes, gladly.\n**(B)** No, never.'],
    ['in a list', '- (A) Yes, gladly.\n- (B) No, never.'],
    ['with colons', '(A): Yes, gladly.\n(B): No, never.'],
    ['with blank lines between', '(A) Yes, gladly.\n\n(B) No, never.'],
  ] as const) {
    test(`${title} are read`, () =>
      expect(parsed(`Would you agree to that?\n\nChoices:\n${block}`)).toEqual(clean));
  }

  for (let count = 2; count <= 8; count += 1) {
    test(`${count} choices are read in their order`, () => {
      const choices = Array.from({ length: count }, (_, index) => `choice number ${index}`);
      const block = choices
        .map((choice, index) => ` (${String.fromCharCode(65 + index)}) ${choice}`)
        .join('\n');
      expect(parsed(`Which?\n\nChoices:\n${block}`)).toEqual({
        text: 'Which?',
        choices,
        doubts: [],
      });
    });
  }

  test('choices on one line are read, with a finding', () => {
    expect(parsed('Would you agree to that? (A) Yes, gladly. (B) No, never.')).toEqual({
      ...clean,
      doubts: ['inline-choices'],
    });
  });

  test('letters that begin again end the block, with a finding, and carry nothing of the next scenario', () => {
    const found = parsed(
      'One?\n\nChoices:\n (A) first\n (B) second\n\nTwo?\n\nChoices:\n (A) third\n (B) fourth',
    );
    expect(found).toMatchObject({ text: 'One?', choices: ['first', 'second'] });
    expect(found?.doubts).toContain('letters-restart');
  });

  test('text after the last choice and between two choices stays with its choice, with a finding', () => {
    expect(parsed('One?\n (A) first\n (B) second\n\nSomebody wrote this below.')).toEqual({
      text: 'One?',
      choices: ['first', 'second\n\nSomebody wrote this below.'],
      doubts: ['text-after-choices'],
    });
    expect(parsed('One?\n (A) first\n\nSomething between.\n (B) second')).toEqual({
      text: 'One?',
      choices: ['first\n\nSomething between.', 'second'],
      doubts: ['text-between-choices'],
    });
  });

  test('a choice of two lines keeps both', () => {
    expect(parsed('One?\n (A) first line\n second line\n (B) other')).toEqual({
      text: 'One?',
      choices: ['first line\n second line', 'other'],
      doubts: [],
    });
  });

  test('an empty question and empty choices are kept as they are', () => {
    expect(parsed('\n\nChoices:\n (A) \n (B) no')).toEqual({
      text: '',
      choices: ['', 'no'],
      doubts: [],
    });
  });

  test('numbered statements before the choices stay, with a finding', () => {
    expect(
      parsed('Which of these?\n1. I am.\n2. You are.\n\nChoices:\n (A) 1\n (B) 2'),
    ).toMatchObject({
      text: 'Which of these?\n1. I am.\n2. You are.',
      doubts: ['numbered-statements'],
    });
  });

  test('one letter alone, or letters that do not begin with A, are no block', () => {
    expect(parseChoices('Would you (A) agree?')).toBeUndefined();
    expect(parseChoices('One?\n(B) first\n(C) second')).toBeUndefined();
    expect(parseChoices('')).toBeUndefined();
  });
});

for (const choice of [
  'Both of the above',
  'None of the above.',
  'All of these choices',
  '(A) and (B)',
  'Neither',
  'Options 1 and 2',
]) {
  test(`“${choice}” leans on other choices`, () =>
    expect(choicesLean([{ text: 'a' }, { text: choice }])).toBe(true));
}
for (const choice of [
  'Yes',
  'I would tell both of my parents',
  'Neither my mother nor my father',
  'It is above all a risk',
]) {
  test(`“${choice}” stands alone`, () =>
    expect(choicesLean([{ text: 'a' }, { text: choice }])).toBe(false));
}

test('whatever stands in a question, parsing neither throws nor invents: each choice is a piece of it', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '(A)',
      '(B)',
      '(C)',
      '\n',
      ' ',
      '\n (A) ',
      '\n (B) ',
      '\n\n',
      'Choices:',
      'Answer:',
      'Question:',
      '**',
      '>',
      '\r\n',
      '1. ',
      '(',
      ')',
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const question = parts.join('');
      const found = parseChoices(question);
      if (found === undefined) return;
      expect(found.choices.length).toBeGreaterThanOrEqual(2);
      expect(found.choices.map((choice) => choice.key)).toEqual(
        found.choices.map((_, index) => `(${String.fromCharCode(65 + index)})`),
      );
      for (const { text } of found.choices) expect(question).toContain(text);
    }),
    { numRuns: 1000 },
  );
});

for (const [title, piece] of [
  ['asterisks', '*'],
  ['blanks', ' '],
  ['blank lines', '\n \n'],
  ['lead-outs', 'Answer: '],
  ['letters', '(A) '],
  ['headers', 'Choices:\n'],
  ['numbers', '\n1. x'],
  ['the word the', 'the '],
  ['quotes', '"'],
] as const) {
  test(`30,000 ${title} before, in and after the choices are read within the time of a test`, () => {
    const much = piece.repeat(30_000);
    expect(
      parseChoices(`Question: ${much}x${much}\n(A) a${much}b${much}\n(B) c${much}d${much}`),
    ).toBeDefined();
  });
}
