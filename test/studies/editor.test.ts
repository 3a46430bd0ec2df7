import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  enteredFrom,
  enteredOf,
  type Entered,
  type EnteredQuestion,
} from '#studies/editor/entered.js';
import { changeQuestions, intentOf } from '#studies/editor/questions.js';
import { readEntered } from '#studies/editor/reading.js';
import { Form, formPresets } from '#studies/form.js';
import { editorFieldsOf, questionTypeNames } from '#studies/questions/types.js';
import { StudySettings } from '#studies/settings.js';
import { defaultRaterTexts } from '#studies/raterTexts.js';

const standard = formPresets['standard']?.form ?? Form.parse({});
const texts = {
  guidelines: defaultRaterTexts.guidelines,
  consent: defaultRaterTexts.consent,
  warning: '',
};
const filled = (): Entered =>
  enteredOf({
    title: 'A study',
    settings: StudySettings.parse({ datasets: ['one'] }),
    form: standard,
    texts,
  });

/** The form's body as a browser sends it. */
function bodyOf(entered: Entered): Record<string, string | string[]> {
  const body: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(entered)) {
    if (name === 'questions') continue;
    if (typeof value === 'string') body[name] = value;
    else if (typeof value === 'boolean') Object.assign(body, value ? { [name]: 'yes' } : {});
    else body[name] = [...(value as readonly string[])];
  }
  entered.questions.forEach(({ required, fields, ...common }, index) => {
    for (const [name, value] of Object.entries({ ...common, ...fields }))
      body[`q${index}_${name}`] = value;
    if (required) body[`q${index}_required`] = 'yes';
  });
  return body;
}

const fieldText = fc.oneof(
  fc.constantFrom('0', '1', '5', '9', '', 'one\ntwo'),
  fc.string({ maxLength: 12 }),
);

const question: fc.Arbitrary<EnteredQuestion> = fc
  .constantFrom(...questionTypeNames)
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      id: fc.string({ maxLength: 12 }).map((text) => text.trim()),
      wording: fc.string({ maxLength: 30 }),
      hint: fc.string({ maxLength: 10 }),
      required: fc.boolean(),
      fields: fc.record(
        Object.fromEntries(Object.keys(editorFieldsOf(type)).map((name) => [name, fieldText])),
      ),
    }),
  );

const anyBody = fc.dictionary(
  fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...Object.keys(filled()),
      'q0_type',
      'q0_options',
      'q1_type',
      'q0_from',
      'intent',
      '__proto__',
      'constructor',
    ),
  ),
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    fc.constantFrom('label', 'scale', 'NaN', '-1', '1e9', 'yes'),
    fc.anything(),
  ),
);

