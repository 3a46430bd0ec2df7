import { z } from 'zod';
import type { FieldFault } from '#web/problem.js';
import {
  type Outcome,
  type ParameterRole,
  type Platform,
  RecruitmentSettings,
} from './platform.js';
import { outcomeNames, type Recruitment, type RecruitmentValues } from './recruitment.js';

/** What stands in the form, as it was typed. */
export interface Entered {
  readonly externalId: string;
  readonly parameters: Readonly<Record<ParameterRole, string>>;
  readonly endings: Readonly<Record<Outcome, { readonly code: string; readonly address: string }>>;
  readonly signed: boolean;
  readonly timeOut: string;
  readonly without: readonly string[];
  readonly only: readonly string[];
  readonly allow: string;
  readonly block: string;
  readonly emptyAllow: boolean;
  readonly emptyBlock: boolean;
}

const endingsFrom = (
  of: (outcome: Outcome) => { readonly code: string; readonly address: string },
): Entered['endings'] =>
  Object.fromEntries(outcomeNames.map((outcome) => [outcome, of(outcome)])) as Entered['endings'];

/** The form of a recruitment, or of a new one of this platform. */
export function enteredOf(platform: Platform, recruitment?: Recruitment): Entered {
  const settings = recruitment?.settings ?? platform.defaults;
  const { person, study, submission } = settings.parameters;
  return {
    externalId: recruitment?.row.external_id ?? '',
    parameters: { person, study: study ?? '', submission: submission ?? '' },
    endings: endingsFrom((outcome) => ({
      code: settings.endings[outcome]?.code ?? '',
      address: settings.endings[outcome]?.address ?? '',
    })),
    signed: settings.signed,
    timeOut: String(settings.timeOutMinutes ?? ''),
    without: settings.without,
    only: settings.only,
    allow: '',
    block: '',
    emptyAllow: false,
    emptyBlock: false,
  };
}

const text = z.string().catch('');
const list = z.union([z.array(z.string()), z.string().transform((one) => [one])]).catch([]);
const Body = z.record(z.string(), z.unknown()).catch({});

/** What a browser sent. */
export function enteredFrom(sent: unknown): Entered {
  const body = Body.parse(sent);
  const field = (name: string): string => text.parse(body[name]).toWellFormed().trim();
  return {
    externalId: field('externalId'),
    parameters: { person: field('person'), study: field('study'), submission: field('submission') },
    endings: endingsFrom((outcome) => ({
      code: field(`code-${outcome}`),
      address: field(`address-${outcome}`),
    })),
    signed: field('signed') !== '',
    timeOut: field('timeOut'),
    without: list.parse(body['without']),
    only: list.parse(body['only']),
    allow: field('allow'),
    block: field('block'),
    emptyAllow: field('emptyAllow') !== '',
    emptyBlock: field('emptyBlock') !== '',
  };
}

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]']);
const placeholder = /\{([^{}]*)\}/g;

/** What is wrong with a return address; null where nothing is. */
function faultOfAddress(address: string, known: readonly string[]): string | null {
  const unknown = [...address.matchAll(placeholder)]
    .map(([, name = '']) => name)
    .find((name) => !known.includes(name));
  if (unknown !== undefined)
    return `{${unknown}} stands for nothing. Known are ${known.map((name) => `{${name}}`).join(', ')}.`;
  const filled = (value: string): string => address.replaceAll(placeholder, value);
  if (!URL.canParse(filled('x'))) return 'this is not an address.';
  const url = new URL(filled('x'));
  const local = url.protocol === 'http:' && localHosts.has(url.hostname);
  if (url.protocol !== 'https:' && !local) return 'the address does not begin with https://.';
  if (new URL(filled('y')).origin !== url.origin)
    return 'a placeholder cannot stand before the first / of the path.';
  return null;
}

/** The ids on a pasted list, one a line or with spaces or commas between. */
const idsOn = (pasted: string): string[] => pasted.split(/[\s,;]+/).filter((id) => id !== '');

function faultsOfParameters({ parameters }: Entered): FieldFault[] {
  const faults: FieldFault[] = [];
  const seen = new Set<string>();
  for (const role of ['person', 'study', 'submission'] as const) {
    const name = parameters[role];
    if (name === '' && role === 'person')
      faults.push({ field: role, message: 'The parameter with the id of the person is missing.' });
    if (name === '') continue;
    if (!/^[\w.~-]{1,100}$/.test(name) || name === 'code')
      faults.push({ field: role, message: `“${name}” cannot be the name of a parameter.` });
    if (seen.has(name))
      faults.push({ field: role, message: `Two parameters are named “${name}”.` });
    seen.add(name);
  }
  return faults;
}

