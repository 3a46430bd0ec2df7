import { expect, test } from 'vitest';
import { describeInBrowser, faultsOf } from '../../support/browser.js';
import { sendBy, studySite } from '../../support/ratingInBrowser.js';

describeInBrowser('the pages of a rater, looked at', (use) => {
  test('no page of a rater breaks a rule of axe or scrolls sideways', async () => {
    const { site, db } = await studySite({ contact: 'help@lab.example' }, 8);
    const join = `${site.address}/join/${(await db.selectFrom('study').select('join_token').executeTakeFirstOrThrow()).join_token}`;
    const page = await (await use.newContext()).newPage();
    const faults: string[] = [];
    const look = async (): Promise<void> => void faults.push(...(await faultsOf(page)));

    await page.goto(join);
    await look();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('alert').waitFor();
    await look();
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('link', { name: 'Read the guidelines' }).waitFor();
    await look();
    await page.getByRole('link', { name: 'Read the guidelines' }).click();
    await page.getByRole('link', { name: 'Start rating' }).waitFor();
    await look();
    await page.getByRole('link', { name: 'Start rating' }).click();
    await page.locator('#item fieldset.active').waitFor();
    await look();
    await sendBy(page, ['Digit1', 'Digit1']);
    await page.locator('#done', { hasText: '1' }).waitFor();
    await page.keyboard.press('Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    await look();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await look();
    for (const aside of ['skip', 'flag']) {
      await page.goto(`${site.address}/rate`);
      await page.locator(`#${aside}`).click();
      await page.getByRole('button', { name: 'Send' }).waitFor();
      await look();
      await page.getByRole('button', { name: 'Send' }).click();
    }
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.locator('#main[data-reason="left"]').waitFor();
    await look();
    await db.updateTable('study').set({ state: 'closed', closed_at: Date.now() }).execute();
    const stranger = await (await use.newContext()).newPage();
    await stranger.goto(join);
    await stranger.getByRole('heading', { name: 'This study takes no new raters now' }).waitFor();
    faults.push(...(await faultsOf(stranger)));
    expect(faults).toEqual([]);
  });
});
