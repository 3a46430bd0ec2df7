import { expect, test } from 'vitest';
import { pipelineWith } from '../stageSupport.js';
import { Pipeline, type StageOf } from '#generation/pipeline.js';
import { drawnPairs } from '#generation/write/combine.js';
import { planSlots } from '#generation/write/plan.js';
import { drawShown, type ShownExample, turned } from '#generation/write/shown.js';
import type { Candidate } from '#generation/candidates.js';

const example = (number: number): ShownExample => ({
  text: `Question ${number}?`,
  choices: [`yes ${number}`, `no ${number}`],
  label: 0,
});
const pool = Array.from({ length: 10 }, (_, number) => example(number));

const few = pipelineWith([], {
  models: { writer: 'm' },
  labels: [{ choice: '(A)' }, { choice: '(B)' }],
  example: { text: '{question}', choices: ['(A)', '(B)'] },
  stages: [
    {
      kind: 'write',
      model: 'writer',
      prompts: ['{shown}\nWrite one more.'],
      samples: 40,
      sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
      shown: { dataset: 'kind', count: 5, form: '{text}\n{choices}\nAnswer: {label}' },
      parse: { kind: 'whole', field: 'question' },
    },
  ],
});
const settingsOf = ({ stages: [first] }: Pipeline): StageOf<'write'> => {
  if (first?.kind !== 'write') throw new Error('it writes first');
  return first;
};

const candidate = (id: number, more: Partial<Candidate> = {}): Candidate => ({
  id,
  public_id: String(id),
  stage_id: 1,
  slot: id,
  place: 0,
  parent_id: null,
  label: null,
  prompt: null,
  call_id: null,
  fields: { occupation: `occupation ${id}` },
  text_hash: Buffer.alloc(32),
  ...more,
});

const plan = (pipeline: Pipeline, candidates: readonly Candidate[] = [], seed = 7) => [
  ...planSlots({ pipeline, settings: settingsOf(pipeline), seed, candidates, pool }),
];

test('shown examples are drawn at random without repeats, and turned to the label', () => {
  const slots = plan(few);
  expect(slots).toHaveLength(80);
  const shownIn = slots.map(({ shown }) => shown?.examples.map((one) => one.example.text) ?? []);
  for (const texts of shownIn) expect([texts.length, new Set(texts).size]).toEqual([5, 5]);
  expect(new Set(shownIn.map((texts) => texts.join())).size).toBeGreaterThan(75);
  // Each of the ten is shown about as often as the others: 40 of 80 prompts, give or take 4 errors.
  const counts = pool.map(({ text }) => shownIn.filter((texts) => texts.includes(text)).length);
  for (const count of counts) expect(Math.abs(count - 40)).toBeLessThan(4 * Math.sqrt(20));
  for (const { label, request } of slots) {
    const answers = [...(request?.prompt.matchAll(/Answer: (\S+)/g) ?? [])].map(([, key]) => key);
    expect(new Set(answers)).toEqual(new Set([label === 0 ? '(A)' : '(B)']));
  }
  expect(slots[0]?.request?.prompt).toMatch(
    /^Question (\d)\?\n\(A\) yes \1\n\(B\) no \1\nAnswer: \(A\)\n\n/,
  );
  expect(slots[40]?.request?.prompt).toMatch(
    /^Question (\d)\?\n\(A\) no \1\n\(B\) yes \1\nAnswer: \(B\)\n\n/,
  );
});

test('the same seed plans the same, another one something else', () => {
  const prompts = (seed: number) => plan(few, [], seed).map(({ request }) => request?.prompt);
  expect(prompts(7)).toEqual(prompts(7));
  expect(prompts(8)).not.toEqual(prompts(7));
});

test('an example without a label stays as it is; choices get their letters by place', () => {
  const none = { ...example(1), label: null };
  expect(turned(none, 1)).toBe(none);
  const three = { text: 'Q', choices: ['x', 'y', 'z'], label: 2 };
  expect(turned(three, 2)).toEqual(three);
  expect(turned(three, 0)).toEqual({ text: 'Q', choices: ['z', 'y', 'x'], label: 0 });
  const yes = { text: 'Q', choices: ['Yes', 'No'], label: 0 };
  const shown = settingsOf(few).shown;
  if (shown === null) throw new Error('examples are shown');
  const given = { pool: [yes], label: 1, fields: {}, seed: 'a' };
  const drawn = drawShown(few, { ...shown, count: 1, quoted: true }, given);
  expect(drawn.text).toBe('> Q\n> (A) No\n> (B) Yes\n> Answer: (B)');
});

test('no two requests of a stage are the same, and those of one prompt count through', () => {
  const labelled = Pipeline.parse({
    ...few,
    labels: [
      { choice: '(A)', values: { verb: 'agree' } },
      { choice: '(B)', values: { verb: 'agree' } },
    ],
    stages: [{ ...settingsOf(few), shown: null, prompts: ['Would {verb}.', 'Plain.'], samples: 2 }],
  });
  const slots = plan(labelled);
  expect(slots.map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(slots.map(({ label, prompt, request }) => [label, prompt, request?.sample])).toEqual([
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
    [0, 1, 1],
    [1, 0, 2],
    [1, 0, 3],
    [1, 1, 2],
    [1, 1, 3],
  ]);
});

test('it is written for each candidate, and for each label that it may have', () => {
  const pipeline = Pipeline.parse({
    ...few,
    stages: [{ ...settingsOf(few), prompts: ['About the {occupation}.{shown}'], samples: 1 }],
  });
  const units = (candidates: readonly Candidate[]) =>
    plan(pipeline, candidates).map(({ parent, label }) => [parent?.id, label]);
  expect(units([candidate(1), candidate(2)])).toEqual([
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ]);
  expect(units([candidate(1, { label: 1 }), candidate(2, { label: 0 })])).toEqual([
    [1, 1],
    [2, 0],
  ]);
  // A candidate that goes leaves the prompts of the others as they were.
  const promptsOf = (candidates: readonly Candidate[]) =>
    plan(pipeline, candidates).map(({ request }) => request?.prompt);
  const all = promptsOf([candidate(1), candidate(2), candidate(3)]);
  expect(promptsOf([candidate(1), candidate(3)])).toEqual([...all.slice(0, 2), ...all.slice(4)]);
});

test('pairs are drawn in order, each as often as the others', () => {
  expect([...drawnPairs(5, null, 'a')]).toEqual([0, 1, 2, 3, 4]);
  expect([...drawnPairs(3, 9, 'a')]).toEqual([0, 1, 2]);
  const times = Array.from({ length: 6 }, () => 0);
  for (let seed = 0; seed < 600; seed += 1) {
    const drawn = [...drawnPairs(6, 2, String(seed))];
    expect(drawn).toHaveLength(2);
    expect(drawn[0]).toBeLessThan(drawn[1] ?? 0);
    for (const pair of drawn) times[pair] = (times[pair] ?? 0) + 1;
  }
  // 200 each, give or take four standard errors.
  for (const time of times) expect(Math.abs(time - 200)).toBeLessThan(4 * Math.sqrt(600 / 4.5));
});
