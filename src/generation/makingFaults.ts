import {
  addedFaults,
  type CheckFault,
  fault,
  fieldFaults,
  labelFields,
  modelFaults,
  notAmong,
  type Place,
  repeated,
  rowFaults,
  templateFaults,
} from './knownFields.js';
import type { Pipeline } from './pipeline.js';
import { fieldsOf } from './template.js';

/** The faults of a list. */
export const listFaults = ({ stage, path, known }: Place<'list'>): CheckFault[] => [
  ...rowFaults(stage.rows, [...path, 'rows']),
  ...addedFaults(
    Object.keys(stage.rows[0] ?? {}).map((name) => ({ name, path: [...path, 'rows', 0, name] })),
    known.fields,
  ),
];

/** The faults of a stage that writes. */
export function writeFaults(
  pipeline: Pipeline,
  { stage, path, known }: Place<'write'>,
): CheckFault[] {
  const { prompts, shown, parse } = stage;
  const { all, different } = labelFields(pipeline);
  const labels = known.labelled ? [] : all;
  const here = new Set([...known.fields, ...labels]);
  const fields = shown === null ? here : new Set([...here, 'shown']);
  const turned = shown?.turn === true;
  const added =
    parse.kind === 'fields'
      ? parse.fields.map((name, index) => ({ name, path: [...path, 'parse', 'fields', index] }))
      : [
          { name: parse.field, path: [...path, 'parse', 'field'] },
          ...(parse.kind === 'block-quote' ? parse.split : []).map((name, index) => ({
            name,
            path: [...path, 'parse', 'split', index],
          })),
        ];
  return [
    ...modelFaults(pipeline, stage.model, [...path, 'model']),
    ...repeated(prompts, [...path, 'prompts']),
    ...prompts.flatMap((prompt, index) => {
      const at = [...path, 'prompts', index];
      const faults = templateFaults(prompt, at, fields);
      if (faults.length > 0) return faults;
      const names = fieldsOf(prompt);
      if (shown !== null && !names.includes('shown'))
        return [fault(at, 'Expected {shown} where the examples are to stand; found none.')];
      const alike = !known.labelled && pipeline.labels.length > 1 && !turned;
      return alike && !names.some((name) => different.has(name))
        ? [fault(at, 'Expected a field that differs between the labels; found the same for all.')]
        : [];
    }),
    ...(shown === null
      ? []
      : [
          ...templateFaults(
            shown.form,
            [...path, 'shown', 'form'],
            new Set([...here, 'text', 'choices', 'label']),
          ),
        ]),
    ...(parse.kind === 'block-quote' &&
    parse.split.length > 0 &&
    parse.split.length !== parse.holds.length
      ? [
          fault(
            [...path, 'parse', 'split'],
            `Expected a field for each text of holds, ${parse.holds.length}; found ${parse.split.length}.`,
          ),
        ]
      : []),
    ...addedFaults(added, here),
  ];
}

/** The faults of a stage that combines. */
export function combineFaults({ stage, path, known }: Place<'combine'>): CheckFault[] {
  const names = Object.keys(stage.rows[0] ?? {});
  const added = [
    ...names.map((name) => ({ name, path: [...path, 'rows', 0, name] })),
    ...Object.keys(stage.pick).map((name) => ({ name, path: [...path, 'pick', name] })),
  ];
  return [
    ...rowFaults(stage.rows, [...path, 'rows']),
    ...addedFaults(added, known.fields),
    ...Object.entries(stage.pick).flatMap(([name, by]) => {
      const at = [...path, 'pick', name];
      const missing = fieldFaults(by, at, known.fields);
      const values = [...(known.listed.get(by) ?? [])];
      return [
        ...missing,
        ...values
          .filter((value) => !names.includes(value))
          .map((value) => fault(at, notAmong(`a field of the rows for each ${by}`, value, names))),
      ];
    }),
  ];
}