test('whatever is posted is read without a crash, and either fits or names its faults', () => {
  fc.assert(
    fc.property(fc.oneof(anyBody, fc.anything()), (body) => {
      const entered = enteredFrom(body);
      const read = readEntered(entered);
      if ('faults' in read) {
        expect(read.faults.length).toBeGreaterThan(0);
        for (const fault of read.faults) expect(fault.message).not.toBe('');
      } else expect(StudySettings.safeParse(read.study.settings).success).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('what was filled in comes back as it was, right or wrong', () => {
  fc.assert(
    fc.property(
      fc.array(question, { maxLength: 20 }),
      fc.string(),
      fc.string({ maxLength: 8 }),
      fc.string({ unit: 'binary' }),
      (questions, title, sampleSize, guidelines) => {
        const lines = (value: string): string => value.replaceAll('\r\n', '\n');
        const entered: Entered = {
          ...filled(),
          questions: questions.map((one) => ({
            ...one,
            wording: lines(one.wording),
            hint: lines(one.hint),
            fields: Object.fromEntries(
              Object.entries(one.fields).map(([name, value]) => [name, lines(value)]),
            ),
          })),
          title: lines(title).trim(),
          sampleSize: lines(sampleSize).trim(),
          guidelines: lines(guidelines),
        };
        expect(enteredFrom(bodyOf(entered))).toEqual(entered);
      },
    ),
    { numRuns: 200 },
  );
});

test('a stored study goes through the editor unchanged, for every preset', () => {
  for (const { form } of Object.values(formPresets)) {
    const settings = StudySettings.parse({
      datasets: ['one', 'two'],
      sampleSize: 37,
      overlap: 5,
      threshold: 0.925,
      agreementMargin: 0.035,
      relevanceMargin: 0.25,
      raterLimit: 40,
      excludedFindings: ['nul'],
      leaveOutShared: false,
      shuffleChoices: false,
      strategy: 'spread',
    });
    const read = readEntered(
      enteredFrom(bodyOf(enteredOf({ title: 'Title', settings, form, texts }))),
    );
    expect(read).toEqual({ study: { title: 'Title', settings, form, texts } });
  }
});

test('a question of every type is read with all after it, and goes through the editor unchanged', () => {
  let entered = { ...filled(), questions: [] as readonly EnteredQuestion[] };
  for (const type of questionTypeNames)
    entered = {
      ...entered,
      questions: changeQuestions(entered, { kind: 'add' }, { preset: '', type }).questions,
    };
  const questions = entered.questions.map((one) => ({
    ...one,
    wording: 'What?',
    fields: 'options' in one.fields ? { ...one.fields, options: 'One\nTwo' } : one.fields,
  }));
  const read = readEntered(enteredFrom(bodyOf({ ...entered, questions })));
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  const { form } = read.study;
  expect(form.questions.map(({ type }) => type)).toEqual(questionTypeNames);
  expect(enteredOf({ title: '', settings: read.study.settings, form, texts }).questions).toEqual(
    questions,
  );
});

test('a question of a type that does not exist is said to be left out, and those after it stay', () => {
  const body = bodyOf(filled());
  const entered = enteredFrom({ ...body, q0_type: 'riddle' });
  expect(entered.questions.map(({ type }) => type)).toEqual(['ambiguous', 'relevance']);
  const read = readEntered(entered);
  expect('faults' in read ? read.faults : []).toEqual([
    {
      field: 'questions',
      message: 'There is no type of question “riddle”. Its question was left out; add it again.',
    },
  ]);
});

test('what is too long is said so in words, at every field of every type of question', () => {
  const tooLong = 'a'.repeat(600);
  const messages: string[] = [];
  for (const type of questionTypeNames) {
    const [added] = changeQuestions(
      { ...filled(), questions: [] },
      { kind: 'add' },
      { preset: '', type },
    ).questions;
    if (added === undefined) throw new Error(type);
    const fields = Object.fromEntries(
      Object.keys(added.fields).map((name) => [
        name,
        name === 'options' ? `a\n${tooLong}` : tooLong,
      ]),
    );
    const question = { ...added, wording: tooLong, hint: tooLong, fields };
    const others = filled().questions.filter((other) => other.type !== type);
    const read = readEntered({ ...filled(), questions: [question, ...others] });
    if (!('faults' in read)) throw new Error(type);
    expect(read.faults.map(({ field }) => field).toSorted()).toEqual(
      ['q0_wording', 'q0_hint', ...Object.keys(fields).map((name) => `q0_${name}`)].toSorted(),
    );
    messages.push(...read.faults.map(({ message }) => message));
  }
  expect([...new Set(messages)].toSorted()).toEqual(
    [
      'The wording is longer than 500 characters.',
      'The hint is longer than 500 characters.',
      'The options must be two to nine lines of at most 200 characters.',
      'The options must be 2 to 100 different lines of at most 200 characters.',
      'The answer that excludes the others is longer than 200 characters.',
      'The lowest point must be 0 or 1.',
      'The highest point must be a whole number from 2 to 9.',
      'The words at the lowest point must have at most 60 characters.',
      'The words at the highest point must have at most 60 characters.',
    ]
      .map((message) => `Question 1: ${message}`)
      .toSorted(),
  );
});

test('every fault is named at its field', () => {
  const wrong: Entered = {
    ...filled(),
    title: '',
    raterTitle: '',
    sampleSize: '0',
    overlap: '2.5',
    threshold: 'ninety',
    agreementMargin: '',
    relevanceMargin: '9',
    blockLength: '-1',
    leaseMinutes: 'x',
    raterLimit: '0',
    strategy: 'best',
    consent: ' ',
    questions: [
      {
        type: 'choice',
        id: 'Bad Name',
        wording: '',
        hint: '',
        required: true,
        fields: { options: 'one' },
      },
    ],
  };
  const read = readEntered(wrong);
  const fields = 'faults' in read ? read.faults.map((fault) => fault.field) : [];
  expect(fields.toSorted()).toEqual([
    'agreementMargin',
    'blockLength',
    'consent',
    'leaseMinutes',
    'overlap',
    'q0_id',
    'q0_options',
    'q0_wording',
    'raterLimit',
    'raterTitle',
    'relevanceMargin',
    'sampleSize',
    'strategy',
    'threshold',
    'title',
  ]);
});

test('the buttons move, remove and add questions and never lose one by accident', () => {
  fc.assert(
    fc.property(
      fc.array(question, { maxLength: 20 }),
      fc.oneof(
        fc.string(),
        fc
          .tuple(
            fc.constantFrom('up', 'down', 'remove', 'add', 'preset'),
            fc.integer({ min: -2, max: 25 }),
          )
          .map(([kind, index]) => `${kind}:${index}`),
      ),
      fc.string(),
      fc.constantFrom(...questionTypeNames, 'nonsense'),
      (questions, pressed, preset, type) => {
        const intent = intentOf(pressed);
        const { questions: after } = changeQuestions({ ...filled(), questions }, intent, {
          preset,
          type,
        });
        if (intent.kind === 'remove')
          expect(after.length).toBeGreaterThanOrEqual(questions.length - 1);
        else if (intent.kind === 'add')
          expect(after.length - questions.length).toBeLessThanOrEqual(1);
        else if (intent.kind !== 'preset')
          expect(
            after.toSorted((left, right) => questions.indexOf(left) - questions.indexOf(right)),
          ).toEqual(questions);
        expect(after.length).toBeLessThanOrEqual(20);
      },
    ),
  );
  const three = filled();
  expect(
    changeQuestions(three, { kind: 'up', index: 1 }, { preset: '', type: '' }).questions.map(
      (one) => one.type,
    ),
  ).toEqual(['ambiguous', 'label', 'relevance']);
  expect(
    changeQuestions(three, { kind: 'remove', index: 0 }, { preset: '', type: '' }).questions.map(
      (one) => one.type,
    ),
  ).toEqual(['ambiguous', 'relevance']);
  expect(
    changeQuestions(three, { kind: 'preset' }, { preset: '__proto__', type: '' }).questions,
  ).toEqual(three.questions);
});
