import type { Study } from '#studies/study.js';
import { Visitor } from './site.js';

/** What a page without JavaScript would send for the item on it. */
export interface FormOnPage {
  readonly fields: Record<string, string>;
  /** Values of each question's radio buttons or tick boxes, in the order of the page. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** The words beside the choices of the label question, in the order of the page. */
  readonly choices: readonly string[];
  readonly text: string;
}

const hiddenIn = (form: string): Record<string, string> =>
  Object.fromEntries(
    [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map((match) => [
      match[1] ?? '',
      match[2] ?? '',
    ]),
  );

const unescaped = (html: string): string =>
  html
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** Reads the item's form from a page or fragment; undefined where there is none. */
export function formOn(html: string): FormOnPage | undefined {
  const form = /<form id="item"[\s\S]*?<\/form>/.exec(html)?.[0];
  if (form === undefined) return undefined;
  const fields = hiddenIn(form);
  const values: Record<string, string[]> = {};
  for (const match of form.matchAll(
    /<input\s+type="(?:radio|checkbox)" name="([^"]+)"\s+value="([^"]+)"/g,
  ))
    (values[match[1] ?? ''] ??= []).push(match[2] ?? '');
  const labels = /<fieldset class="question choices[\s\S]*?<\/fieldset>/.exec(form)?.[0] ?? '';
  return {
    fields,
    values,
    choices: [...labels.matchAll(/<span class="words" dir="auto">([\s\S]*?)<\/span>/g)].map(
      (match) => unescaped(match[1] ?? ''),
    ),
    text: unescaped(/<div class="text"[^>]*>([\s\S]*?)<\/div>/.exec(form)?.[1] ?? ''),
  };
}

/**
 * Opens the consent form and gives how to send it, once or again; with the tick, unless the fields
 * say otherwise.
 */
export async function consentForm(
  visitor: Visitor,
): Promise<(fields?: Readonly<Record<string, string>>) => Promise<Response>> {
  const hidden = hiddenIn(
    /<form[^>]*action="\/consent"[\s\S]*?<\/form>/.exec(await visitor.page('/consent'))?.[0] ?? '',
  );
  return (fields = { agree: 'yes' }) =>
    visitor.request('/consent', {
      method: 'POST',
      body: new URLSearchParams({ ...hidden, ...fields }),
    });
}

/** Opens the consent form and agrees. */
export const agree = async (visitor: Visitor): Promise<Response> => (await consentForm(visitor))();

/** A rater without JavaScript. */
export class RaterVisitor extends Visitor {
  /** Follows the study's open link and consents; gives the personal link that the page shows. */
  async join(study: Pick<Study, 'join_token'>): Promise<string> {
    await this.request(`/join/${study.join_token}`);
    const welcome = await (await agree(this)).text();
    return /id="personal-link">([^<]+)</.exec(welcome)?.[1] ?? '';
  }

  /** Sends what stands on a form, with these answers. */
  send(
    form: FormOnPage,
    answers: Readonly<Record<string, string | readonly string[]>>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.request('/rate', {
      method: 'POST',
      body: new URLSearchParams(
        Object.entries({ ...form.fields, ...answers }).flatMap(([name, values]) =>
          [values].flat().map((value): [string, string] => [name, value]),
        ),
      ),
      headers,
    });
  }

  /** Opens the page behind “skip” or “flag” and gives how to send its form, once or again. */
  async aside(
    path: string,
  ): Promise<(fields: Readonly<Record<string, string>>) => Promise<Response>> {
    const hidden = hiddenIn(/<main[\s\S]*?<\/form>/.exec(await this.page(path))?.[0] ?? '');
    return (fields) =>
      this.request(path, { method: 'POST', body: new URLSearchParams({ ...hidden, ...fields }) });
  }
}
