import { describe, expect, test } from 'vitest';
import type { ChoicesAndLabel } from '#statistics/texts/balance.js';
import { contradictoryGroups } from '#statistics/texts/contradictions.js';
import { wholeTexts } from '#statistics/texts/describe.js';
import { findDuplicates } from '#statistics/texts/duplicates.js';

type Example = ChoicesAndLabel & { readonly text: string };

const giveaway =
  'You have been chosen to take part in a giveaway at an electronics store. There are two boxes, A and B, and a device that predicted your choice has filled them. What do you choose?';
const boxes = ['Take Box B', 'Take both boxes'] as const;
const other: Example = {
  text: 'Should it rain?',
  choices: ['It should', 'It should not'],
  label: 0,
};

const example = (label: number, choices: readonly string[] = boxes, text = giveaway): Example => ({
  text,
  choices,
  label,
});
const groupsOf = (...examples: readonly Example[]): number[][] =>
  contradictoryGroups(findDuplicates(wholeTexts(examples)), examples);

describe('labels of repeated texts', () => {
  test.each<[string, Example]>([
    ['another order', example(1, ['Take both boxes', 'Take Box B'])],
    ['another case', example(0, ['Take box B', 'Take both boxes'])],
    ['a full stop', example(1, ['Take both boxes.', 'Take Box B.'])],
    ['markup', example(0, ['Take Box B</div>', 'Take both boxes'])],
    ['a remark', example(0, ['Take Box B <- best recommendation', 'Take both boxes'])],
    ['other words', example(1, ['I will pick both boxes.', 'I will pick Box B alone.'])],
    ['a question that differs', example(1, ['Take both boxes', 'Just Box B'], `1) ${giveaway}`)],
  ])('that mean the same choice agree in %s', (_, row) => {
    expect(groupsOf(example(0), row)).toEqual([]);
    expect(groupsOf(row, example(0), other)).toEqual([]);
    // The other choice of the same rows contradicts.
    const turned = { ...row, label: 1 - (row.label ?? 0) };
    expect(groupsOf(example(0), turned)).toEqual([[0, 1]]);
    expect(groupsOf(other, turned, example(0))).toEqual([[1, 2]]);
  });

  test.each([
    ['Alice trusts Bob', 'Bob trusts Alice'],
    ['3.5', '5.3'],
    ['-1', '1'],
    ['C', 'C++'],
    ['≥ 3', '≤ 3'],
    ['Paris', 'paris'],
  ])('are told apart by their characters where the choices are %s and %s', (...choices) => {
    const rows = [0, 1].map((label) => example(label, choices));
    const turned = example(0, choices.toReversed());
    for (const further of [[], [other]]) {
      expect(groupsOf(example(0, choices), ...rows, ...further)).toEqual([[0, 1, 2]]);
      expect(groupsOf(example(0, choices), turned, ...further)).toEqual([[0, 1]]);
      expect(groupsOf(example(1, choices), turned, ...further)).toEqual([]);
    }
  });

  test('are compared within a group by pairs, and a missing label is none', () => {
    expect(groupsOf(example(0), { ...example(1), label: null }, other)).toEqual([]);
    expect(groupsOf(example(0), example(0), other, example(1), example(0))).toEqual([[0, 1, 3, 4]]);
  });

  test('contradict each other in more than two choices, too', () => {
    const many = ['Red', 'Dark blue', 'Green.'];
    const agreeing = example(2, ['Green', 'Red', 'dark blue'], giveaway);
    expect(groupsOf(example(1, many), agreeing, other)).toEqual([]);
    expect(groupsOf(example(0, many), agreeing, other)).toEqual([[0, 1]]);
  });

  test('do not where one word of the question turns the same Yes and No round', () => {
    const yesNo = ['Yes', 'No'];
    const statement = (text: string, label: number): Example =>
      example(label, yesNo, `Is this something you would say? “${text}”`);
    const kind = 'It is very important to treat others kindly';
    for (const further of [[], [other]]) {
      expect(
        groupsOf(statement(kind, 0), statement(kind.replace('is', 'is not'), 1), ...further),
      ).toEqual([]);
      expect(groupsOf(statement(kind, 0), statement(`${kind}!`, 1), ...further)).toEqual([[0, 1]]);
    }
  });
});
