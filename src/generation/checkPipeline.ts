import {
  addedFaults,
  type CheckFault,
  type Known,
  labelFields,
  listedOf,
  templateFaults,
} from './knownFields.js';
import { makingKinds, type Pipeline, type StageSettings } from './pipeline.js';
import { stageFaults } from './stageFaults.js';

export type { CheckFault } from './knownFields.js';

const makes = ({ kind }: StageSettings): boolean =>
  (makingKinds as readonly string[]).includes(kind);

/** The faults of labels: choices of the example, each once, all with the same fields. */
function labelFaults({ labels, example, stages }: Pipeline): CheckFault[] {
  const faults: CheckFault[] = [];
  const fault = (path: CheckFault['path'], message: string): number =>
    faults.push({ path, message });
  const names = labelFields({ labels }).all;
  for (const [index, { choice, values }] of labels.entries()) {
    if (!example.choices.includes(choice))
      fault(
        ['labels', index, 'choice'],
        `Expected one of the choices of the example (${example.choices.join(', ')}), word for word; found “${choice}”.`,
      );
    if (labels.findIndex((other) => other.choice === choice) < index)
      fault(['labels', index, 'choice'], `Expected each choice once; found “${choice}” again.`);
    const own = Object.keys(values);
    if (own.length !== names.length || !names.every((name) => Object.hasOwn(values, name)))
      fault(
        ['labels', index, 'values'],
        `Expected the fields of the first label (${names.join(', ') || 'none'}); found ${own.join(', ') || 'none'}.`,
      );
  }
  if (labels.length > 0 && example.label !== null)
    fault(
      ['example', 'label'],
      'Expected nothing, since the pipeline has labels; found a second way to say the right choice.',
    );
  if (labels.length > 0 && !stages.some(({ kind }) => kind === 'write'))
    fault(['labels'], 'Expected a stage that writes for these labels; found none.');
  return faults;
}

/** What is known of the candidates of a stage, once it is done. */
function after(known: Known, stage: StageSettings, pipeline: Pipeline): Known {
  const made = { scores: new Set<string>(), likelihood: false, screened: false };
  const more = (names: Iterable<string>): ReadonlySet<string> =>
    new Set([...known.fields, ...names]);
  switch (stage.kind) {
    case 'list': {
      const listed = new Map([...known.listed, ...listedOf(stage.rows)]);
      return { ...known, ...made, fields: more(listed.keys()), listed };
    }
    case 'write':
      return {
        ...known,
        ...made,
        fields: more([...labelFields(pipeline).all, ...parsedFields(stage)]),
        labelled: pipeline.labels.length > 0,
      };
    case 'combine': {
      const listed = listedOf(stage.rows);
      const names = [...listed.keys(), ...Object.keys(stage.pick)];
      return {
        ...known,
        ...made,
        fields: more(names),
        listed: new Map([...known.listed, ...listed]),
      };
    }
    case 'screen':
      return { ...known, screened: true };
    case 'judge':
      return {
        ...known,
        scores: new Set([...known.scores, ...stage.questions.map(({ name }) => name)]),
        likelihood: known.likelihood || stage.likelihood !== null,
      };
    case 'review':
      // People may edit the texts, so that what was said of them before holds no longer.
      return { ...known, scores: new Set(), likelihood: false };
    case 'check':
    case 'keep':
      return known;
  }
}

/** The fields that a stage which writes reads from an answer. */
function parsedFields({ parse }: Extract<StageSettings, { kind: 'write' }>): readonly string[] {
  if (parse.kind === 'fields') return parse.fields;
  return parse.kind === 'block-quote' ? [parse.field, ...parse.split] : [parse.field];
}

/** The faults of the order of the stages. */
function orderFaults({ stages }: Pipeline): CheckFault[] {
  const faults: CheckFault[] = [];
  const fault = (index: number, message: string): number =>
    faults.push({ path: ['stages', index, 'kind'], message });
  for (const [index, { kind }] of stages.entries()) {
    if (index === 0 && kind !== 'list' && kind !== 'write')
      fault(
        index,
        `Expected list or write as the first stage; found ${kind}, and there are no candidates yet.`,
      );
    if (index > 0 && kind === 'list')
      fault(
        index,
        'Expected a list as the first stage alone; found another. Use combine for rows.',
      );
  }
  const last = stages.findLastIndex(makes);
  if (last >= 0 && !stages.slice(last + 1).some(({ kind }) => kind === 'screen'))
    fault(
      stages.length - 1,
      `Expected a screen after the last stage that makes candidates (stages[${last}]); found none. ` +
        'People read nothing that was not screened.',
    );
  const own = stages.slice(last + 1).map(({ kind }) => kind);
  const [judged, reviewed] = [own.lastIndexOf('judge'), own.lastIndexOf('review')];
  if (judged >= 0 && judged < reviewed)
    fault(
      last + 1 + reviewed,
      'Expected a judge after the last review, which may edit what was judged before; found none.',
    );
  return faults;
}

/**
 * What is wrong with a pipeline although each of its fields has the right form: templates, fields
 * that candidates do not have at a stage, names of models, scores and findings that there are not,
 * the order of the stages, labels that are no choices. Gives nothing where it can be run.
 */
export function checkPipeline(pipeline: Pipeline): CheckFault[] {
  const { values, stages, example } = pipeline;
  const faults: CheckFault[] = [...labelFaults(pipeline), ...orderFaults(pipeline)];
  let known: Known = {
    fields: new Set(Object.keys(values)),
    labelled: false,
    scores: new Set(),
    likelihood: false,
    screened: false,
    listed: new Map(),
  };
  faults.push(
    ...addedFaults(
      Object.keys(values).map((name) => ({ name, path: ['values', name] })),
      new Set(),
    ),
    ...Object.entries(values)
      .filter(([, value]) => value.trim() === '')
      .map(([name]) => ({
        path: ['values', name],
        message: 'Expected a text that every candidate has; found none.',
      })),
  );
  for (const [index, stage] of stages.entries()) {
    faults.push(...stageFaults(pipeline, { stage, path: ['stages', index], known }));
    known = after(known, stage, pipeline);
  }
  const { fields } = known;
  faults.push(
    ...templateFaults(example.text, ['example', 'text'], fields),
    ...example.choices.flatMap((choice, index) => [
      ...templateFaults(choice, ['example', 'choices', index], fields),
      ...(example.choices.indexOf(choice) < index
        ? [
            {
              path: ['example', 'choices', index],
              message: `Expected each choice once; found “${choice}” again.`,
            },
          ]
        : []),
    ]),
    ...(example.label === null ? [] : templateFaults(example.label, ['example', 'label'], fields)),
  );
  return faults;
}
