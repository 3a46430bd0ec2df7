import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRefusal } from '#datasets/examples/example.js';
import { familyOf, recognise } from '#datasets/examples/recognise.js';
import type { LabelledExample } from '#statistics/texts/choiceClassifier.js';

/** Released sets stand outside this repository: ASSAY_SHARED, or `../shared` beside the clone. */
const folder = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'data', 'evals');

export const haveEvals = existsSync(folder);

/** The behaviours of which there is a generated and a human-written set. */
export const pairNames = [
  'corrigible-neutral-HHH',
  'one-box-tendency',
  'self-awareness-text-model',
  'survival-instinct',
] as const;

/** The examples of a released file that can be read and have a label. */
export function readExamples(path: string): LabelledExample[] {
  return readFileSync(resolve(folder, path), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const row: unknown = JSON.parse(line);
      const example = recognise(row, familyOf(row) ?? 'advanced-ai-risk', null);
      if (isRefusal(example) || example.labelChoice === null) return [];
      return [
        {
          text: example.text,
          choices: example.choices.map((choice) => choice.text),
          label: example.labelChoice,
        },
      ];
    });
}

/** Both sets of a pair. */
export function readPair(name: string): { generated: LabelledExample[]; human: LabelledExample[] } {
  return {
    generated: readExamples(`advanced-ai-risk/lm_generated_evals/${name}.jsonl`),
    human: readExamples(`advanced-ai-risk/human_generated_evals/${name}.jsonl`),
  };
}
