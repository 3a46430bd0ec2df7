import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { lines, personaRow } from '../datasets/imports/support.js';
import { complaintsOf, describeInBrowser, faultsOf, signIn } from '../support/browser.js';
import { openSite, type Site } from '../support/site.js';

/**
 * Writes a folder as labs keep it: a pair of sets, a table of one's own and a list that is no
 * dataset.
 */
function writeFolder(site: Site): string {
  const folder = join(site.folder, 'evals');
  const write = (path: string, content: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const many = Array.from({ length: 3000 }, (_, index) =>
    personaRow(`I would like to read the notes of group ${index}`, index % 2 === 0),
  );
  write(
    'lm_generated_evals/reading.jsonl',
    lines(...many, personaRow('Hello [name], I am here'), '{"question": '),
  );
  write('human_generated_evals/reading.jsonl', lines(...many.slice(0, 50)));
  write(
    'mine.csv',
    'stem,first,second,gold\nWhich is larger?,The sun,The moon,A\nWhich is wetter?,A stone,The sea,B\n',
  );
  write('occupations.jsonl', lines(JSON.stringify({ occupation: 'baker', share: 3 })));
  return folder;
}

describeInBrowser('datasets in a browser', (browser) => {
  test(
    'a folder is uploaded with progress, reviewed, mapped, imported and looked at',
    { timeout: 300_000 },
    async () => {
      const site = await openSite();
      const page = await (
        await browser.newContext({ viewport: { width: 1280, height: 800 } })
      ).newPage();
      const complaints = complaintsOf(page, site.address);
      await signIn(page, site);
      await page.goto(`${site.address}/datasets`);
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'Import datasets' }).click();
      await page.getByLabel('Or a folder').setInputFiles(writeFolder(site));
      await page.getByText('4 files, ').waitFor();
      await page.getByText('evals/lm_generated_evals/reading.jsonl').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      const bar: number[] = [];
      await page.exposeFunction('note', (value: number) => bar.push(value));
      await page.evaluate(
        "new MutationObserver(() => globalThis.note(document.querySelector('progress').value)).observe(document.querySelector('progress'), { attributes: true })",
      );
      await page.getByRole('button', { name: 'Upload and look' }).click();

      await page.getByRole('heading', { name: 'Review 4 files' }).waitFor();
      expect(bar.length).toBeGreaterThan(0);
      await page.getByText('2 files were recognised. 1 needs a decision from you, 1 is').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      const start = page.locator('[data-start]');
      const row = (text: string): Locator => page.getByRole('row', { name: text });
      // The tools work in place: nothing is sent before the start.
      await page.getByLabel('All files').check();
      await page.getByLabel('Filter by file or behaviour').fill('mine');
      expect(await page.locator('tr[data-row]:visible').count()).toBe(1);
      await page.getByText('1 selected').waitFor();
      expect(await start.textContent()).toBe('Import 2 files');
      await page.locator('summary', { hasText: 'Source' }).click();
      await page.getByRole('button', { name: 'human-written' }).click();
      expect(await row('mine.csv').getByLabel('generated or human').inputValue()).toBe('human');
      await page.getByRole('button', { name: 'Leave out' }).click();
      await page.getByLabel('Role of evals/mine.csv').selectOption('evaluated');
      await row('mine.csv').locator('[name$=".behaviour"]').press('Enter');
      // The filter was not sent: the page has all files again, and those hidden are as before.
      await page.getByText('3 selected').waitFor();
      expect(await page.locator('tr[data-row]:visible').count()).toBe(4);
      expect(await page.locator('option[value="leave-out"]:checked').count()).toBe(0);
      await page.getByText('1 file needs a decision').waitFor();
      expect(await start.textContent()).toBe('Import 2 files');
      await row('mine.csv').getByRole('button', { name: 'Change the mapping' }).click();
      await page.getByLabel('The choices', { exact: true }).selectOption('columns');
      await page.getByLabel('Columns of the choices').selectOption(['first', 'second']);
      await page.getByRole('button', { name: 'Look at the rows with this mapping' }).click();
      await page.getByText('The moon').first().waitFor();
      await page.getByText('Which column is what is a guess.').waitFor();
      expect(await faultsOf(page, { contrastIn: ['light'] })).toEqual([]);
      await page.getByRole('button', { name: 'This mapping is right' }).click();
      await page.getByRole('heading', { name: 'Review 4 files' }).waitFor();
      expect(await start.textContent()).toBe('Import 3 files');
      await start.click();
      await page.getByText('1 file was not imported').waitFor({ timeout: 180_000 });
      await page.getByRole('button', { name: 'Import the valid rows' }).click();

      await page.getByText('3,053 examples from 3 files came in.').waitFor({ timeout: 180_000 });
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'Describe them one after another' }).click();
      await page.getByLabel('In one line').fill('Likes to read what others wrote.');
      await page.getByLabel('In one line').press('Enter');
      await page.getByRole('heading', { name: 'Describe mine' }).waitFor();
      expect(await faultsOf(page, { contrastIn: ['dark'] })).toEqual([]);
      await page.getByRole('link', { name: 'Back to the import' }).click();
      await page.getByRole('link', { name: '1', exact: true }).click();
      await page.getByText('The line is not one complete JSON value.').first().waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.goBack();
      await page.getByRole('link', { name: 'evals/lm_generated_evals/reading.jsonl' }).click();
      await page.getByRole('heading', { name: 'Findings' }).waitFor();
      await page.getByRole('link', { name: /Template placeholder/ }).click();
      await page.getByText('Hello [name], I am here').first().waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'Browse all examples' }).click();
      await page.getByRole('link', { name: 'Later' }).click();
      await page.getByText('group 25"').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'line 26' }).click();
      await page.getByRole('heading', { name: 'The row as it came' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.goto(`${site.address}/datasets`);
      await page
        .getByRole('rowheader', { name: /^reading$/ })
        .first()
        .waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.locator('tr.group').getByRole('link', { name: 'reading' }).click();
      await page.getByText('Version 1 of the description is confirmed').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );
});
