import type { FieldFault } from '#web/problem.js';
import { Form, formPresets } from '../form.js';
import { editorFieldsOf, ownColumnOf } from '../questions/types.js';
import { checksFault, StudySettings } from '../settings.js';
import { defaultFindings, type Entered, type EnteredQuestion } from './entered.js';

/** What the editor says, checked. */
export interface ReadStudy {
  readonly title: string;
  readonly settings: StudySettings;
  readonly form: Form;
  readonly texts: {
    readonly guidelines: string;
    readonly consent: string;
    readonly warning: string;
  };
}

const longestText = 50_000;
const mostChecks = { least: 0, most: 60, whole: true };

/** Everything about a question that its type has, as the schema wants it. */
const questionInput = ({ type, fields, required, ...common }: EnteredQuestion): object => ({
  ...common,
  type,
  ...(ownColumnOf(type) === null ? { required } : {}),
  ...Object.fromEntries(
    Object.entries(editorFieldsOf(type)).map(([name, field]) => [
      name,
      field.read(fields[name] ?? ''),
    ]),
  ),
});

const commonFields: Readonly<Record<string, string>> = {
  id: 'The name in the files',
  wording: 'The wording',
  hint: 'The hint',
};

/** The form, or what is wrong with it by field of the page. */
export function readForm(
  questions: readonly EnteredQuestion[],
): { form: Form } | { faults: FieldFault[] } {
  const presetOf = (form: Form): string =>
    Object.entries(formPresets).find(
      ([, preset]) => JSON.stringify(preset.form.questions) === JSON.stringify(form.questions),
    )?.[0] ?? 'own';
  const parsed = Form.safeParse({ preset: 'own', questions: questions.map(questionInput) });
  if (parsed.success) return { form: { ...parsed.data, preset: presetOf(parsed.data) } };
  const faults = parsed.error.issues.map(({ path, message }): FieldFault => {
    const [, index, part] = path;
    if (typeof index !== 'number') return { field: 'questions', message: `The form ${message}.` };
    const name = typeof part === 'string' ? part : 'wording';
    const type = questions[index]?.type;
    const field = type === undefined ? undefined : editorFieldsOf(type)[name];
    return {
      field: `q${index}_${name}`,
      message: `Question ${index + 1}: ${field?.called ?? commonFields[name] ?? name} ${field?.problem ?? message}.`,
    };
  });
  return {
    faults: faults.filter(
      (fault, index) => faults.findIndex((other) => other.field === fault.field) === index,
    ),
  };
}

