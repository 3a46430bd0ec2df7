import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { strategies } from '#studies/editor/editorPage.js';
import { formPresets } from '#studies/form.js';
import { questionTypeNames, recordOf } from '#studies/questions/types.js';
import { StudySettings } from '#studies/settings.js';

const studies = readFileSync('docs/admins/studies.md', 'utf8');
const forms = readFileSync('docs/admins/forms.md', 'utf8');

/** The part of a page under one heading. */
const under = (page: string, heading: string): string =>
  page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
const listed = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^- `([^`]+)`: (.+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );

test('docs/admins/forms.md names every type of question and every preset, and no other, in the words of the product', () => {
  expect(listed(under(forms, 'Types of question'))).toEqual(
    Object.fromEntries(questionTypeNames.map((name) => [name, recordOf(name).sentence])),
  );
  expect(listed(under(forms, 'Presets'))).toEqual(
    Object.fromEntries(
      Object.entries(formPresets).map(([name, preset]) => [name, preset.sentence]),
    ),
  );
});

test('docs/admins/studies.md names every setting with what holds unless told, and no other', () => {
  const rows = [...under(studies, 'Settings').matchAll(/^\| `(\w+)` \| .+ \| (.*?) ?\|$/gm)].map(
    (match) => [match[1], match[2]],
  );
  const defaults = StudySettings.parse({ datasets: [] });
  const words = (value: unknown): string =>
    value === '' ? 'empty' : Array.isArray(value) ? '' : String(value);
  expect(rows).toEqual(Object.entries(defaults).map(([name, value]) => [name, words(value)]));
  expect(listed(under(studies, 'Settings'))).toEqual(strategies);
});
