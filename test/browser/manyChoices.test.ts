import { expect, test } from 'vitest';
import { Form } from '#studies/form.js';
import { describeInBrowser } from '../support/browser.js';
import { buildInvitation, buildStudy } from '../support/builders.js';
import { begin, sendBy, textOn } from '../support/ratingInBrowser.js';
import { openSite } from '../support/site.js';

const choices = Array.from({ length: 12 }, (_, index) => `Answer ${index + 1}`);

describeInBrowser('twelve choices in a browser', (use) => {
  test('ten of them have a digit, 0 the tenth; the others print none and are reached by arrows', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const study = await buildStudy(database, {
      datasets: [{ examples: ['One?', 'Two?'].map((text) => ({ text, choices, label: 0 })) }],
      settings: { overlap: 1, sampleSize: 2, shuffleChoices: false },
      form: Form.parse({
        preset: 'own',
        questions: [{ id: 'label', type: 'label', wording: 'Which fits?' }],
      }),
      now: Date.now(),
    });
    const { token } = await buildInvitation(database, study, Date.now());
    const context = await use.newContext();
    const page = await begin(context, `${site.address}/r/${token}`);
    const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];
    expect(await page.locator('fieldset.choices kbd').allInnerTexts()).toEqual(keys);
    const first = await sendBy(page, ['Digit0']);
    const second = await textOn(page);
    await page.locator('fieldset.choices input').nth(9).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You are done' }).waitFor();
    const judgments = await database.db
      .selectFrom('judgment')
      .innerJoin('assignment', 'assignment.id', 'judgment.assignment_id')
      .innerJoin('item', 'item.id', 'assignment.item_id')
      .innerJoin('example', 'example.id', 'item.example_id')
      .select(['example.text', 'judgment.label_choice'])
      .execute();
    const chosen = new Map(judgments.map((row) => [row.text, choices[row.label_choice ?? -1]]));
    expect([chosen.get(first), chosen.get(second)]).toEqual(['Answer 10', 'Answer 12']);
    await context.close();
  });
});