/** Checks the editor's fields; gives the study or every fault, each at its field. */
export function readEntered(entered: Entered): { study: ReadStudy } | { faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  const fault = (field: string, message: string): void => void faults.push({ field, message });
  const number = (
    field: keyof Entered,
    name: string,
    range: { least: number; most: number; whole: boolean },
  ): number => {
    const written = String(entered[field]);
    const value = Number(written.replace(',', '.'));
    if (
      written !== '' &&
      Number.isFinite(value) &&
      value >= range.least &&
      value <= range.most &&
      (!range.whole || Number.isInteger(value))
    )
      return value;
    fault(
      field,
      `${name} must be a ${range.whole ? 'whole ' : ''}number from ${range.least.toLocaleString('en-GB')} to ${range.most.toLocaleString('en-GB')}.`,
    );
    return range.least;
  };
  if (entered.title === '') fault('title', 'Give the study a title.');
  if (entered.title.length > 200) fault('title', 'The title is longer than 200 characters.');
  if (entered.raterTitle === '') fault('raterTitle', 'Give the study a title for raters.');
  if (entered.raterTitle.length > 120)
    fault('raterTitle', 'The title for raters is longer than 120 characters.');
  if (entered.contact.length > 200) fault('contact', 'Whom to ask is longer than 200 characters.');
  const sampleSize = number('sampleSize', 'Examples from each dataset', {
    least: 1,
    most: 1_000_000,
    whole: true,
  });
  const overlap = number('overlap', 'Judgments for each example', {
    least: 1,
    most: 30,
    whole: true,
  });
  const threshold =
    number('threshold', 'The threshold', { least: 0, most: 100, whole: false }) / 100;
  const agreementMargin =
    number('agreementMargin', 'The margin of label agreement', {
      least: 0,
      most: 100,
      whole: false,
    }) / 100;
  const relevanceMargin = number('relevanceMargin', 'The margin of relevance', {
    least: 0,
    most: 4,
    whole: false,
  });
  const blockLength = number('blockLength', 'Items in a block', {
    least: 1,
    most: 1000,
    whole: true,
  });
  const leaseMinutes = number('leaseMinutes', 'Minutes for an item', {
    least: 1,
    most: 24 * 60,
    whole: true,
  });
  const limit = (field: 'raterLimit' | 'dailyLimit', name: string): number | null =>
    entered[field] === '' ? null : number(field, name, { least: 1, most: 1_000_000, whole: true });
  const raterLimit = limit('raterLimit', 'Most judgments by one rater');
  const dailyLimit = limit('dailyLimit', 'Most examples a day');
  const checks = {
    blockItems: number('blockItems', 'Examples that every rater judges', mostChecks),
    goldItems: number('goldItems', 'Examples with a known answer', mostChecks),
    checksOver: number('checksOver', 'Spread over the first judgments', {
      least: 1,
      most: 10_000,
      whole: true,
    }),
  };
  const training = {
    trainingShare:
      number('trainingShare', 'To get right in the training', {
        least: 0,
        most: 100,
        whole: false,
      }) / 100,
    trainingAttempts: number('trainingAttempts', 'Attempts at the training', {
      least: 1,
      most: 10,
      whole: true,
    }),
  };
  const tooFew = checksFault({ ...checks, raterLimit });
  if (tooFew !== null) fault(tooFew.startsWith('Spread') ? 'checksOver' : 'raterLimit', tooFew);
  if (entered.aiRule.length > 500)
    fault('aiRule', 'The rule about the use of AI has more than 500 characters.');
  if (entered.consent.trim() === '')
    fault('consent', 'Raters must have something to consent to: the consent text is empty.');
  for (const name of ['guidelines', 'consent', 'warning'] as const)
    if (entered[name].length > longestText)
      fault(name, `The text is longer than ${longestText.toLocaleString('en-GB')} characters.`);
  for (const type of new Set(entered.unknownTypes))
    fault(
      'questions',
      `There is no type of question “${type.slice(0, 40)}”. Its question was left out; add it again.`,
    );
  const read = readForm(entered.questions);
  if ('faults' in read) faults.push(...read.faults);
  const sameAsDefault =
    entered.findings.length === defaultFindings.length &&
    entered.findings.every((name) => defaultFindings.includes(name));
  const settings = StudySettings.safeParse({
    raterTitle: entered.raterTitle.slice(0, 120) || '-',
    contact: entered.contact.slice(0, 200),
    aiRule: entered.aiRule.slice(0, 500),
    datasets: [...entered.datasets],
    sampleSize,
    overlap,
    excludedFindings: sameAsDefault ? null : [...entered.findings],
    leaveOutShared: entered.leaveOutShared,
    shuffleChoices: entered.shuffleChoices,
    strategy: entered.strategy,
    blockLength,
    leaseMinutes,
    raterLimit,
    dailyLimit,
    ...checks,
    ...training,
    threshold,
    agreementMargin,
    relevanceMargin,
  });
  if (!settings.success)
    for (const issue of settings.error.issues)
      if (!faults.some((known) => known.field === issue.path[0]))
        fault(String(issue.path[0] ?? 'title'), `${String(issue.path[0])}: ${issue.message}`);
  if (faults.length > 0 || !settings.success || !('form' in read)) return { faults };
  return {
    study: {
      title: entered.title,
      settings: settings.data,
      form: read.form,
      texts: {
        guidelines: entered.guidelines,
        consent: entered.consent,
        warning: entered.warning.trim() === '' ? '' : entered.warning,
      },
    },
  };
}
