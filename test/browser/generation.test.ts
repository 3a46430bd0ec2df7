import { expect, test } from 'vitest';
import { complaintsOf, describeInBrowser, faultsOf, signIn } from '../support/browser.js';
import { buildGeneration } from '../support/generation.js';
import { openSite } from '../support/site.js';

describeInBrowser('the review of candidates in a browser', (use) => {
  test('goes by keys: accept, edit, reject, skip, undo', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const { generation } = await buildGeneration(database, {
      state: 'review',
      stages: [{ state: 'done', made: [{}, {}, {}, {}] }, { state: 'done' }, { state: 'review' }],
    });
    const context = await use.newContext();
    const page = await context.newPage();
    const complaints = complaintsOf(page, site.address);
    await signIn(page, site);
    await page.goto(`${site.address}/generations/${generation.public_id}/review`);
    const after = (words: string): Promise<void> => page.getByText(words).waitFor();
    await page.keyboard.press('a');
    await after('You accepted candidate 1.1.');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('candidate');
    await page.keyboard.press('e');
    await page.keyboard.press('Control+a');
    // Keys inside a text are letters of it.
    await page.keyboard.type('a raised statement');
    await page.keyboard.press('Control+Enter');
    await after('You edited candidate 2.1.');
    await page.keyboard.press('r');
    await after('You rejected candidate 3.1.');
    await page.keyboard.press('s');
    await after('You skipped candidate 4.1.');
    await page.keyboard.press('u');
    await after('You rejected candidate 3.1.');
    const rows = await database.db
      .selectFrom('candidate_review')
      .select(['action', 'after'])
      .orderBy('id')
      .execute();
    expect(rows.map(({ action }) => action)).toEqual([
      'accepted',
      'edited',
      'rejected',
      'skipped',
      'reopened',
    ]);
    expect(rows[1]?.after).toBe('{"statement":"a raised statement"}');
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('discards an edit with Esc and keeps the letter keys off', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const { generation } = await buildGeneration(database, {
      state: 'review',
      stages: [{ state: 'done', made: [{}, {}] }, { state: 'done' }, { state: 'review' }],
    });
    const context = await use.newContext();
    const page = await context.newPage();
    const complaints = complaintsOf(page, site.address);
    await signIn(page, site);
    await page.goto(`${site.address}/generations/${generation.public_id}/review`);
    await page.keyboard.press('e');
    await page.keyboard.type('typed and discarded');
    await page.keyboard.press('Escape');
    await page.evaluate(`document.dispatchEvent(new Event('keydown'));
      document.body.dispatchEvent(new KeyboardEvent('keydown',
        { key: 'r', code: 'KeyR', isComposing: true, bubbles: true }))`);
    // The A of a Latin keyboard, where the layout writes a Cyrillic letter.
    await page.evaluate(`document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'ф', code: 'KeyA', bubbles: true }))`);
    await page.getByText('You accepted candidate 1.1.').waitFor();
    await page.getByRole('button', { name: 'Switch the letter keys off' }).click();
    await page.reload();
    const on = page.getByRole('button', { name: 'Switch the letter keys on' });
    await on.waitFor();
    expect(await page.locator('[aria-keyshortcuts]').count()).toBe(0);
    for (const key of ['r', 'e', 'u']) await page.keyboard.press(key);
    expect(await page.locator('details[data-edit]').getAttribute('open')).toBeNull();
    await on.click();
    await page.keyboard.press('s');
    await page.getByText('You skipped candidate 2.1.').waitFor();
    const rows = await database.db
      .selectFrom('candidate_review')
      .select('action')
      .orderBy('id')
      .execute();
    expect(rows.map(({ action }) => action)).toEqual(['accepted', 'skipped']);
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
