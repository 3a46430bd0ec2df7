import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { submitJudgment } from '#assignment/submit.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import { requireStudy } from '#studies/study.js';
import { complaintsOf, describeInBrowser, signIn } from '../support/browser.js';
import { buildDataset, buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite, type Site } from '../support/site.js';

/** A page of the admin in a context of its own. */
async function adminPage(context: BrowserContext, site: Site): Promise<Page> {
  const page = await context.newPage();
  await signIn(page, site);
  return page;
}

/** One rater judges one example. */
async function judgeOne(site: Site, raterId: number, key: string): Promise<void> {
  const { database } = site.server.application;
  const at = { database, raterId, now: Date.now() };
  const item = await currentItem(at);
  if (isNothing(item)) throw new Error('an item');
  await submitJudgment(
    at,
    {
      assignment: item.public_id,
      key,
      answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
      comment: 'A comment.',
      activeMs: 5000,
    },
    { fetchAhead: false },
  );
}

describeInBrowser('studies in a browser', (browser) => {
  test('an admin makes, reviews and opens a study and sees judgments come in without reloading', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    await buildDataset(database.db, {
      source: 'generated',
      examples: plainExamples(12, 'Generated'),
    });
    await buildDataset(database.db, { source: 'human', examples: plainExamples(12, 'Human') });
    const page = await adminPage(
      await browser.newContext({ viewport: { width: 1280, height: 800 } }),
      site,
    );
    const complaints = complaintsOf(page, site.address);
    await page.getByRole('link', { name: 'Make the first study' }).click();
    await page.getByLabel('Title', { exact: true }).fill('Kindness');
    for (const box of await page
      .getByRole('group', { name: 'Datasets to be rated' })
      .getByRole('checkbox')
      .all())
      await box.check();
    await page.getByLabel('Examples from each dataset').fill('6');
    await page.getByLabel('Judgments for each example').fill('2');
    await page.getByLabel('Judgments for each example').blur();
    expect(await page.locator('[data-cost]').innerText()).toBe(
      'About 12 examples and 24 judgments.',
    );
    // Adding a question keeps what was filled in and puts the cursor into it.
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.locator('#q3_wording:focus').waitFor();
    expect(await page.getByLabel('Title', { exact: true }).inputValue()).toBe('Kindness');
    await page.keyboard.type('Is it in plain English?');
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.waitForURL('**/review');
    expect(await page.locator('.sentence').innerText()).toContain('24 judgments');
    await page.getByRole('button', { name: 'Open the study' }).click();
    await page.waitForURL(/\/studies\/[\w-]+$/);
    expect(await page.locator('.state.open').innerText()).toContain('open');
    expect(await page.locator('.figures dd').first().innerText()).toBe('0 of 24');

    await page.evaluate('globalThis.stayed = true');
    const study = await requireStudy(database.db, page.url().split('/').at(-1) ?? '');
    const [rater] = await buildRaters(database, study, 1, Date.now());
    if (rater === undefined) throw new Error('a rater');
    await judgeOne(site, rater.id, 'first');
    await page.locator('.figures dd', { hasText: '1 of 24' }).waitFor();
    expect(await page.getByRole('link', { name: 'r-01' }).isVisible()).toBe(true);
    expect(await page.evaluate('globalThis.stayed')).toBe(true);
    expect(complaints).toEqual([]);
  });

  test('the preview works as the rating page does, by the same keys, and stores nothing', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(3) }],
      settings: { overlap: 1, sampleSize: 3 },
      now: Date.now(),
    });
    const page = await adminPage(
      await browser.newContext({ viewport: { width: 1280, height: 800 } }),
      site,
    );
    const complaints = complaintsOf(page, site.address);
    await page.goto(`${site.address}/studies/${study.public_id}/preview`);
    await page.locator('fieldset.choices.active').waitFor();
    const first = await page.locator('#text').innerText();
    await page.keyboard.press('Digit1');
    await page.keyboard.press('u');
    await page.keyboard.press('Digit4');
    await page.getByRole('status').filter({ hasText: 'Not stored: this is a preview.' }).waitFor();
    await page.locator('#text').filter({ hasNotText: first }).waitFor();
    await page.locator('#done', { hasText: '1' }).waitFor();
    const second = await page.locator('#text').innerText();

    // Back opens the one before for change, Escape leaves it, an answer sends it again.
    await page.keyboard.press('Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    expect(await page.locator('#text').innerText()).toBe(first);
    await page.keyboard.press('Escape');
    await page.locator('#item[data-mode="rate"]').waitFor();
    expect(await page.locator('#text').innerText()).toBe(second);
    await page.keyboard.press('Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    await page.keyboard.press('Digit2');
    await page.keyboard.press('Digit5');
    await page.locator('#item[data-mode="rate"]').waitFor();
    expect(await page.locator('#text').innerText()).toBe(second);

    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Skip this example' }).waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('#done', { hasText: '2' }).waitFor();
    await page.getByRole('link', { name: 'Guidelines' }).click();
    await page.getByRole('link', { name: 'Back to rating' }).click();
    await page.locator('#done', { hasText: '2' }).waitFor();
    await page.locator('fieldset.choices.active').waitFor();
    await page.keyboard.press('Digit1');
    await page.keyboard.press('Digit4');
    await page.getByRole('heading', { name: 'You are done' }).waitFor();
    await page.getByRole('link', { name: 'Begin the preview again' }).click();
    await page.locator('#text', { hasText: first }).waitFor();
    expect(complaints).toEqual([]);
    for (const table of ['rater', 'assignment', 'judgment'] as const)
      expect(await database.db.selectFrom(table).selectAll().execute()).toEqual([]);
  });

  test('tables of staff are sorted by their headings and stay sorted when the page brings fresh figures', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const now = Date.now();
    const study = await buildStudy(database, {
      datasets: [
        { source: 'generated', examples: plainExamples(12) },
        { source: 'human', examples: plainExamples(3, 'Human') },
        { name: 'zeal', behaviour: 'a zeal', examples: plainExamples(30, 'Zeal') },
      ],
      settings: { overlap: 2, sampleSize: 3 },
      now,
    });
    const raters = await buildRaters(database, study, 3, now);
    for (const [index, rater] of raters.entries())
      for (let turn = 0; turn < ([2, 0, 1][index] ?? 0); turn += 1)
        await judgeOne(site, rater.id, `${index} ${turn} key`);
    const page = await adminPage(
      await browser.newContext({ viewport: { width: 1280, height: 800 } }),
      site,
    );
    const complaints = complaintsOf(page, site.address);
    await page.goto(`${site.address}/studies/${study.public_id}`);
    const table = page.getByRole('region', { name: 'Progress by rater' });
    const names = (): Promise<string[]> => table.locator('tbody th a').allInnerTexts();
    const judgments = table.getByRole('button', { name: 'Judgments' });
    await judgments.click();
    expect(await names()).toEqual(['r-02', 'r-03', 'r-01']);
    expect(
      await table.getByRole('columnheader', { name: 'Judgments' }).getAttribute('aria-sort'),
    ).toBe('ascending');
    await page.keyboard.press('Enter');
    expect(await names()).toEqual(['r-01', 'r-03', 'r-02']);
    const last = raters[2];
    if (last === undefined) throw new Error('a rater');
    for (const key of ['another one', 'yet another']) await judgeOne(site, last.id, key);
    await page.locator('.figures dd', { hasText: '5 of' }).waitFor();
    await expect.poll(names).toEqual(['r-03', 'r-01', 'r-02']);
    await page.locator('#sort-raters-2:focus').waitFor();
    expect(
      await table.getByRole('columnheader', { name: 'Judgments' }).getAttribute('aria-sort'),
    ).toBe('descending');

    await page.goto(`${site.address}/datasets`);
    await page.getByRole('button', { name: 'Examples' }).click();
    const figures = async (): Promise<string[]> =>
      (await page.locator('table tbody tr:not(.group) td:nth-child(4)').allInnerTexts()).map(
        (text) => text.trim(),
      );
    expect(await figures()).toEqual(['3', '12', '30']);
    await page.getByRole('button', { name: 'Examples' }).click();
    expect(await figures()).toEqual(['30', '12', '3']);
    expect(await page.locator('table tbody tr:first-child.group').count()).toBe(2);
    expect(complaints).toEqual([]);
  });
});