function faultsOfEndings(entered: Entered, elsewhere: ReadonlySet<string>): FieldFault[] {
  const { parameters, endings } = entered;
  const faults: FieldFault[] = [];
  const known = ['code', ...Object.values(parameters).filter((name) => name !== '')];
  const codes = new Set<string>();
  for (const outcome of outcomeNames) {
    const { code, address } = endings[outcome];
    const field = `code-${outcome}`;
    if (code !== '' && !/^[\w.~-]{1,100}$/.test(code))
      faults.push({
        field,
        message: `The code “${code}” holds more than letters, digits and -._~.`,
      });
    else if (codes.has(code))
      faults.push({ field, message: `The code “${code}” stands for two outcomes.` });
    else if (elsewhere.has(code))
      faults.push({
        field,
        message: `The code “${code}” is used in another recruitment of this study.`,
      });
    if (code !== '') codes.add(code);
    const fault = address === '' ? null : faultOfAddress(address, known);
    if (fault !== null)
      faults.push({ field: `address-${outcome}`, message: `“${outcome}”: ${fault}` });
    const asksStudy = parameters.study !== '' && address.includes(`{${parameters.study}}`);
    if (asksStudy && entered.externalId === '')
      faults.push({
        field: 'externalId',
        message: `The address for “${outcome}” asks for the id of the study, and none is entered.`,
      });
  }
  return faults;
}

/** What a form says, once it says it without a fault. */
export interface ReadForm extends RecruitmentValues {
  readonly allow: readonly string[];
  readonly block: readonly string[];
}

/**
 * Reads the form: each fault stands at its field.
 * @param options.elsewhere codes of the study’s other recruitments
 * @param options.studies public ids of the other studies of the project
 */
export function readEntered(
  entered: Entered,
  options: {
    readonly platform: Platform;
    readonly elsewhere: ReadonlySet<string>;
    readonly studies: ReadonlySet<string>;
    readonly hasKey: boolean;
  },
): ReadForm | { readonly faults: readonly FieldFault[] } {
  const { platform } = options;
  const faults = [...faultsOfParameters(entered), ...faultsOfEndings(entered, options.elsewhere)];
  const { externalId } = entered;
  if (externalId !== '' && !platform.ids.test(externalId))
    faults.push({ field: 'externalId', message: `This is not an id of ${platform.title}.` });
  const timeOut = entered.timeOut === '' ? null : Number(entered.timeOut);
  if (timeOut !== null && !RecruitmentSettings.shape.timeOutMinutes.safeParse(timeOut).success)
    faults.push({ field: 'timeOut', message: 'This is not a whole number of minutes above 0.' });
  const lists = { allow: idsOn(entered.allow), block: idsOn(entered.block) };
  for (const field of ['allow', 'block'] as const) {
    const at = lists[field].findIndex((id) => !platform.ids.test(id));
    if (at !== -1)
      faults.push({
        field,
        message: `Entry ${at + 1} of this list is not an id of ${platform.title}.`,
      });
    if (lists[field].length > 0 && !options.hasKey)
      faults.push({
        field,
        message: 'A list is kept as fingerprints, which need ASSAY_SECRET_KEY.',
      });
  }
  const both = entered.only.find((id) => entered.without.includes(id));
  if (both !== undefined)
    faults.push({ field: 'only', message: 'A study cannot be required and excluded.' });
  if (faults.length > 0) return { faults };
  const orNull = (value: string): string | null => (value === '' ? null : value);
  const { person, study, submission } = entered.parameters;
  return {
    externalId: orNull(externalId),
    settings: {
      parameters: { person, study: orNull(study), submission: orNull(submission) },
      endings: Object.fromEntries(
        outcomeNames.map((outcome) => {
          const { code, address } = entered.endings[outcome];
          return [outcome, { code: orNull(code), address: orNull(address) }];
        }),
      ),
      signed: entered.signed && platform.keys !== null,
      timeOutMinutes: timeOut,
      without: entered.without.filter((id) => options.studies.has(id)),
      only: entered.only.filter((id) => options.studies.has(id)),
    },
    ...lists,
  };
}
