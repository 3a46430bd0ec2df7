import type { Request, Response } from 'express';
import { settingsOf, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { findStaff } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { ParameterFault } from './parameters.js';
import type { Recruitment } from './recruitment.js';
import { type Signature, signatureParameter } from './signedLink.js';

type LinkFault =
  | ParameterFault
  | { readonly why: 'no-key' }
  | { readonly why: `signature-${Exclude<Signature, 'right'>}` };

export const faultAt = (signature: Exclude<Signature, 'right'>): LinkFault => ({
  why: `signature-${signature}`,
});

const again = 'Go back and open the study from there again.';
const ask = 'If that does not help, write to the people who run the study.';

/** What is wrong with a link: its status, and the words for whoever opened it and for staff. */
const faults: Readonly<
  Record<LinkFault['why'], { status: number; person: string; staff: string }>
> = {
  missing: {
    status: 400,
    person: 'The link lacks the parameter {name}.',
    staff:
      'Enter the whole link at the platform, as the page on recruitment shows it, and let the platform pass its ids as parameters of the link.',
  },
  unfilled: {
    status: 400,
    person: 'The parameter {name} of the link was not filled in: it holds the placeholder itself.',
    staff:
      'The platform did not put an id in place of the placeholder. Check there that its ids are passed as parameters of the link, and that the placeholder is spelt as the platform wants it. Somebody who opens the link without coming from the platform sees this too.',
  },
  malformed: {
    status: 400,
    person: 'The parameter {name} of the link does not hold an id of {platform}.',
    staff:
      'Check at the platform that {name} stands for the id that the page on recruitment asks for.',
  },
  'another-study': {
    status: 400,
    person: 'The parameter {name} of the link names another study.',
    staff:
      'Each study at the platform has a recruitment and a link of its own. Check the id of the study on the page on recruitment, or enter that recruitment’s link at the platform.',
  },
  'another-person': {
    status: 409,
    person: 'The parameter {name} of the link names a session in which somebody else came.',
    staff: 'Two people used one session. Look at its submission at the platform.',
  },
  'no-key': {
    status: 503,
    person: 'This site can take nobody from {platform} now.',
    staff:
      'ASSAY_SECRET_KEY is not set, so no ids of people can be stored. The operator sets it and starts Assay again.',
  },
  'signature-missing': {
    status: 403,
    person: `The link lacks the parameter ${signatureParameter}, by which {platform} signs it.`,
    staff: 'Switch signed links on for the study at the platform, or off for this recruitment.',
  },
  'signature-wrong': {
    status: 403,
    person: `The parameter ${signatureParameter} of the link is not a signature of {platform} for this study and person.`,
    staff:
      'The link was changed, or was signed for another address. BASE_URL must be the address that stands in the link at the platform.',
  },
  'signature-expired': {
    status: 403,
    person: `The parameter ${signatureParameter} of the link has run out.`,
    staff: 'A signed link works for a while only. Check the clock of this server too.',
  },
  'signature-unknown': {
    status: 503,
    person: 'It cannot be checked now whether the link comes from {platform}.',
    staff: 'The keys of the platform could not be read. Can this server reach its API?',
  },
};

/** Says what is wrong with the link of a recruitment, and staff where to put it right. */
export function showFault(
  request: Request,
  response: Response,
  application: Application,
  options: { recruitment: Recruitment; study: Study; fault: LinkFault },
): void {
  const { recruitment, study, fault } = options;
  const { raterTitle: title, contact } = settingsOf(study);
  const { status, person, staff } = faults[fault.why];
  const platform =
    recruitment.platform.name === 'template' ? 'the platform' : recruitment.platform.title;
  const said = (words: string): string =>
    words
      .replaceAll('{name}', 'name' in fault ? fault.name : '')
      .replaceAll('{platform}', platform);
  renderPage(request, response, application, {
    view: 'platforms/fault',
    shell: { layout: 'rater', title, styles: ['css/rating.css'] },
    status,
    page: {
      title,
      contact,
      text: said(person),
      advice: `${again} ${ask}`,
      staff: findStaff(request) === undefined ? null : said(staff),
      href: `/studies/${study.public_id}/recruitment`,
    },
  });
}
