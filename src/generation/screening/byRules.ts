import { harmRules } from './harm.js';
import { personalDataRules } from './personalData.js';

/** Why a candidate goes. */
export interface Found {
  readonly reason: 'personal-data' | 'harm';
  /** The name of the rule, never what it found. */
  readonly detail: string;
}

/** The first rule that finds something in a candidate's own fields; null where none does. */
export function findByRules(
  { personalData, harm }: { readonly personalData: boolean; readonly harm: boolean },
  { fields }: { readonly fields: Readonly<Record<string, string>> },
): Found | null {
  const texts = Object.values(fields);
  const found = (rules: typeof harmRules): string | undefined =>
    rules.find((rule) => texts.some((text) => rule.finds(text)))?.name;
  const own = personalData ? found(personalDataRules) : undefined;
  if (own !== undefined) return { reason: 'personal-data', detail: own };
  const harmful = harm ? found(harmRules) : undefined;
  return harmful === undefined ? null : { reason: 'harm', detail: harmful };
}
