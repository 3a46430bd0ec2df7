import { findings } from '#datasets/findings/findings.js';
import { comparisonFindings } from '../eligibility.js';
import type { Form } from '../form.js';
import {
  editorFieldsOf,
  isQuestionType,
  type Question,
  type QuestionTypeName,
} from '../questions/types.js';
import type { StudySettings } from '../settings.js';

/** A question as its fields stand on the page: text, not yet checked. */
export interface EnteredQuestion {
  readonly type: QuestionTypeName;
  readonly id: string;
  readonly wording: string;
  readonly hint: string;
  readonly required: boolean;
  /** What its type asks for besides, by name. */
  readonly fields: Readonly<Record<string, string>>;
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
  readonly dailyLimit: string;
  readonly blockItems: string;
  readonly goldItems: string;
  readonly checksOver: string;
  readonly trainingShare: string;
  readonly trainingAttempts: string;
  readonly aiRule: string;
  readonly threshold: string;
  readonly agreementMargin: string;
  readonly relevanceMargin: string;
  readonly questions: readonly EnteredQuestion[];
  /** Types of questions that cannot be read, since there is no such type. */
  readonly unknownTypes: readonly string[];
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
export const enteredQuestion = (question: Question): EnteredQuestion => {
  const values: Readonly<Record<string, unknown>> = question;
  return {
    type: question.type,
    id: question.id,
    wording: question.wording,
    hint: question.hint,
    required: 'required' in question ? question.required : true,
    fields: Object.fromEntries(
      Object.entries(editorFieldsOf(question.type)).map(([name, field]) => [
        name,
        field.show(values[name]),
      ]),
    ),
  };
};

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
  dailyLimit: stored.settings.dailyLimit === null ? '' : String(stored.settings.dailyLimit),
  blockItems: String(stored.settings.blockItems),
  goldItems: String(stored.settings.goldItems),
  checksOver: String(stored.settings.checksOver),
  trainingShare: trimmed(stored.settings.trainingShare * 100),
  trainingAttempts: String(stored.settings.trainingAttempts),
  aiRule: stored.settings.aiRule,
  threshold: trimmed(stored.settings.threshold * 100),
  agreementMargin: trimmed(stored.settings.agreementMargin * 100),
  relevanceMargin: trimmed(stored.settings.relevanceMargin),
  questions: stored.form.questions.map(enteredQuestion),
  unknownTypes: [],
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

const mostQuestions = 20;

function questionsOf(body: Body): Pick<Entered, 'questions' | 'unknownTypes'> {
  const questions: EnteredQuestion[] = [];
  const unknownTypes: string[] = [];
  for (let index = 0; index < mostQuestions; index += 1) {
    const type = text(body, `q${index}_type`);
    const field = (name: string): string => text(body, `q${index}_${name}`);
    if (isQuestionType(type))
      questions.push({
        type,
        id: field('id').trim(),
        wording: field('wording'),
        hint: field('hint'),
        required: field('required') === 'yes',
        fields: Object.fromEntries(
          Object.keys(editorFieldsOf(type)).map((name) => [name, field(name)]),
        ),
      });
    else if (type !== '') unknownTypes.push(type);
  }
  return { questions, unknownTypes };
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
    dailyLimit: read('dailyLimit').trim(),
    blockItems: read('blockItems').trim(),
    goldItems: read('goldItems').trim(),
    checksOver: read('checksOver').trim(),
    trainingShare: read('trainingShare').trim(),
    trainingAttempts: read('trainingAttempts').trim(),
    aiRule: read('aiRule').trim(),
    threshold: read('threshold').trim(),
    agreementMargin: read('agreementMargin').trim(),
    relevanceMargin: read('relevanceMargin').trim(),
    ...questionsOf(fields),
    guidelines: read('guidelines'),
    consent: read('consent'),
    warning: read('warning'),
  };
};
