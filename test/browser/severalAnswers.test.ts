import { expect, test } from 'vitest';
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
const formOf = (...questions: object[]): Form => Form.parse({ preset: 'own', questions });

describeInBrowser('several answers in a browser', (use) => {
  test('a digit ticks and unticks and never sends, the exclusive answer stands alone, Enter goes on and sends', async () => {
    const { link, db } = await studySite({}, 3, formOf(several, label));
    const context = await use.newContext();
    const page = await begin(context, link);
    const ticked = (): Promise<string[]> =>
      page.locator('#answer_faults .answer:has(input:checked) .words').allInnerTexts();
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const first = await textOn(page);
    await press('Digit1', 'Digit3');
    expect(await ticked()).toEqual(['Typos', 'Too long']);
    await press('Digit1', 'Digit2');
    expect(await ticked()).toEqual(['Bias', 'Too long']);
    await press('Digit0');
    expect(await ticked()).toEqual(['None of these']);
    await press('Digit1', 'Digit2');
    expect(await ticked()).toEqual(['Typos', 'Bias']);
    await press('Backspace');
    expect(await ticked()).toEqual(['Typos']);
    await press('Backspace');
    expect(await ticked()).toEqual([]);
    await press('Enter');
    await page.locator('.status.loud', { hasText: 'Still open: What is wrong?' }).waitFor();
    await press('Digit1', 'Digit2', 'Enter');
    await page.locator('.status:not(.loud)', { hasText: 'Still open: Which fits?' }).waitFor();
    await page.locator('#answer_label.active').waitFor();
    expect([await textOn(page), await ticked()]).toEqual([first, ['Typos', 'Bias']]);
    // The digit that answers the last open question sends, as ever.
    await sendBy(page, ['Digit2']);
    await page.locator('#done', { hasText: '1' }).waitFor();
    const judgments = await db.selectFrom('judgment').select(['answers']).execute();
    expect(judgments).toEqual([{ answers: '{"faults":["Typos","Bias"]}' }]);

    await press('Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    expect(await ticked()).toEqual(['Typos', 'Bias']);
    await context.close();
  });

  test('as the last question it waits for Enter; unsent answers are kept with every tick', async () => {
    const { link, db } = await studySite({}, 3, formOf(label, several));
    const context = await use.newContext();
    const page = await begin(context, link);
    await page.waitForLoadState('networkidle');
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
    expect(await db.selectFrom('judgment').select(['answers']).execute()).toEqual([
      { answers: '{"faults":["Bias","Too long"]}' },
    ]);
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
    expect(await group.getAttribute('aria-describedby')).toBe('answer_faults_several');
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
    expect(await db.selectFrom('judgment').select(['answers']).execute()).toEqual([
      { answers: '{"faults":["None of these"]}' },
    ]);
    await context.close();
  });
});
