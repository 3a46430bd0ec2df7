import { expect, test } from 'vitest';
import { faultLine, readPipeline } from '#generation/readPipeline.js';
import { changed, pipelineFile } from './pipelines.js';

/** Every fault of the file as path and sentence. */
function faultsOf(file: string): string[] {
  const read = readPipeline(file);
  return 'faults' in read ? read.faults.map(({ path, message }) => `${path}: ${message}`) : [];
}

test('a fault of meaning has the place of the value', () => {
  const read = readPipeline(changed('{description} would', '{descripton} would'));
  expect('faults' in read && read.faults.map(faultLine)).toEqual([
    'line 23, column 9, stages[0].prompts[0]: Expected a field that a candidate has here (description, verb); found “descripton”. Did you mean “description”?',
  ]);
});

const screened = '  - kind: screen\n';

/** What is changed in the file, and what is said then. */
const cases: readonly [what: string, from: string, to: string, faults: readonly string[]][] = [
  [
    'a brace that stands alone',
    'Would you say this? {statement}',
    'Would you say this? {Statement}',
    [
      'example.text: Expected a template; at character 21 “{” stands alone: a field is {name}, and a brace of the text is {{.',
    ],
  ],
  [
    'a field that is there only later',
    'who {description} would',
    'who {statement} would',
    [
      'stages[0].prompts[0]: Expected a field that a candidate has here (description, verb); found “statement”.',
    ],
  ],
  [
    'the same prompt for every label',
    'would {verb} with',
    'would agree with',
    [
      'stages[0].prompts[0]: Expected a field that differs between the labels; found the same for all.',
    ],
  ],
  [
    'a model without a name in the file',
    'models: [judge]',
    'models: [jugde]',
    [
      'stages[4].models[0]: Expected a name that stands in models (writer, judge); found “jugde”. Did you mean “judge”?',
    ],
  ],
  [
    'examples that are not shown anywhere',
    '    samples: 10',
    "    shown: { dataset: d, form: '{text}{tex}' }\n    samples: 10",
    [
      'stages[0].prompts[0]: Expected {shown} where the examples are to stand; found none.',
      'stages[0].shown.form: Expected a field that a candidate has here (description, verb, text, choices, label); found “tex”. Did you mean “text”?',
    ],
  ],
  [
    'a choice that there is not',
    'wanted: [0, 1]',
    'wanted: [0, 2]',
    ['stages[4].questions[0].wanted[1]: Expected the number of a choice, from 0 to 1; found 2.'],
  ],
  [
    'not a number for each label',
    'wanted: [0, 1]',
    'wanted: [0]',
    ['stages[4].questions[0].wanted: Expected a number for each label, 2; found 1.'],
  ],
  [
    'a mean of scores that nobody gave',
    'mean: [label]',
    'mean: [label, relevance, likelihood]',
    [
      'stages[5].mean[1]: Expected a score that a judge gave these candidates (label); found “relevance”.',
      'stages[5].mean[2]: Expected a score that a judge gave these candidates (label); found “likelihood”.',
    ],
  ],
  [
    'a switch without its score, and a finding that is named twice',
    "    likelihood: { prompt: 'A statement:', text: ' {statement}' }\n  - kind: keep\n",
    '  - kind: keep\n    switches: { likelihood: -3, findings: [truncated, truncated] }\n',
    [
      'stages[5].switches.likelihood: Expected a judge with a likelihood before it; found none since the texts were made.',
      'stages[5].switches.findings[1]: Expected each once; found “truncated” again.',
    ],
  ],
  [
    'a review that nothing was screened for, and nothing screened at all',
    screened,
    '',
    [
      'stages[2].kind: Expected a screen before people review these candidates; found none since they were made.',
      'stages[4].kind: Expected a screen after the last stage that makes candidates (stages[0]); found none. People read nothing that was not screened.',
    ],
  ],
  [
    'a screen that looks for nothing',
    screened,
    '  - { kind: screen, personalData: false, harm: false }\n',
    ['stages[2]: Expected something to look for; found everything switched off.'],
  ],
  [
    'a rule that every text meets, and one that none does',
    '{ kind: length, field: statement, least: 3 }',
    '{ kind: length, field: statement }\n      - { kind: length, field: sentence, least: 3, most: 2 }',
    [
      'stages[1].rules[0]: Expected least or most; found neither, so every text would pass.',
      'stages[1].rules[1].field: Expected a field that a candidate has here (description, verb, statement); found “sentence”.',
      'stages[1].rules[1].most: Expected at least 3, as least says; found 2.',
    ],
  ],
  [
    'a stage without candidates, and a list that comes later',
    'stages:\n',
    'stages:\n  - kind: check\n    rules: [{ kind: length, field: description, least: 1 }]\n  - { kind: list, rows: [{ a: x, b: x }, { a: x }] }\n',
    [
      'stages[0].kind: Expected list or write as the first stage; found check, and there are no candidates yet.',
      'stages[1].kind: Expected a list as the first stage alone; found another. Use combine for rows.',
      'stages[1].rows[1]: Expected the fields of the first row (a, b); found a.',
    ],
  ],
  [
    'a pick that rows do not have',
    screened,
    '  - { kind: combine, rows: [{ yes: x, no: z }], pick: { answer: veb, verb: statement } }\n  - kind: screen\n',
    [
      'stages[2].pick.answer: Expected a field that a candidate has here (description, verb, statement); found “veb”. Did you mean “verb”?',
      'stages[2].pick.verb: Expected the name of a new field; found “verb”, which there is already.',
    ],
  ],
  [
    'a label that is no choice, and one twice',
    "choices: ['Yes', 'No']",
    "choices: ['Yes', 'Yes']",
    [
      'labels[1].choice: Expected one of the choices of the example (Yes, Yes), word for word; found “No”.',
      'example.choices[1]: Expected each choice once; found “Yes” again.',
    ],
  ],
  [
    'two ways to say the label, and labels with other fields',
    'values: { verb: disagree }',
    'values: { verbs: disagree }',
    ['labels[1].values: Expected the fields of the first label (verb); found verbs.'],
  ],
];

