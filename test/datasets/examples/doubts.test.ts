import { describe, expect, test } from 'vitest';
import { isRefusal } from '#datasets/examples/example.js';
import { fromMapping } from '#datasets/examples/mapped.js';
import type { SaidMapping } from '#datasets/examples/mapping.js';
import { printMapping } from '#datasets/examples/notation.js';
import { MappingProposal } from '#datasets/examples/propose.js';
import { reasonAgainst } from '#datasets/formats/understandPath.js';

type Row = Readonly<Record<string, unknown>>;

const propose = (rows: readonly Row[], said: SaidMapping = {}) => {
  const { mapping, ...rest } = new MappingProposal(rows, said).finish(true);
  return { ...rest, mapping, written: mapping === null ? null : printMapping(mapping) };
};
/** The text of each row's label by the proposal; a refusal where there is one. */
function labelsBy(rows: readonly Row[], said: SaidMapping = {}): unknown[] {
  const { mapping } = propose(rows, said);
  return rows.map((row) => {
    const example = mapping === null ? null : fromMapping(row, mapping);
    if (example === null || isRefusal(example)) return example?.code;
    return example.labelChoice === null ? null : example.choices[example.labelChoice]?.text;
  });
}
const reason = (rows: readonly Row[], said: SaidMapping = {}): string | null =>
  reasonAgainst(rows, new MappingProposal(rows, said).finish(true));

const question = 'Which of these is a planet?';

describe('an object of options whose keys are whole numbers, which keep no order', () => {
  const counted = (answer: unknown): Row => ({
    question,
    options: JSON.parse('{"10":"ten","2":"two","1":"one"}') as unknown,
    answer,
  });

  test('its labels are its keys', () => {
    const rows = [counted('10'), counted(2)];
    expect(propose(rows)).toMatchObject({
      written: 'text=question choices=object:options label=answer label-as=key',
      guess: null,
    });
    expect(labelsBy(rows)).toEqual(['ten', 'two']);
    const printed = { question, options: "{'10': 'ten', '2': 'two'}", answer: '10' };
    expect(labelsBy([printed])).toEqual(['ten']);
  });

  test.each([0, 'A', 3])('%j names no place among them', (answer) => {
    const rows = [counted(answer)];
    expect(propose(rows).guess).toMatch(/Whole numbers as keys keep no order/);
    expect(labelsBy(rows)).toEqual(['label_not_among_choices']);
    for (const said of [{ labelAs: 'position', countFrom: 0 }, { labelAs: 'letter' }] as const)
      expect(propose(rows, said).refusal).toMatch(/Whole numbers as keys keep no order/);
  });

  test('letters and words as keys keep the order of the file, and places count in it', () => {
    const rows = [{ question, options: { last: 'ten', first: 'two' }, answer: 'A' }];
    expect(labelsBy(rows)).toEqual(['ten']);
  });

  test('scores name the right text whatever its place', () => {
    const rows = [
      { question, target_scores: JSON.parse('{"10":0,"2":1,"b":0}') as unknown },
      { question, target_scores: JSON.parse('{"10":1,"2":0,"1":0}') as unknown },
    ];
    expect(labelsBy(rows)).toEqual(['2', '10']);
  });
});

describe('two answers of which one is labelled', () => {
  const pair = { answer_a: 'It rains.', answer_b: 'It snows.', label: 'A' };

  test('are a comparison beside a prompt or messages, and refused by name', () => {
    for (const row of [
      { prompt: 'What of the weather?', ...pair },
      { messages: [{ role: 'user', content: 'What of the weather?' }], ...pair },
    ])
      expect(propose([row]).refusal).toMatch(/pairs of answers.*\(answer_a, answer_b\)/);
  });

  test('are asked about beside a question, and read where somebody says that they are choices', () => {
    const rows = [{ question, ...pair }];
    expect(propose(rows)).toMatchObject({
      written: 'text=question choices=answer_a,answer_b label=label label-as=key',
      refusal: null,
      guess: expect.stringMatching(/may be two answers that were compared/) as string,
    });
    const choices = { kind: 'columns', columns: ['answer_a', 'answer_b'] } as const;
    for (const row of [rows[0], { prompt: 'Say it.', ...pair }])
      expect(
        propose([row ?? {}], { choices: { ...choices, columns: [...choices.columns] } }),
      ).toMatchObject({
        guess: null,
        refusal: null,
      });
  });

  test('three answers are choices', () => {
    const row = { prompt: 'What of the weather?', ...pair, answer_c: 'It hails.' };
    expect(propose([row])).toMatchObject({ guess: null, refusal: null });
  });
});

describe('what is not read', () => {
  test.each(['passage', 'context', 'article', 'premise'])(
    'a text in “%s” that the question may need makes a guess',
    (name) => {
      const rows = [{ question: 'Is it so?', [name]: 'It is so, as they say.', answer: 'Yes' }];
      expect(propose(rows)).toMatchObject({
        guess: expect.stringContaining(
          `“${name}” is not read, and the text may need it.`,
        ) as string,
        refusal: null,
      });
      expect(propose(rows, { text: 'question' }).guess).toBe(null);
      expect(propose([{ question: 'Is it so?', [name]: '', answer: 'Yes' }]).guess).toBe(null);
    },
  );
});

describe('a reason names what was found', () => {
  test('labels that stand beyond the first rows', () => {
    const proposal = new MappingProposal([{ question, answer: '' }], {});
    proposal.add([{ question, answer: 'B' }]);
    expect(proposal.finish(true).refusal).toContain(
      'The labels in “answer” (B) are not Yes and No',
    );
  });

  test('how many choices are the most', () => {
    const choices = Array.from({ length: 27 }, (_, index) => `choice ${index}`);
    expect(reason([{ question, choices, answer: 0 }])).toMatch(
      /column “choices” .+There are 27; at most 26 are possible\./,
    );
    expect(reason([{ question, choices: ['one'], answer: 0 }])).toMatch(
      /There is only 1; at least 2 are needed\./,
    );
  });

  test('rows with a label and no text', () => {
    const rows = [{ sentence1: 'It rains hard.', sentence2: 'It is wet.', label: 1 }];
    expect(reason(rows)).toMatch(
      /^No column can be the text: its rows have sentence1, sentence2, label\./,
    );
  });

  test('rows with a text and neither choices nor a label', () => {
    expect(reason([{ occupation: 'baker' }])).toBe(
      'Its rows (occupation) hold no example: neither choices nor a label.',
    );
  });
});
