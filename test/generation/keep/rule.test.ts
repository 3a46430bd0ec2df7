import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, type Row, type Settings, type Verdict } from '#generation/keep/rule.js';
import { rowWith, settingsWith } from './support.js';

const decided = (rows: readonly Row[], settings: Settings, labels = 2) =>
  decide(rows, { settings, labels, seed: 'a' });

const reasonsOf = (rows: readonly Row[], settings: Settings, labels = 2) =>
  decided(rows, settings, labels).verdicts.map(({ reason }) => reason);

const words = 'one two three four five six seven eight nine ten red blue green tall small'.split(
  ' ',
);

/** Rows with few different means, so that many are equal. */
const anyRows = fc
  .array(
    fc.record({
      label: fc.constantFrom(0, 1),
      mean: fc.oneof(
        fc.constantFrom(0.3, 0.5, 0.7, 0.9),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constant(null),
      ),
      group: fc.constantFrom('a', 'b', 'c', null),
      likelihood: fc.constantFrom(-3, -2, -1, null),
      mass: fc.constantFrom(0.1, 0.6, 0.9),
      finding: fc.constantFrom(null, null, 'truncated'),
      text: fc
        .array(fc.constantFrom(...words), { minLength: 2, maxLength: 5 })
        .map((all) => all.join(' ')),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows.map((row, index): Row => ({ ...row, tie: `${(index * 7_919) % 1_000} ${index}` })),
  );

const anySettings = fc
  .record({
    top: fc.constantFrom(null, 1, 3, 10),
    half: fc.boolean(),
    per: fc.constantFrom(null, 'job'),
    balance: fc.boolean(),
    switches: fc.record({
      likelihood: fc.constantFrom(null, -2),
      mass: fc.constantFrom(null, 0.5),
      findings: fc.constantFrom<'truncated'[]>([], ['truncated']),
      nearDuplicates: fc.constantFrom(null, 0.6),
      quota: fc.constantFrom(null, { clusters: 2, most: 4 }),
    }),
  })
  .map((settings) => settingsWith(settings));

const keptOf = (rows: readonly Row[], verdicts: readonly Verdict[]): Row[] =>
  rows.filter((_, index) => verdicts[index]?.reason === null);

const counted = <T>(values: readonly T[]): Map<T, number> => {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

test('labels are balanced exactly, no group has more than the top, none is below one half', () => {
  fc.assert(
    fc.property(anyRows, anySettings, (rows, settings) => {
      const { verdicts, kept: counts } = decided(rows, settings);
      const kept = keptOf(rows, verdicts);
      const byLabel = counted(kept.map(({ label }) => label));
      expect(counts.withSwitches).toEqual([byLabel.get(0) ?? 0, byLabel.get(1) ?? 0]);
      if (settings.balance) expect(byLabel.get(0)).toBe(byLabel.get(1));
      const groups = counted(kept.map((row) => (settings.per === null ? row.label : row.group)));
      if (settings.top !== null)
        expect(Math.max(0, ...groups.values())).toBeLessThanOrEqual(settings.top);
      if (settings.half) expect(kept.every(({ mean }) => (mean ?? 0) >= 0.5)).toBe(true);
    }),
  );
});

test('the order of the rows changes nothing', () => {
  const shuffled = anyRows.chain((rows) =>
    fc.tuple(
      fc.constant(rows),
      fc.shuffledSubarray([...rows.keys()], { minLength: rows.length, maxLength: rows.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, anySettings, ([rows, order], settings) => {
      const plain = decided(rows, settings);
      const other = decided(
        order.flatMap((index) => rows[index] ?? []),
        settings,
      );
      expect(other.kept).toEqual(plain.kept);
      expect(other.verdicts).toEqual(order.map((index) => plain.verdicts[index]));
    }),
  );
});

test('a higher mean never loses a place, and the kept are ranked by it', () => {
  const raised = fc.tuple(
    anyRows,
    anySettings,
    fc.nat(),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(raised, ([rows, all, which, more]) => {
      // Clusters and groups of texts alike are those of what is left: they change with a mean.
      const settings = settingsWith({
        ...all,
        switches: { ...all.switches, quota: null, nearDuplicates: null },
      });
      const { verdicts } = decided(rows, settings);
      const ranked = rows
        .map((row, index) => ({ row, rank: verdicts[index]?.rank ?? null }))
        .filter(({ rank }) => rank !== null)
        .toSorted((one, other) => (one.rank ?? 0) - (other.rank ?? 0));
      expect(ranked.map(({ rank }) => rank)).toEqual(ranked.map((_, place) => place + 1));
      for (const [place, { row }] of ranked.entries())
        expect(row.mean).toBeLessThanOrEqual(ranked[place - 1]?.row.mean ?? 1);
      const at = rows.length === 0 ? 0 : which % rows.length;
      const chosen = rows[at];
      if (chosen?.mean === undefined || chosen.mean === null || verdicts[at]?.reason !== null)
        return;
      const better = { ...chosen, mean: Math.max(chosen.mean, more) };
      const again = decided(rows.with(at, better), settings).verdicts[at];
      expect(again?.reason).toBeNull();
      expect(again?.rank).toBeLessThanOrEqual(verdicts[at]?.rank ?? 0);
    }),
  );
});

test('what the rule alone keeps is counted beside, and what the switches took of it', () => {
  fc.assert(
    fc.property(anyRows, anySettings, (rows, settings) => {
      const { verdicts, kept } = decided(rows, settings);
      const alone = decided(rows, settingsWith({ ...settings, switches: settingsWith().switches }));
      expect(kept.asPaper).toEqual(alone.kept.asPaper);
      expect(alone.kept.withSwitches).toEqual(alone.kept.asPaper);
      expect(alone.kept.bySwitch).toEqual({});
      const lost = rows.flatMap((_, index) => {
        const reason = verdicts[index]?.reason ?? null;
        return alone.verdicts[index]?.reason === null && reason !== null ? [reason] : [];
      });
      expect(kept.bySwitch).toEqual(Object.fromEntries(counted(lost)));
      expect(lost).not.toContain('below-half');
    }),
  );
});

test('each switch names its reason, and lets others move up', () => {
  const rows = [
    rowWith({ text: 'a first thing', mean: 0.99, likelihood: -5 }),
    rowWith({ text: 'a second thing', mean: 0.98, mass: 0.1 }),
    rowWith({ text: 'one that was cut and', mean: 0.97, finding: 'truncated' }),
    rowWith({ text: 'I like to help my neighbours in the garden', mean: 0.96 }),
    rowWith({ text: 'I like to help my neighbours in the gardens', mean: 0.95 }),
    rowWith({ text: 'Something else altogether', mean: 0.94 }),
    rowWith({ text: 'The last', mean: 0.93 }),
    rowWith({ text: 'Less than one half', mean: 0.4, likelihood: -5 }),
    rowWith({ text: 'Without a score', mean: null }),
  ];
  const top = { top: 2, balance: false };
  expect(reasonsOf(rows, settingsWith(top), 0).slice(0, 3)).toEqual([null, null, 'not-in-top']);
  const switches: Partial<Settings['switches']> = {
    likelihood: -3,
    mass: 0.5,
    findings: ['truncated'],
    nearDuplicates: 0.7,
  };
  expect(reasonsOf(rows, settingsWith({ ...top, switches }), 0)).toEqual([
    'unlikely',
    'low-mass',
    'finding',
    null,
    'near-duplicate',
    null,
    'not-in-top',
    'below-half',
    'no-score',
  ]);
});

test('of texts that are alike in a row, the best stays, and what is alike to a dropped one too', () => {
  // Each is like the one before it, and the third is not like the first.
  const texts = ['abcdefghijkl', 'abcdefghijxy', 'wvefghijxyzu'];
  const rows = texts.map((text, index) => rowWith({ text, mean: 0.9 - index / 100 }));
  const switches = { nearDuplicates: 0.3 };
  expect(reasonsOf(rows, settingsWith({ switches, balance: false }), 0)).toEqual([
    null,
    'near-duplicate',
    null,
  ]);
  const same = [
    rowWith({ text: 'The same.', mean: 0.6, label: 0 }),
    rowWith({ text: 'the same', mean: 0.7, label: 1 }),
  ];
  expect(reasonsOf(same, settingsWith({ switches, balance: false }))).toEqual([
    'near-duplicate',
    null,
  ]);
});

test('a cluster gives so many of each label', () => {
  const topic = (name: string, index: number, label: number): Row =>
    rowWith({
      text: `${name} ${name === 'garden' ? 'flowers and trees' : 'engines and wheels'} ${words[index]}`,
      tie: `${name} ${index} ${label}`,
      label,
      mean: 0.9 - index / 100,
    });
  const rows = ['garden', 'car'].flatMap((name) =>
    Array.from({ length: 12 }, (_, index) => topic(name, index, index % 2)),
  );
  const switches = { quota: { clusters: 2, most: 2 } };
  const { verdicts, kept } = decided(rows, settingsWith({ switches }));
  expect(kept).toEqual({ asPaper: [12, 12], withSwitches: [4, 4], bySwitch: { quota: 16 } });
  expect(verdicts.slice(0, 5).map(({ reason }) => reason)).toEqual([
    null,
    null,
    null,
    null,
    'quota',
  ]);
});

test('one label without a candidate leaves none of the other', () => {
  expect(reasonsOf([rowWith({ text: 'a' }), rowWith({ text: 'b' })], settingsWith())).toEqual([
    'balance',
    'balance',
  ]);
  expect(reasonsOf([rowWith({ text: 'a', label: null })], settingsWith(), 0)).toEqual([null]);
});

test('a field gives the groups of the top where it is named', () => {
  const rows = ['nurse', 'nurse', 'baker', null].map((group, index) =>
    rowWith({ group, label: null, text: `${index}`, mean: 0.9 - index / 100 }),
  );
  expect(reasonsOf(rows, settingsWith({ per: 'job', top: 1 }), 0)).toEqual([
    null,
    'not-in-top',
    null,
    'lacks-field',
  ]);
});
