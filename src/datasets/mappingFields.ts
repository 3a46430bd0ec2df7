import { labelReadings, type Mapping } from './examples/mapping.js';
import { encodingNames, encodings } from './formats/reading.js';
import type { FilePlan, Understood } from './imports/plan.js';
import { labelAsValue } from './reviewForm.js';

/** A choice about how a file is read, as a form shows it. */
export interface MappingField {
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
export const fieldsOf = (plan: FilePlan, understood: Understood): MappingField[] => [
  ...(plan.mapping !== null ||
  understood.reading.questions.length > 0 ||
  Object.keys(plan.reading).length > 0
    ? readingFields(understood)
    : []),
  ...(plan.mapping === null ? [] : mappingFields(plan.mapping, understood.columns)),
];
