import type { Db } from '#storage/database.js';
import { count, plural } from '#web/format.js';
import type { FieldFault } from '#web/problem.js';
import { missingLabels } from './health.js';
import { confirmedDescription, latestDescription } from './behaviour.js';
import { type ImportFile, planOf, understoodOf } from './imports/import.js';
import { labelReadings, type Mapping } from './examples/mapping.js';
import { encodingNames, encodings } from './formats/reading.js';
import { type FilePlan, isGuess, readAsWords, type Understood } from './imports/plan.js';

/** What was understood of the files together, in one or two sentences. */
export function reviewSentence(files: readonly ImportFile[]): string {
  const datasets = files.filter((file) => file.state === 'reviewing');
  const others = files.length - datasets.length;
  const unknown = datasets.filter(
    (file) =>
      planOf(file).source === null ||
      isGuess(planOf(file)) ||
      understoodOf(file).reading.questions.length > 0,
  ).length;
  if (datasets.length === 0)
    return files.length === 1
      ? 'There is no dataset in this file.'
      : `There is no dataset in these ${files.length} files.`;
  const asks =
    unknown === 0
      ? ' Everything was recognised; correct what is wrong.'
      : ` ${unknown === datasets.length && unknown === 1 ? 'It needs' : `${count(unknown)} of them ${unknown === 1 ? 'needs' : 'need'}`} an answer from you.`;
  return `${plural(datasets.length, 'file holds a dataset', 'files hold datasets')}${others > 0 ? `, ${count(others)} ${others === 1 ? 'does' : 'do'} not` : ''}. Nothing is written yet.${asks}`;
}

function understoodWords(plan: FilePlan, understood: Understood): string {
  const rows = understood.complete
    ? plural(understood.rowsSampled, 'row')
    : `the first ${plural(understood.rowsSampled, 'row')} looked at`;
  return `${understood.formatWords}: ${readAsWords(plan)}; ${rows}.`;
}

function warningsOf(plan: FilePlan, understood: Understood): string[] {
  const warnings = understood.reading.questions.map(({ sentence }) => sentence);
  if (isGuess(plan))
    warnings.push(
      'Which column is what is a guess. ' +
        (understood.guess ?? 'Look at the first rows, and confirm that they are right.'),
    );
  if (plan.source === null)
    warnings.push('The path does not tell whether a model or people wrote this. Say which.');
  if (understood.rejectedInSample > 0)
    warnings.push(
      `${plural(understood.rejectedInSample, 'row', 'rows')} of ` +
        `${count(understood.rowsSampled)} cannot be an example like this; the reasons stand ` +
        'under the first rows.',
    );
  const examples = understood.rowsSampled - understood.rejectedInSample;
  const missing = missingLabels(understood.unlabelledInSample, examples);
  if (missing !== null)
    warnings.push(
      understood.complete
        ? `${missing}.`
        : `${missing}, of the first ${plural(understood.rowsSampled, 'row')}.`,
    );
  return warnings;
}

interface MappingField {
  readonly name: string;
  readonly words: string;
  readonly several: boolean;
  readonly options: readonly { readonly value: string; readonly words: string }[];
  readonly value: readonly string[];
}

/** How the bytes of a file are read; a guess that nobody has confirmed stands as a question. */
function readingFields({ reading }: Understood): MappingField[] {
  const asked = new Set(reading.questions.map(({ field }) => field));
  const ask = (field: 'encoding' | 'header'): MappingField['options'] =>
    asked.has(field) ? [{ value: '', words: 'Choose …' }] : [];
  const fields: MappingField[] = [];
  if (reading.delimiter !== null)
    fields.push({
      name: 'delimiter',
      words: 'Between cells',
      several: false,
      options: [
        { value: 'comma', words: 'commas' },
        { value: 'semicolon', words: 'semicolons' },
        { value: 'tab', words: 'tabs' },
        { value: 'pipe', words: 'vertical bars' },
      ],
      value: [reading.delimiter],
    });
  if (reading.encoding !== null)
    fields.push({
      name: 'encoding',
      words: 'Encoding',
      several: false,
      options: [
        ...ask('encoding'),
        ...encodingNames.map((value) => ({ value, words: encodings[value] })),
      ],
      value: [asked.has('encoding') ? '' : reading.encoding],
    });
  if (reading.header !== null)
    fields.push({
      name: 'header',
      words: 'First row',
      several: false,
      options: [
        ...ask('header'),
        { value: 'yes', words: 'names the columns' },
        { value: 'no', words: 'is data: no header' },
      ],
      value: [asked.has('header') ? '' : reading.header ? 'yes' : 'no'],
    });
  return fields;
}

