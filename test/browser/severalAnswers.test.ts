import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { Db } from '#storage/database.js';
import { Form } from '#studies/form.js';
import { describeInBrowser, faultsOf } from '../support/browser.js';
import { begin, sendBy, studySite, textOn } from '../support/ratingInBrowser.js';

const several = {
  id: 'faults',
  type: 'several',
  wording: 'What is wrong?',
  options: ['Typos', 'Bias', 'Too long'],
  none: 'None of these',
};
const label = { id: 'label', type: 'label', wording: 'Which fits?' };
const optional = { ...several, required: false };
const formOf = (...questions: object[]): Form => Form.parse({ preset: 'own', questions });

const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
/** The words of what is ticked in a question. */
const tickedIn = (page: Page, id = 'faults'): Promise<string[]> =>
  page.locator(`#answer_${id} .answer:has(input:checked) .words`).allInnerTexts();
const storedIn = async (db: Db): Promise<string[]> =>
  (await db.selectFrom('judgment').select('answers').orderBy('submitted_at').execute()).map(
    ({ answers }) => answers,
  );

describeInBrowser('several answers in a browser', (use) => {
  test('a digit ticks and unticks and never sends, the exclusive answer stands alone, Enter goes on and sends', async () => {
    const { link, db } = await studySite({}, 3, formOf(several, label));
    const context = await use.newContext();
    const page = await begin(context, link);
    const first = await textOn(page);
    await press(page, 'Digit1', 'Digit3');
    expect(await tickedIn(page)).toEqual(['Typos', 'Too long']);
    await press(page, 'Digit1', 'Digit2');
    expect(await tickedIn(page)).toEqual(['Bias', 'Too long']);
    await press(page, 'Digit0');
    expect(await tickedIn(page)).toEqual(['None of these']);
    await press(page, 'Digit1', 'Digit2');
    expect(await tickedIn(page)).toEqual(['Typos', 'Bias']);
    await press(page, 'Backspace');
    expect(await tickedIn(page)).toEqual(['Typos']);
    await press(page, 'Backspace');
    expect(await tickedIn(page)).toEqual([]);
    await press(page, 'Enter');
    await page.locator('.status.loud', { hasText: 'Still open: What is wrong?' }).waitFor();
    await press(page, 'Digit1', 'Digit2', 'Enter');
    await page.locator('.status:not(.loud)', { hasText: 'Still open: Which fits?' }).waitFor();
    await page.locator('#answer_label.active').waitFor();
    expect([await textOn(page), await tickedIn(page)]).toEqual([first, ['Typos', 'Bias']]);
    // The digit that answers the last open question sends, as ever.
    await sendBy(page, ['Digit2']);
    await page.locator('#done', { hasText: '1' }).waitFor();
    expect(await storedIn(db)).toEqual(['{"faults":["Typos","Bias"]}']);

    await press(page, 'Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    expect(await tickedIn(page)).toEqual(['Typos', 'Bias']);
    await context.close();
  });

  test('as the last question it waits for Enter; unsent answers are kept with every tick', async () => {
    const { link, db } = await studySite({}, 3, formOf(label, several));
    const context = await use.newContext();
    const page = await begin(context, link);
    await page.keyboard.press('Digit1');
    await page.locator('#answer_faults.active').waitFor();
    await context.setOffline(true);
    await sendBy(page, ['Digit2', 'Digit3', 'Enter']);
    await page.locator('.status.loud', { hasText: 'Not saved yet' }).waitFor();
    const kept = await page.evaluate('Object.values(localStorage).map((text) => JSON.parse(text))');
    expect(kept).toMatchObject([
      { answers: [expect.anything(), ['What is wrong?', 'Bias; Too long']] },
    ]);
    await context.setOffline(false);
    await page.evaluate("dispatchEvent(new Event('online'))");
    await page.locator('#done', { hasText: '1' }).waitFor();
    expect(await storedIn(db)).toEqual(['{"faults":["Bias","Too long"]}']);
    await context.close();
  });

  test('an optional question is in its turn until Enter, which goes on or sends', async () => {
    const { link, db } = await studySite({}, 3, formOf(optional, label));
    const context = await use.newContext();
    const page = await begin(context, link);
    await page.locator('#answer_faults.active').waitFor();
    await press(page, 'Digit1', 'Digit3');
    expect(await tickedIn(page)).toEqual(['Typos', 'Too long']);
    await press(page, 'Enter');
    await page.locator('#answer_label.active').waitFor();
    await sendBy(page, ['Digit2']);
    // Nothing need be ticked; what is taken back puts its question in its turn again.
    await press(page, 'Digit1', 'Enter', 'Backspace');
    await page.locator('#answer_faults.active').waitFor();
    expect(await tickedIn(page)).toEqual([]);
    await press(page, 'Enter');
    await page.locator('#answer_label.active').waitFor();
    await sendBy(page, ['Digit1']);
    await page.locator('#done', { hasText: '2' }).waitFor();
    expect(await storedIn(db)).toEqual(['{"faults":["Typos","Too long"]}', '{}']);
    await context.close();
  });

  test('optional questions alone: digits tick, and Enter sends after the last one', async () => {
    const second = { ...optional, id: 'more', wording: 'What else?', options: ['Old', 'Rude'] };
    const { link, db } = await studySite({}, 3, formOf(optional, second));
    const context = await use.newContext();
    const page = await begin(context, link);
    await press(page, 'Digit1', 'Enter');
    await page.locator('#answer_more.active').waitFor();
    // The exclusive answer of one question leaves the other one alone.
    await press(page, 'Digit1', 'Digit0');
    expect([await tickedIn(page), await tickedIn(page, 'more')]).toEqual([
      ['Typos'],
      ['None of these'],
    ]);
    await sendBy(page, ['Enter']);
    await sendBy(page, ['Enter', 'Enter']);
    await page.locator('#done', { hasText: '2' }).waitFor();
    expect(await storedIn(db)).toEqual(['{"faults":["Typos"],"more":["None of these"]}', '{}']);
    await context.close();
  });

  test('ticks go on after a click on the text, and in an earlier answer', async () => {
    const { link, db } = await studySite({}, 3, formOf(label, several));
    const context = await use.newContext();
    const page = await begin(context, link);
    await press(page, 'Digit1', 'Digit2');
    await page.locator('#text').click();
    await press(page, 'Digit3');
    expect(await tickedIn(page)).toEqual(['Bias', 'Too long']);
    await sendBy(page, ['Enter']);
    await page.locator('#done', { hasText: '1' }).waitFor();
    await press(page, 'Backspace');
    await page.locator('#item[data-mode="change"] #answer_faults.active').waitFor();
    await press(page, 'Digit1');
    await page.locator('#text').click();
    await press(page, 'Digit2');
    expect(await tickedIn(page)).toEqual(['Typos', 'Too long']);
    await sendBy(page, ['Enter']);
    await page.locator('#status', { hasText: 'changed' }).waitFor();
    expect(await storedIn(db)).toEqual([
      '{"faults":["Bias","Too long"]}',
      '{"faults":["Typos","Too long"]}',
    ]);
    await context.close();
  });

  test('what is said of the answers goes when they change', async () => {
    const { link } = await studySite({}, 3, formOf(several, label));
    const context = await use.newContext();
    const page = await begin(context, link);
    const status = page.locator('#status');
    await press(page, 'Enter');
    await status.filter({ hasText: 'Still open: What is wrong?' }).waitFor();
    await press(page, 'Digit1');
    expect(await status.innerText()).toBe('');
    await press(page, 'Enter');
    await page.locator('#answer_label .answer').first().click();
    await press(page, 'Digit9');
    await status.filter({ hasText: 'All is answered' }).waitFor();
    await page.locator('#answer_faults .answer').first().click();
    expect([await tickedIn(page), await status.innerText()]).toEqual([[], '']);
    await page.locator('#answer_faults .answer').first().click();
    await page.locator('#answer_label .answer').first().click();
    await press(page, 'Digit9');
    await status.filter({ hasText: 'All is answered' }).waitFor();
    await press(page, 'Backspace');
    expect(await status.innerText()).toBe('');
    await context.close();
  });

  test('by thumb and by a screen reader it is a group of tick boxes, and no rule of axe is broken', async () => {
    const { link } = await studySite({}, 3, formOf(label, several));
    const context = await use.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const page = await begin(context, link);
    const group = page.getByRole('group', { name: 'What is wrong?' });
    expect(await group.getAttribute('aria-describedby')).toBe('answer_faults-several');
    expect(await group.locator('.by-keys').isVisible()).toBe(false);
    await group.getByRole('checkbox', { name: 'Typos' }).tap();
    await group.getByRole('checkbox', { name: 'None of these' }).tap();
    expect(await group.getByRole('checkbox', { checked: true }).count()).toBe(1);
    expect(
      await page.evaluate(
        "[...document.querySelectorAll('.answer')].filter((element) => element.offsetHeight < 48).length",
      ),
    ).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await context.close();
  });

  test('without JavaScript it is a plain form', async () => {
    const { link, db } = await studySite({}, 3, formOf(several, label));
    const context = await use.newContext({ javaScriptEnabled: false });
    const page = await begin(context, link, { script: false });
    await page.getByRole('checkbox', { name: 'Typos' }).check();
    await page.getByRole('checkbox', { name: 'None of these' }).check();
    await page.locator('#answer_label .answer').first().click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('“None of these” cannot be combined with other answers.').waitFor();
    await page.getByRole('checkbox', { name: 'Typos' }).uncheck();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.locator('#done', { hasText: '1' }).waitFor();
    expect(await storedIn(db)).toEqual(['{"faults":["None of these"]}']);
    await context.close();
  });
});
