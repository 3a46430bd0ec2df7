import type { Candidate, Fields } from './candidates.js';
import type { Pipeline } from './pipeline.js';
import { fill } from './template.js';

/** What a candidate shows raters, once it is an example. */
export interface CandidateExample {
  readonly text: string;
  readonly choices: readonly string[];
  /** The index of the right choice; null where the pipeline has no labels. */
  readonly label: number | null;
}

/** All fields of a candidate: those of the pipeline, of its label, and its own, which come first. */
export const allFields = (
  pipeline: Pipeline,
  candidate: Pick<Candidate, 'fields' | 'label'>,
): Fields => ({
  ...pipeline.values,
  ...(candidate.label === null ? {} : pipeline.labels[candidate.label]?.values),
  ...candidate.fields,
});

/** A candidate as an example; null where a field is missing or the label is none of the choices. */
export function exampleOf(
  pipeline: Pipeline,
  candidate: Pick<Candidate, 'fields' | 'label'>,
): CandidateExample | null {
  const fields = allFields(pipeline, candidate);
  const { example, labels } = pipeline;
  const text = fill(example.text, fields);
  const choices = example.choices.map((choice) => fill(choice, fields));
  if (text === null || text.trim() === '' || !choices.every((choice) => choice !== null))
    return null;
  if (example.label === null) {
    if (candidate.label === null) return { text, choices, label: null };
    const place = example.choices.indexOf(labels[candidate.label]?.choice ?? '');
    return place < 0 ? null : { text, choices, label: place };
  }
  const right = fill(example.label, fields)?.trim();
  const place = choices.findIndex((choice) => choice.trim() === right);
  return place < 0 ? null : { text, choices, label: place };
}