/** How the form writes the way in which labels are read. */
export const labelAsValue = ({ labelAs, countFrom }: Mapping): string =>
  labelAs === 'position' ? `position-${countFrom}` : labelAs;

function mappingFields(mapping: Mapping, columns: readonly string[]): MappingField[] {
  const names = columns.map((name) => ({ value: name, words: name }));
  const optional = (words: string): { value: string; words: string }[] => [
    { value: '', words },
    ...names,
  ];
  const { choices } = mapping;
  return [
    { name: 'text', words: 'The text', several: false, options: names, value: [mapping.text] },
    {
      name: 'kind',
      words: 'The choices',
      several: false,
      options: [
        { value: 'yes-no', words: 'always Yes and No' },
        { value: 'list', words: 'one column with a list or an object' },
        { value: 'columns', words: 'one column a choice' },
        { value: 'block', words: 'lettered inside the text: (A) … (B) …' },
      ],
      value: ['column' in choices ? 'list' : choices.kind],
    },
    {
      name: 'list',
      words: 'Column with the list or object',
      several: false,
      options: optional('none'),
      value: 'column' in choices ? [choices.column] : [''],
    },
    {
      name: 'columns',
      words: 'Columns of the choices',
      several: true,
      options: names,
      value: choices.kind === 'columns' ? choices.columns : [],
    },
    {
      name: 'label',
      words: 'The label',
      several: false,
      options: optional('no label'),
      value: [mapping.label ?? ''],
    },
    {
      name: 'labelAs',
      words: 'The label names its choice by',
      several: false,
      options: Object.entries(labelReadings)
        .toReversed()
        .flatMap(([value, words]) =>
          value === 'position'
            ? [
                { value: 'position-1', words: `${words}, counted from 1` },
                { value: 'position-0', words: `${words}, counted from 0` },
              ]
            : [{ value, words }],
        ),
      value: [labelAsValue(mapping)],
    },
    {
      name: 'confidence',
      words: 'Confidence of the label',
      several: false,
      options: optional('none'),
      value: [mapping.confidence ?? ''],
    },
  ];
}

/** What is chosen of a file: how its bytes are read, where that is in question, and its columns. */
const fieldsOf = (plan: FilePlan, understood: Understood): MappingField[] => [
  ...(plan.mapping !== null ||
  understood.reading.questions.length > 0 ||
  Object.keys(plan.reading).length > 0
    ? readingFields(understood)
    : []),
  ...(plan.mapping === null ? [] : mappingFields(plan.mapping, understood.columns)),
];

function fileModel(file: ImportFile, faults: readonly FieldFault[]): object {
  const plan = planOf(file);
  const understood = understoodOf(file);
  return {
    id: file.public_id,
    path: file.path,
    byteCount: file.byte_count,
    understood: understoodWords(plan, understood),
    warnings: warningsOf(plan, understood),
    name: plan.name,
    behaviour: plan.behaviour,
    source: plan.source,
    role: plan.role,
    leaveOut: plan.leaveOut,
    faulty: faults.some((fault) => fault.field === `${file.public_id}.source`),
    mapped: plan.mapping !== null,
    fields: fieldsOf(plan, understood),
    asks: isGuess(plan),
    samples: understood.samples.map((sample) => ({
      line: sample.line,
      text: sample.text,
      choices: sample.choices,
      removed: sample.removed,
      labelKey:
        sample.labelChoice === null ? null : (sample.choices[sample.labelChoice]?.key ?? null),
    })),
    rejections: understood.rejections,
    ...plan.provenance,
  };
}

/** The files to review, by behaviour, each group with the description that raters would read. */
export async function reviewGroups(
  db: Db,
  files: readonly ImportFile[],
  faults: readonly FieldFault[],
): Promise<object[]> {
  const groups = new Map<string, ImportFile[]>();
  for (const file of files.filter((candidate) => candidate.state === 'reviewing')) {
    const { behaviour } = planOf(file);
    groups.set(behaviour, [...(groups.get(behaviour) ?? []), file]);
  }
  return Promise.all(
    [...groups].map(async ([name, members], index) => {
      const known = await db
        .selectFrom('behaviour')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst();
      const confirmed = known === undefined ? undefined : await confirmedDescription(db, known.id);
      const latest = known === undefined ? undefined : await latestDescription(db, known.id);
      return {
        id: `b${index}`,
        behaviour: name,
        known: known !== undefined,
        confirmed:
          confirmed === undefined || known === undefined
            ? null
            : {
                short: confirmed.short,
                long: confirmed.long,
                version: confirmed.version,
                href: `/datasets/behaviours/${known.public_id}`,
              },
        short: latest?.short ?? '',
        long: latest?.long ?? '',
        confirm: false,
        files: members.map((file) => fileModel(file, faults)),
      };
    }),
  );
}
