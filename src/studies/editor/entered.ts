import { findings } from '#datasets/findings/findings.js';
import { comparisonFindings } from '../eligibility.js';
import type { Form, Question } from '../form.js';
import type { StudySettings } from '../settings.js';

/** A question as its fields stand on the page: text, not yet checked. */
export interface EnteredQuestion {
  readonly type: Question['type'];
  readonly id: string;
  readonly wording: string;
  readonly hint: string;
  readonly lowest: string;
  readonly highest: string;
  /** One option a line. */
  readonly options: string;
  readonly from: string;
  readonly to: string;
  readonly required: boolean;
}

/** The whole editor as it was filled in; what is printed again when something does not fit. */
export interface Entered {
  readonly title: string;
  readonly raterTitle: string;
  readonly contact: string;
  readonly datasets: readonly string[];
  readonly sampleSize: string;
  readonly overlap: string;
  readonly findings: readonly string[];
  readonly leaveOutShared: boolean;
  readonly shuffleChoices: boolean;
  readonly strategy: string;
  readonly blockLength: string;
  readonly leaseMinutes: string;
  readonly raterLimit: string;
  readonly threshold: string;
  readonly agreementMargin: string;
  readonly relevanceMargin: string;
  readonly questions: readonly EnteredQuestion[];
  readonly guidelines: string;
  readonly consent: string;
  readonly warning: string;
}

/** Findings that the editor offers to leave out; those of comparisons have a tick of their own. */
export const offeredFindings = findings.filter(
  (finding) => !(comparisonFindings as readonly string[]).includes(finding.name),
);

/** The findings that are left out unless a study says otherwise. */
export const defaultFindings: readonly string[] = offeredFindings
  .filter((finding) => finding.excludes)
  .map((finding) => finding.name);

/** A question of a stored form as the editor shows it. */
export const enteredQuestion = (question: Question): EnteredQuestion => ({
  type: question.type,
  id: question.id,
  wording: question.wording,
  hint: question.hint,
  lowest: 'lowest' in question ? question.lowest : '',
  highest: 'highest' in question ? question.highest : '',
  options: 'options' in question ? question.options.join('\n') : '',
  from: 'from' in question ? String(question.from) : '',
  to: 'to' in question ? String(question.to) : '',
  required: 'required' in question ? question.required : true,
});

const trimmed = (value: number): string => String(Number(value.toFixed(6)));

/** A stored study as the editor shows it. */
export const enteredOf = (stored: {
  title: string;
  settings: StudySettings;
  form: Form;
  texts: Pick<Entered, 'guidelines' | 'consent' | 'warning'>;
}): Entered => ({
  title: stored.title,
  raterTitle: stored.settings.raterTitle,
  contact: stored.settings.contact,
  datasets: stored.settings.datasets,
  sampleSize: String(stored.settings.sampleSize),
  overlap: String(stored.settings.overlap),
  findings: stored.settings.excludedFindings ?? defaultFindings,
  leaveOutShared: stored.settings.leaveOutShared,
  shuffleChoices: stored.settings.shuffleChoices,
  strategy: stored.settings.strategy,
  blockLength: String(stored.settings.blockLength),
  leaseMinutes: String(stored.settings.leaseMinutes),
  raterLimit: stored.settings.raterLimit === null ? '' : String(stored.settings.raterLimit),
  threshold: trimmed(stored.settings.threshold * 100),
  agreementMargin: trimmed(stored.settings.agreementMargin * 100),
  relevanceMargin: trimmed(stored.settings.relevanceMargin),
  questions: stored.form.questions.map(enteredQuestion),
  ...stored.texts,
});

type Body = Readonly<Record<string, unknown>>;

const text = (body: Body, name: string): string => {
  const value = body[name];
  // Browsers send CRLF from text areas; one spelling is stored, so that the same text again is no
  // new version.
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : '';
};

const several = (body: Body, name: string): string[] => {
  const value = body[name];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(list.filter((one): one is string => typeof one === 'string' && one !== ''))];
};

const types: readonly string[] = [
  'label',
  'ambiguous',
  'relevance',
  'yes-no',
  'choice',
  'scale',
  'text',
] satisfies Question['type'][];
export const isQuestionType = (value: string): value is Question['type'] => types.includes(value);

function questionsOf(body: Body): EnteredQuestion[] {
  const questions: EnteredQuestion[] = [];
  for (let index = 0; index < 20; index += 1) {
    const type = text(body, `q${index}_type`);
    if (!isQuestionType(type)) break;
    const field = (name: string): string => text(body, `q${index}_${name}`);
    questions.push({
      type,
      id: field('id').trim(),
      wording: field('wording'),
      hint: field('hint'),
      lowest: field('lowest'),
      highest: field('highest'),
      options: field('options'),
      from: field('from'),
      to: field('to'),
      required: field('required') === 'yes',
    });
  }
  return questions;
}

/** The editor's fields out of a form's body. */
export const enteredFrom = (body: unknown): Entered => {
  const fields: Body = typeof body === 'object' && body !== null ? { ...body } : {};
  const read = (name: string): string => text(fields, name);
  return {
    title: read('title').trim(),
    raterTitle: read('raterTitle').trim(),
    contact: read('contact').trim(),
    datasets: several(fields, 'datasets'),
    sampleSize: read('sampleSize').trim(),
    overlap: read('overlap').trim(),
    findings: several(fields, 'findings'),
    leaveOutShared: read('leaveOutShared') === 'yes',
    shuffleChoices: read('shuffleChoices') === 'yes',
    strategy: read('strategy'),
    blockLength: read('blockLength').trim(),
    leaseMinutes: read('leaseMinutes').trim(),
    raterLimit: read('raterLimit').trim(),
    threshold: read('threshold').trim(),
    agreementMargin: read('agreementMargin').trim(),
    relevanceMargin: read('relevanceMargin').trim(),
    questions: questionsOf(fields),
    guidelines: read('guidelines'),
    consent: read('consent'),
    warning: read('warning'),
  };
};
