import type { FieldFault } from '#web/problem.js';
import { amountIn, amountWords, currencies, type Currency, plainAmount } from './money.js';
import { hourly } from './owed.js';
import { PayRule } from './rule.js';

/** The rule as its fields stand on the page. */
export interface EnteredRule {
  readonly currency: string;
  readonly per: string;
  readonly amount: string;
  readonly batch: string;
  readonly least: string;
  readonly floor: string;
  readonly reward: string;
  readonly fee: string;
}

/** A rule as the page shows it; the fields of a new one where there is none. */
export const enteredRule = (rule: PayRule | null): EnteredRule => {
  if (rule === null)
    return {
      currency: 'GBP',
      per: 'judgment',
      amount: '',
      batch: '1',
      least: '0',
      floor: '',
      reward: '0',
      fee: '0',
    };
  const shown = (minor: number): string => plainAmount(minor, rule.currency);
  return {
    currency: rule.currency,
    per: rule.per,
    amount: shown(rule.amount),
    batch: String(rule.batch),
    least: shown(rule.least),
    floor: rule.floor === null ? '' : shown(rule.floor),
    reward: shown(rule.reward),
    fee: String(Number((rule.fee * 100).toFixed(4))),
  };
};

/**
 * Checks the fields; gives the rule, or every fault at its field.
 * @param medianMs median active time for a judgment so far; null where none was measured
 */
export function readRule(
  entered: EnteredRule,
  medianMs: number | null,
): { rule: PayRule } | { faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  const isCurrency = (text: string): text is Currency =>
    (currencies as readonly string[]).includes(text);
  if (!isCurrency(entered.currency))
    return {
      faults: [{ field: 'currency', message: `The currency is one of ${currencies.join(', ')}.` }],
    };
  const { currency } = entered;
  const money = (field: 'amount' | 'least' | 'floor' | 'reward', name: string): number => {
    const amount = amountIn(entered[field], currency);
    if (amount === null)
      faults.push({
        field,
        message: `${name}: “${entered[field]}” is no amount of ${currency}, such as ${plainAmount(1250, currency)}.`,
      });
    return amount ?? 0;
  };
  const batch = Number(entered.batch);
  if (!Number.isInteger(batch) || batch < 1 || batch > 100_000)
    faults.push({ field: 'batch', message: 'Judgments in a batch: a whole number from 1 on.' });
  const fee = Number((Number(entered.fee.replace(',', '.')) / 100).toFixed(6));
  if (entered.fee === '' || !(fee >= 0 && fee <= 2))
    faults.push({ field: 'fee', message: 'The vendor’s fee: a number of percent from 0 to 200.' });
  const rule = PayRule.safeParse({
    currency,
    per: entered.per,
    amount: money('amount', 'Pay'),
    batch: Number.isInteger(batch) && batch >= 1 && batch <= 100_000 ? batch : 1,
    least: money('least', 'At least'),
    floor: entered.floor === '' ? null : money('floor', 'The floor'),
    reward: entered.reward === '' ? 0 : money('reward', 'The platform’s reward'),
    fee: fee >= 0 && fee <= 2 ? fee : 0,
  });
  if (!rule.success) faults.push({ field: 'per', message: 'What is paid for is not on the list.' });
  else if (rule.data.amount === 0 && faults.length === 0)
    faults.push({ field: 'amount', message: 'Pay: nothing is paid.' });
  else if (faults.length === 0 && rule.data.floor !== null) {
    const gives = hourly(rule.data, medianMs);
    const { floor } = rule.data;
    if (gives !== null && gives < floor && rule.data.per === 'hour')
      faults.push({
        field: 'amount',
        message: `Pay: ${amountWords(gives, currency)} an hour lies under the floor of ${amountWords(floor, currency)}.`,
      });
  }
  return faults.length > 0 || !rule.success ? { faults } : { rule: rule.data };
}
