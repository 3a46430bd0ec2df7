import type { Db } from '#storage/database.js';
import { count, plural } from '#web/format.js';
import type { FieldFault } from '#web/problem.js';
import { type Described, describedBehaviours } from './behaviour.js';
import { carriesLabel, type Mapping } from './examples/mapping.js';
import { missingLabels } from './health.js';
import { type ImportFile, planOf, understoodOf } from './imports/import.js';
import { isGuess, readAsWords, type Understood } from './imports/plan.js';
import { openQuestions } from './imports/start.js';
import { sameBytesWords } from './imports/sameBytes.js';
import { type Body, textOf, useOf } from './reviewForm.js';

const verb = (files: number, one: string, many: string): string =>
  `${count(files)} ${files === 1 ? one : many}`;

/** What was understood of the files together, in a sentence or two. */
function reviewSentence(files: readonly ImportFile[]): string {
  const datasets = files.filter((file) => file.state === 'reviewing');
  const others = files.filter((file) => file.state === 'not-a-dataset');
  if (datasets.length === 0)
    return files.length === 1
      ? 'There is no dataset in this file.'
      : `There is no dataset in these ${files.length} files.`;
  const open = datasets.filter((file) => openQuestions(file).length > 0).length;
  const unreadable = others.filter((file) => understoodOf(file).unreadable).length;
  const recognised = datasets.length - open;
  const parts = [
    ...(open > 0 ? [verb(open, 'needs a decision from you', 'need a decision from you')] : []),
    ...(unreadable > 0 ? [`${count(unreadable)} cannot be read`] : []),
    ...(others.length > unreadable
      ? [verb(others.length - unreadable, 'is no dataset', 'are no datasets')]
      : []),
  ];
  const last = 'nothing is imported before you press the button.';
  return `${plural(recognised, 'file was', 'files were')} recognised. ${parts.length === 0 ? `N${last.slice(1)}` : `${parts.join(', ')}; ${last}`}`;
}

function choicesWords(choices: Mapping['choices']): string {
  switch (choices.kind) {
    case 'yes-no':
      return 'Yes / No';
    case 'columns':
      return choices.columns.join(', ');
    case 'block':
      return `the lines with ${choices.style} in the text`;
    case 'list':
    case 'object':
    case 'scores':
      return choices.column;
    case 'lists':
    case 'objects':
    case 'targets':
      return `${choices.column}.${choices.text}`;
  }
}

/** A mapping in words: “text = question, choices = choices.text, label = answerKey”. */
export const mappingWords = ({ text, choices, label, ...mapping }: Mapping): string =>
  [
    `text = ${text}`,
    `choices = ${choicesWords(choices)}`,
    carriesLabel(choices) ? 'label = the marked choice' : `label = ${label ?? 'none'}`,
    ...(mapping.labelAs === 'position' ? [`counted from ${mapping.countFrom}`] : []),
    ...(mapping.confidence === null ? [] : [`confidence = ${mapping.confidence}`]),
  ].join(', ');

/** What the sample of a file says of its labels; null where nothing is missing. */
export function missingWords(understood: Understood): string | null {
  const examples = understood.rowsSampled - understood.rejectedInSample;
  const missing = missingLabels(understood.unlabelledInSample, examples);
  if (missing === null) return null;
  return understood.complete
    ? `${missing}.`
    : `${missing}, of the first ${plural(understood.rowsSampled, 'row')}.`;
}

/** Why a file that is no dataset is left out, in sentences. */
const noDatasetWords = (understood: Understood): string =>
  `${understood.reason ?? 'There is no example in it.'} Left out; the other files are not held up.`;

interface Beside {
  readonly described: ReadonlyMap<string, Described>;
  readonly typed: Body;
  readonly ticked: ReadonlySet<string>;
}

