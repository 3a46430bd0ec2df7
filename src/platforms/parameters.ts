import type { ParameterRole, Platform, RecruitmentSettings } from './platform.js';

/** What a link of a platform says of who comes. */
export interface Parameters {
  readonly person: string;
  readonly study: string | null;
  readonly submission: string | null;
}

/** Why a link opens nothing, by the parameter at fault. */
export interface ParameterFault {
  readonly name: string;
  readonly why: 'missing' | 'unfilled' | 'malformed' | 'another-study' | 'another-person';
}

/** Placeholders as platforms write them: {{%…%}}, {…}, [%…%], <…>, ${…}. */
const unfilled = /^(?:\{.*\}|\[.*\]|<.*>|\$\{.*\}|%.*%)$/s;

const roles: readonly ParameterRole[] = ['person', 'study', 'submission'];

/**
 * Reads the parameters of a link. The first one that is missing, was not filled in by the platform
 * or is no id of it is the fault.
 * @param query as the query string has it; a name that came twice has a list
 */
export function readParameters(
  query: Readonly<Record<string, unknown>>,
  names: RecruitmentSettings['parameters'],
  platform: Pick<Platform, 'ids'>,
): Parameters | ParameterFault {
  const read: Record<ParameterRole, string | null> = {
    person: null,
    study: null,
    submission: null,
  };
  for (const role of roles) {
    const name = names[role];
    if (name === null) continue;
    const value = query[name];
    if (value === undefined || value === '') return { name, why: 'missing' };
    if (typeof value !== 'string') return { name, why: 'malformed' };
    if (unfilled.test(value)) return { name, why: 'unfilled' };
    if (!platform.ids.test(value)) return { name, why: 'malformed' };
    read[role] = value;
  }
  const { person, study, submission } = read;
  return { person: person ?? '', study, submission };
}

export const isFault = (read: Parameters | ParameterFault): read is ParameterFault => 'why' in read;
