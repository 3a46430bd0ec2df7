import type { Db } from '#storage/database.js';
import { count, plural } from '#web/format.js';
import type { FieldFault } from '#web/problem.js';
import { missingLabels } from './health.js';
import { confirmedDescription, latestDescription } from './behaviour.js';
import { type ImportFile, planOf, understoodOf } from './imports/import.js';
import type { Mapping } from './examples/mapping.js';
import { familyWords, type FilePlan, type Understood } from './imports/plan.js';

/** What was understood of the files together, in one or two sentences. */
export function reviewSentence(files: readonly ImportFile[]): string {
  const datasets = files.filter((file) => file.state === 'reviewing');
  const others = files.length - datasets.length;
  const unknown = datasets.filter(
    (file) => planOf(file).source === null || planOf(file).mapping !== null,
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
  return `${understood.formatWords}: ${familyWords[plan.family]}; ${rows}.`;
}

function warningsOf(plan: FilePlan, understood: Understood): string[] {
  const warnings: string[] = [];
  if (plan.source === null)
    warnings.push('The path does not tell whether a model or people wrote this. Say which.');
  if (understood.rejectedInSample > 0)
    warnings.push(
      `${plural(understood.rejectedInSample, 'row', 'rows')} of ${count(understood.rowsSampled)} cannot be an example like this; the reasons stand under the first rows.`,
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
        { value: 'list', words: 'one column with a list' },
        { value: 'columns', words: 'one column a choice' },
        { value: 'block', words: 'lettered inside the text: (A) … (B) …' },
      ],
      value: [choices.kind],
    },
    {
      name: 'list',
      words: 'Column with the list',
      several: false,
      options: optional('none'),
      value: choices.kind === 'list' ? [choices.column] : [''],
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
      name: 'countFrom',
      words: 'Numbers in the label',
      several: false,
      options: [
        { value: '1', words: 'count from 1: the first choice is 1' },
        { value: '0', words: 'count from 0: the first choice is 0' },
      ],
      value: [String(mapping.countFrom)],
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
    mapping:
      plan.mapping === null ? null : { fields: mappingFields(plan.mapping, understood.columns) },
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
