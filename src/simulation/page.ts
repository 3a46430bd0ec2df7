import { parseHTML } from 'linkedom';

/** The little of the DOM that reading a page takes. */
interface Node {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Iterable<Node>;
}

/** One option of a question. */
export interface ShownOption {
  readonly value: string;
  readonly text: string;
  /** Nothing else can be ticked beside it. */
  readonly exclusive?: boolean;
}

/** One group of controls of the rating form, as it stands on the screen. */
export interface ShownQuestion {
  /** The control's name, such as `answer_label`. */
  readonly field: string;
  readonly kind: 'choose' | 'choose-several' | 'tick' | 'write';
  /** What can be chosen, in the order of the screen. */
  readonly options: readonly ShownOption[];
  readonly required: boolean;
}

/** What a rater has before them. */
export type ShownPage =
  | {
      readonly kind: 'item';
      readonly assignment: string;
      readonly csrf: string;
      readonly hidden: Readonly<Record<string, string>>;
      readonly text: string;
      readonly questions: readonly ShownQuestion[];
    }
  | {
      readonly kind: 'form';
      readonly hidden: Readonly<Record<string, string>>;
      readonly options: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'nothing'; readonly reason: string; readonly heading: string }
  | { readonly kind: 'other'; readonly heading: string };

const valueOf = (root: Node, name: string): string =>
  root.querySelector(`input[name="${name}"]`)?.getAttribute('value') ?? '';

/** What a form sends beside what is answered on it. */
const hiddenFields = (form: Node): Record<string, string> =>
  Object.fromEntries(
    [...form.querySelectorAll('input[type="hidden"]')].map((field) => [
      field.getAttribute('name') ?? '',
      field.getAttribute('value') ?? '',
    ]),
  );

function radioQuestions(form: Node): ShownQuestion[] {
  const fields = new Map<string, { value: string; text: string; required: boolean }[]>();
  for (const label of form.querySelectorAll('label')) {
    const control = label.querySelector('input[type="radio"]');
    const name = control?.getAttribute('name');
    if (control === null || name === null || name === undefined) continue;
    const option = {
      value: control.getAttribute('value') ?? '',
      text: label.querySelector('.words')?.textContent ?? '',
      required: control.getAttribute('required') !== null,
    };
    const known = fields.get(name);
    if (known === undefined) fields.set(name, [option]);
    else known.push(option);
  }
  return [...fields].map(([field, options]) => ({
    field,
    kind: 'choose',
    options: options.map(({ value, text }) => ({ value, text })),
    required: options.some((option) => option.required),
  }));
}

/** Questions of which several options can be ticked. */
const severalQuestions = (form: Node): ShownQuestion[] =>
  Array.from(form.querySelectorAll('[data-several]'), (question) => ({
    field: question.getAttribute('data-question') ?? '',
    kind: 'choose-several',
    options: Array.from(question.querySelectorAll('label'), (label) => {
      const control = label.querySelector('input');
      return {
        value: control?.getAttribute('value') ?? '',
        text: label.querySelector('.words')?.textContent ?? '',
        exclusive: (control?.getAttribute('data-exclusive') ?? null) !== null,
      };
    }),
    required: question.getAttribute('data-required') !== null,
  }));

function otherQuestions(form: Node): ShownQuestion[] {
  const found: ShownQuestion[] = [];
  for (const control of form.querySelectorAll('.tick input, textarea')) {
    const field = control.getAttribute('name') ?? '';
    if (!field.startsWith('answer_')) continue;
    found.push({
      field,
      kind: control.getAttribute('type') === 'checkbox' ? 'tick' : 'write',
      options: [],
      required: control.getAttribute('required') !== null,
    });
  }
  return found;
}

/**
 * Reads a page of a rater as a person would: what is asked, in which order, and what can be sent.
 */
export function readPage(html: string): ShownPage {
  const { document } = parseHTML(html) as unknown as { document: Node };
  const heading = document.querySelector('h1')?.textContent?.trim() ?? '';
  const reason = document.querySelector('main[data-reason]')?.getAttribute('data-reason');
  if (reason !== null && reason !== undefined) return { kind: 'nothing', reason, heading };
  const form = document.querySelector('form#item');
  if (form !== null) {
    return {
      kind: 'item',
      assignment: valueOf(form, 'assignment'),
      csrf: valueOf(form, 'csrf'),
      hidden: hiddenFields(form),
      text: document.querySelector('#text')?.textContent ?? '',
      questions: [...radioQuestions(form), ...otherQuestions(form), ...severalQuestions(form)],
    };
  }
  const main = document.querySelector('main form');
  if (main === null) return { kind: 'other', heading };
  return {
    kind: 'form',
    hidden: hiddenFields(main),
    options: [...main.querySelectorAll('input[type="radio"], input[type="checkbox"]')].map(
      (control) => ({
        name: control.getAttribute('name') ?? '',
        value: control.getAttribute('value') ?? '',
      }),
    ),
  };
}