function rowOf(file: ImportFile, { described, typed, ticked }: Beside): object {
  const plan = planOf(file);
  const understood = understoodOf(file);
  const shown = (field: string, otherwise: string): string =>
    textOf(typed, `${file.public_id}.${field}`) ?? otherwise;
  const text = described.get(plan.behaviour);
  const { questions } = understood.reading;
  const unread = isGuess(plan) || questions.length > 0;
  return {
    id: file.public_id,
    path: file.path,
    ticked: ticked.has(file.public_id),
    open: openQuestions(file).length > 0,
    // What only the page of the file answers: how it is read, and which column is what.
    unread: unread || understood.samples.length === 0,
    behaviour: shown('behaviour', plan.behaviour),
    behaviourAsked: plan.family === 'generic' && (unread || plan.source === null),
    description: text?.short ?? null,
    confirmed: text?.confirmed ?? false,
    source: shown('source', plan.source ?? ''),
    use: shown('role', useOf(plan)),
    questions: questions.map(({ sentence }) => sentence),
    guess:
      plan.mapping !== null && isGuess(plan) && questions.length === 0
        ? mappingWords(plan.mapping)
        : null,
    readAs:
      plan.family === 'generic' && plan.mapping !== null
        ? mappingWords(plan.mapping)
        : readAsWords(plan),
    examples: understood.rowsSampled - understood.rejectedInSample,
    sampled: understood.complete ? null : understood.rowsSampled,
    findings: understood.findingInSample,
    doubtful: understood.doubtfulInSample,
    rejected: understood.rejectedInSample,
    missing: missingWords(understood),
    same: sameBytesWords(understood.sameBytes),
  };
}

const otherOf = (file: ImportFile): object => {
  const understood = understoodOf(file);
  return {
    id: file.public_id,
    path: file.path,
    sentence: noDatasetWords(understood),
    mappable: understood.columns.length > 0,
  };
};

/** True where a filter that somebody typed is found in a file’s path or in its behaviour. */
const matches = (file: ImportFile, filter: string): boolean => {
  const wanted = filter.trim().toLowerCase();
  return [file.path, planOf(file).behaviour].some((text) => text.toLowerCase().includes(wanted));
};

const byPath = (one: ImportFile, other: ImportFile): number => one.path.localeCompare(other.path);

const statesRead: ReadonlySet<ImportFile['state']> = new Set([
  'reviewing',
  'queued',
  'running',
  'done',
]);

/** Names of the behaviours of files that an import would read, reads or has read, each once, by path. */
export const behavioursIn = (files: readonly ImportFile[]): string[] => [
  ...new Set(
    files
      .filter(({ state }) => statesRead.has(state))
      .filter((file) => !planOf(file).leaveOut)
      .toSorted(byPath)
      .map((file) => planOf(file).behaviour),
  ),
];

/**
 * The table of an upload that is reviewed. All its files are in it, so that its form always sends
 * everything: those that the filter does not find are hidden, except where a fault is about them.
 * `typed` is what a form sent that was refused; `ticked` are public ids of files.
 */
export async function reviewModel(
  db: Db,
  files: readonly ImportFile[],
  shown: {
    filter: string;
    faults: readonly FieldFault[];
    typed?: Body;
    ticked?: readonly string[];
  },
): Promise<object> {
  const names = behavioursIn(files);
  const beside = {
    described: await describedBehaviours(db, names),
    typed: shown.typed ?? {},
    ticked: new Set(shown.ticked),
  };
  const faulty = new Set(shown.faults.map(({ field }) => field.split('.')[0]));
  const isShown = (file: ImportFile): boolean =>
    matches(file, shown.filter) || faulty.has(file.public_id);
  const sorted = files.toSorted(byPath);
  const datasets = files.filter((file) => file.state === 'reviewing');
  const open = datasets.filter((file) => openQuestions(file).length > 0);
  const wanted = datasets.filter((file) => !planOf(file).leaveOut);
  const rows = wanted.map(understoodOf);
  const first = sorted.find((file) => isShown(file) && openQuestions(file).length > 0);
  return {
    title: files.length === 1 ? 'Review 1 file' : `Review ${count(files.length)} files`,
    sentence: reviewSentence(files),
    filter: shown.filter,
    rows: sorted.map((file) => ({
      hidden: !isShown(file),
      ...(file.state === 'reviewing' ? rowOf(file, beside) : { ...otherOf(file), source: null }),
    })),
    nothingFound: !files.some(isShown),
    datasets: datasets.length,
    ready: wanted.length - open.length,
    open: open.length,
    first: first === undefined ? null : { id: first.public_id, path: first.path },
    examples: rows.reduce((sum, { rowsSampled, rejectedInSample }) => {
      return sum + rowsSampled - rejectedInSample;
    }, 0),
    more: rows.some(({ complete }) => !complete),
    undescribed: names.filter((name) => beside.described.get(name)?.confirmed !== true).length,
  };
}
