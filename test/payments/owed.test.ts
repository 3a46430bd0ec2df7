import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountIn, amountWords, currencies, plainAmount } from '#payments/money.js';
import { hourly, owed, payFor } from '#payments/owed.js';
import { readRule } from '#payments/payForm.js';
import { PayRule } from '#payments/rule.js';

const rule = (values: Partial<PayRule>): PayRule =>
  PayRule.parse({
    currency: 'GBP',
    per: 'judgment',
    amount: 12,
    batch: 1,
    least: 0,
    floor: null,
    fee: 0,
    ...values,
  });
const minute = 60_000;

test('pay by hand', () => {
  expect(payFor(rule({}), { judgments: 40, activeMs: 1 })).toBe(480);
  expect(payFor(rule({ least: 100 }), { judgments: 1, activeMs: 1 })).toBe(100);
  expect(payFor(rule({ least: 100 }), { judgments: 0, activeMs: 1 })).toBe(0);
  // 25 of 40 for 5.00: 3.125, to the next penny.
  expect(
    payFor(rule({ per: 'batch', batch: 40, amount: 500 }), { judgments: 25, activeMs: 1 }),
  ).toBe(313);
  expect(payFor(rule({ per: 'hour', amount: 900 }), { judgments: 3, activeMs: 20 * minute })).toBe(
    300,
  );
  // 40 judgments at a median of 30 s are 20 minutes: at 12.00 an hour 4.00 are wanted.
  const floored = rule({ amount: 8, floor: 1200 });
  expect(owed(floored, { judgments: 40, activeMs: 90 * minute }, 30_000)).toEqual({
    kind: 'work',
    work: 320,
    floor: 80,
  });
  expect(owed(floored, { judgments: 40, activeMs: minute }, null).floor).toBe(0);
  expect(hourly(floored, 30_000)).toBe(960);
});

const rules = fc.record({
  per: fc.constantFrom('judgment' as const, 'batch' as const, 'hour' as const),
  amount: fc.nat(2000),
  batch: fc.integer({ min: 1, max: 60 }),
  least: fc.nat(500),
  floor: fc.option(fc.nat(3000)),
});

test('more work is never owed less, and the floor is reached and no more', () => {
  fc.assert(
    fc.property(
      rules,
      fc.nat(500),
      fc.nat(500),
      fc.nat(100_000),
      fc.nat(100_000),
      (values, judgments, more, ms, medianMs) => {
        const given = rule(values);
        const work = { judgments, activeMs: judgments * ms };
        const further = { judgments: judgments + more, activeMs: (judgments + more) * ms };
        const [before, after] = [owed(given, work, medianMs), owed(given, further, medianMs)];
        expect(after.work + after.floor).toBeGreaterThanOrEqual(before.work + before.floor);
        const least = (judgments * medianMs * (given.floor ?? 0)) / 3_600_000;
        expect(before.work + before.floor).toBeGreaterThanOrEqual(least - 1e-6);
        if (before.floor > 0) expect(before.work + before.floor).toBeLessThan(least + 1);
        for (const amount of [before.work, before.floor])
          expect(Number.isInteger(amount) && amount >= 0).toBe(true);
      },
    ),
  );
});

test('an amount is read as it is written, to the coin', () => {
  fc.assert(
    fc.property(fc.constantFrom(...currencies), fc.nat(100_000_000), (currency, minor) => {
      expect(amountIn(plainAmount(minor, currency), currency)).toBe(minor);
    }),
  );
  expect(amountWords(5, 'GBP')).toBe('0.05 GBP');
  expect(
    ['1,5', '12', '1.234', '-1', '1e3', '', '1.2.3'].map((text) => amountIn(text, 'EUR')),
  ).toEqual([150, 1200, null, null, null, null, null]);
  expect(['100', '1.5'].map((text) => amountIn(text, 'JPY'))).toEqual([100, null]);
});

test('faults of a rule are said at their fields', () => {
  const entered = {
    currency: 'GBP',
    per: 'hour',
    amount: '6.00',
    batch: '1',
    least: '0',
    floor: '',
    reward: '',
    fee: '33,3',
  };
  expect(readRule(entered, null)).toMatchObject({ rule: { amount: 600, fee: 0.333 } });
  const fieldsOf = (changes: Partial<typeof entered>, medianMs: number | null = null): string[] => {
    const read = readRule({ ...entered, ...changes }, medianMs);
    return 'faults' in read ? read.faults.map(({ field }) => field) : [];
  };
  expect(fieldsOf({ currency: 'XXX' })).toEqual(['currency']);
  expect(fieldsOf({ amount: 'six', batch: '0', fee: '-1' })).toEqual(['batch', 'fee', 'amount']);
  expect(fieldsOf({ per: 'week' })).toEqual(['per']);
  expect(fieldsOf({ amount: '0' })).toEqual(['amount']);
  expect(fieldsOf({ floor: '9.00' }, 10_000)).toEqual(['amount']);
  expect(fieldsOf({ floor: '9.00' })).toEqual(['amount']);
  expect(fieldsOf({ floor: '9.00', per: 'judgment' }, 10_000)).toEqual([]);
});
