import { expect, test } from 'vitest';
import { ModelSettings } from '#models/settings.js';

const settings = {
  provider: 'openai',
  server: 'https://api.example.org/v1',
  model: 'm',
  context: 64,
};

const objections = (changes: object): string[] => {
  const parsed = ModelSettings.safeParse({ ...settings, ...changes });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

test('an address that holds a password, a key or nothing is refused', () => {
  expect(objections({})).toEqual([]);
  for (const server of [
    'https://user:secret@api.example.org/v1',
    'https://api.example.org/v1?key=secret',
    'file:///etc/passwd',
    'nonsense',
    null,
  ])
    expect(objections({ server })).toEqual(['server']);
});

test('a key is a variable of its own kind, and a file is a name', () => {
  expect(objections({ key: 'MODEL_KEY_LAB' })).toEqual([]);
  for (const key of ['DATABASE_URL', 'MODEL_KEY_', 'model_key_lab'])
    expect(objections({ key })).toEqual(['key']);
  const file = {
    provider: 'gguf',
    server: null,
    form: { kind: 'frame', before: '', after: '', reply: '' },
  };
  expect(objections({ ...file, model: 'tiny.gguf' })).toEqual([]);
  expect(objections({ ...file, model: '../tiny.gguf' })).toEqual(['model']);
});

test('no answer is waited for longer than Node waits', () => {
  expect(objections({ patienceSeconds: 300 })).toEqual([]);
  expect(objections({ patienceSeconds: 301 })).toEqual(['patienceSeconds']);
});