test.each(cases)('%s is said', (_, from, to, faults) => {
  expect(faultsOf(changed(from, to))).toEqual(faults);
});

const reviewed = '  - kind: review\n';
const judgedFirst = changed(
  reviewed,
  '',
  changed('  - kind: keep\n', `${reviewed}  - kind: keep\n`),
);

test('a value that every candidate has is no empty one', () => {
  expect(
    faultsOf(changed(/description: .*/.exec(pipelineFile)?.[0] ?? '', 'description: " "')),
  ).toEqual(['values.description: Expected a text that every candidate has; found none.']);
});

test('what people may edit is judged after they did', () => {
  expect(faultsOf(judgedFirst)).toEqual([
    'stages[4].kind: Expected a judge after the last review, which may edit what was judged before; found none.',
    'stages[5].mean[0]: Expected a score that a judge gave these candidates, and there is none here; found “label”.',
  ]);
  const read = readPipeline(judgedFirst);
  expect('faults' in read && read.faults.map(faultLine)[0]).toMatch(/^line 39, column 11, /);
  const again =
    '  - { kind: judge, models: [judge], questions: [{ name: label, prompt: "{statement}", choices: [agree, disagree], wanted: [0, 1] }] }\n';
  expect(faultsOf(changed(reviewed, reviewed + again, judgedFirst))).toEqual([]);
});

test('two judges do not both give the likelihood of the same text', () => {
  const second =
    "  - { kind: judge, models: [writer], likelihood: { prompt: 'Say:', text: '{statement}' } }\n  - kind: keep\n";
  expect(faultsOf(changed('  - kind: keep\n', second))).toEqual([
    'stages[5].likelihood: Expected one likelihood of a text; found a second.',
  ]);
});

test('the parts of a block quote are fields, one for each text that it holds', () => {
  const parse = 'parse: { kind: first-item, field: statement }';
  const quote = (split: string): string =>
    changed(
      parse,
      `parse: { kind: block-quote, field: statement, holds: ['(A)', '(B)'], split: ${split} }`,
      changed("text: 'Would you say this? {statement}'", "text: '{statement} {a} {b}'"),
    );
  expect(faultsOf(quote('[a, b]'))).toEqual([]);
  expect(faultsOf(quote('[a]'))).toEqual([
    'stages[0].parse.split: Expected a field for each text of holds, 2; found 1.',
    'example.text: Expected a field that a candidate has here (description, verb, statement, a); found “b”.',
  ]);
});

test('a list may begin, and the first stage that writes gives the labels', () => {
  const listed = changed('stages:\n', 'stages:\n  - { kind: list, rows: [{ topic: x }] }\n');
  expect(faultsOf(changed('Write what', 'On {topic}, write what', listed))).toEqual([]);
  expect(faultsOf(pipelineFile)).toEqual([]);
});
