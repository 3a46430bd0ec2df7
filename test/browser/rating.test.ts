import { expect, test } from 'vitest';
import type { Db } from '#storage/database.js';
import { complaintsOf, describeInBrowser } from '../support/browser.js';
import { begin, sendBy, studySite, textOn } from '../support/ratingInBrowser.js';

const judgmentsOf = (db: Db) =>
  db
    .selectFrom('judgment')
    .innerJoin('assignment', 'assignment.id', 'judgment.assignment_id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .selectAll('judgment')
    .select('example.text')
    .orderBy('judgment.submitted_at')
    .orderBy('judgment.assignment_id')
    .orderBy('judgment.revision')
    .execute();

describeInBrowser('rating in a browser', (use) => {
  const newContext: typeof use.newContext = (options) => use.newContext(options);

  test('a rater rates everything by keyboard, in two keystrokes an example', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext({ viewport: { width: 1280, height: 800 } });
    const page = await begin(context, link);
    const complaints = complaintsOf(page, site.address);
    await page.evaluate(
      "globalThis.shifts = []; new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map((entry) => entry.value))).observe({ type: 'layout-shift', buffered: true })",
    );
    const chosen = new Map<string, string>();
    for (let turn = 0; turn < 6; turn += 1) {
      await page.locator('fieldset.choices.active').waitFor();
      const second = await page.locator('fieldset.choices .words').nth(1).innerText();
      chosen.set(await textOn(page), second);
      if (turn % 2 === 0) await page.keyboard.press('Digit2');
      else
        await page.evaluate(
          "document.body.dispatchEvent(new KeyboardEvent('keydown', { code: 'Numpad2', key: '2', bubbles: true, cancelable: true }))",
        );
      await page.locator('fieldset.scale.active').waitFor();
      if (turn === 5) break;
      await sendBy(page, ['Digit4']);
      expect(await page.evaluate("['text', 'behaviour'].includes(document.activeElement.id)")).toBe(
        true,
      );
      await page.locator('#done', { hasText: String(turn + 1) }).waitFor();
    }
    expect(await page.evaluate('globalThis.shifts')).toEqual([]);
    await page.keyboard.press('Digit4');
    await page.getByRole('heading', { name: 'You are done' }).waitFor();
    const judgments = await judgmentsOf(db);
    expect(judgments).toHaveLength(6);
    for (const judgment of judgments) {
      expect([judgment.relevance, judgment.ambiguous, judgment.revision]).toEqual([4, 0, 1]);
      expect(judgment.active_ms).toBeGreaterThanOrEqual(0);
      expect(judgment.visible_ms).toBeGreaterThanOrEqual(0);
      expect(judgment.visible_ms).toBeLessThanOrEqual(judgment.submitted_at - judgment.shown_at);
      const choices = JSON.parse(
        (
          await db
            .selectFrom('example')
            .select('choices')
            .where('text', '=', judgment.text)
            .executeTakeFirstOrThrow()
        ).choices,
      ) as { text: string }[];
      expect(choices[judgment.label_choice ?? -1]?.text).toBe(chosen.get(judgment.text));
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('Backspace takes an answer back, then opens the one before; U and ? and S act, and not with a modifier, in a text or switched off', async () => {
    const { link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    await page.keyboard.press('Digit2');
    await page.keyboard.press('u');
    await page.keyboard.press('Backspace');
    expect(await page.locator('.tick input').isChecked()).toBe(false);
    await page.keyboard.press('Backspace');
    expect(await page.locator('fieldset.choices input:checked').count()).toBe(0);
    await page.locator('fieldset.choices.active').waitFor();
    await page.keyboard.press('u');
    const first = await sendBy(page, ['Digit2', 'Digit5']);
    const second = await textOn(page);
    await page.locator('#done', { hasText: '1' }).waitFor();

    await page.keyboard.press('Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    expect(await textOn(page)).toBe(first);
    expect(await page.locator('fieldset.scale input:checked').getAttribute('value')).toBe('5');
    expect(await page.locator('.tick input').isChecked()).toBe(true);
    expect(await page.getByRole('button', { name: 'Save the change' }).isVisible()).toBe(true);
    await page.keyboard.press('Digit3');
    await page.getByRole('status').filter({ hasText: 'All is answered.' }).waitFor();
    expect(await page.locator('fieldset.scale input:checked').getAttribute('value')).toBe('5');
    await page.keyboard.press('Escape');
    expect(await textOn(page)).toBe(second);
    await page.keyboard.press('Backspace');
    await page.locator('#item[data-mode="change"]').waitFor();
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Digit3');
    await page.locator('#item[data-mode="rate"]').waitFor();
    expect(await textOn(page)).toBe(second);
    await page.getByRole('status').filter({ hasText: 'changed answer is saved' }).waitFor();
    const revisions = (await judgmentsOf(db)).map((row) => [
      row.text === first,
      row.revision,
      row.relevance,
      row.ambiguous,
    ]);
    expect(revisions).toEqual([
      [true, 1, 5, 1],
      [true, 2, 3, 1],
    ]);

    await page.keyboard.press('Control+Digit1');
    await page.locator('.comment summary').click();
    await page.getByRole('textbox', { name: 'Comment' }).fill('1 u s ?');
    await page.getByRole('textbox', { name: 'Comment' }).press('Digit1');
    expect(await page.locator('#item input:checked').count()).toBe(0);
    await page.locator('#text').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Digit1');
    await page.getByRole('button', { name: 'Switch the letter keys off' }).click();
    await page.locator('#main[data-letters="off"]').waitFor();
    await page.keyboard.press('u');
    await page.keyboard.press('s');
    await page.keyboard.press('?');
    expect(await page.locator('#item input:checked').count()).toBe(0);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('button', { name: 'Keys' }).click();
    await page.getByRole('button', { name: 'Switch the letter keys on' }).click();
    await page.locator('#main[data-letters="on"]').waitFor();
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Skip this example' }).waitFor();
    await context.close();
  });

  test('whoever moves by arrows sends with Enter or the button, never by choosing', async () => {
    const { link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    await page.locator('fieldset.choices input').first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('status').innerText()).toContain(
      'Still open: Is this a good question',
    );
    await page.keyboard.press('Space');
    for (let press = 0; press < 4; press += 1) await page.keyboard.press('ArrowRight');
    expect(await page.locator('fieldset.scale input:checked').getAttribute('value')).toBe('5');
    expect(await page.locator('#done').innerText()).toBe('0');
    await sendBy(page, ['Enter']);
    await page.locator('#done', { hasText: '1' }).waitFor();
    expect((await judgmentsOf(db)).map((row) => row.relevance)).toEqual([5]);
    await context.close();
  });

  test('by thumb on a phone: the whole form is on the screen, choosing does not send, targets are large', async () => {
    const { link, db } = await studySite();
    const context = await newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const page = await begin(context, link);
    expect(
      await page.evaluate(
        'document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth',
      ),
    ).toBe(true);
    expect(
      await page.evaluate(
        "[...document.querySelectorAll('a[href], button, .answer, .tick, summary')].filter((element) => element.offsetHeight > 0 && element.offsetHeight < 48).map((element) => element.outerHTML)",
      ),
    ).toEqual([]);
    await page.locator('fieldset.choices .answer').first().tap();
    await page.locator('fieldset.scale .answer').nth(2).tap();
    expect(await page.locator('#done').innerText()).toBe('0');
    await page.getByRole('button', { name: 'Next' }).tap();
    await page.locator('#done', { hasText: '1' }).waitFor();
    expect((await judgmentsOf(db)).map((row) => row.relevance)).toEqual([3]);
    await page.getByRole('link', { name: 'Back' }).tap();
    await page.getByRole('button', { name: 'Save the change' }).waitFor();
    await page.getByRole('link', { name: 'Leave it as it is' }).tap();
    await page.getByRole('button', { name: 'Next' }).waitFor();
    await context.close();
  });

  test('a lost connection loses nothing and stores nothing twice', async () => {
    const { link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    await context.setOffline(true);
    const first = await sendBy(page, ['Digit1', 'Digit2']);
    await page.locator('.status.loud', { hasText: 'Not saved yet' }).waitFor();
    const second = await textOn(page);
    await page.keyboard.press('Digit2');
    await page.keyboard.press('Digit3');
    expect(await page.locator('#item[inert]').count()).toBe(1);
    let asked = 0;
    page.on('dialog', (dialog) => {
      asked += 1;
      void dialog.accept();
    });
    await context.setOffline(false);
    await page.evaluate("dispatchEvent(new Event('online'))");
    await page.locator('#done', { hasText: '2' }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('Saved');
    expect((await judgmentsOf(db)).map((row) => [row.text, row.relevance, row.revision])).toEqual([
      [first, 2, 1],
      [second, 3, 1],
    ]);

    // The server stored it, its answer was lost, and the page is loaded anew: the same key comes
    // again.
    let dropped = 0;
    await page.route('**/rate', async (route) => {
      if (route.request().method() !== 'POST' || dropped > 0) return route.fallback();
      dropped += 1;
      await route.fetch();
      await route.abort();
    });
    const third = await sendBy(page, ['Digit1', 'Digit4']);
    await page.locator('.status.loud').waitFor();
    await page.reload();
    await expect.poll(() => page.evaluate('localStorage.length')).toBe(0);
    await page.locator('#done', { hasText: '3' }).waitFor();
    expect(asked).toBe(1);
    const stored = await judgmentsOf(db);
    expect(stored).toHaveLength(3);
    expect(stored.filter((row) => row.text === third)).toHaveLength(1);
    await context.close();
  });

  test('what the server refuses is said with advice, and an answer outlives its session', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    await db.deleteFrom('session').execute();
    const first = await sendBy(page, ['Digit1', 'Digit2']);
    await page.getByRole('alert').filter({ hasText: 'kept in this browser' }).waitFor();
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(link);
    await page.locator('#done', { hasText: '1' }).waitFor();
    expect((await judgmentsOf(db)).map((row) => [row.text, row.relevance])).toEqual([[first, 2]]);
    await page.locator('#item fieldset.active').first().waitFor();
    await db
      .updateTable('study')
      .set({ state: 'closed', closed_at: Date.now() - 90_000_000 })
      .execute();
    for (const key of ['Digit1', 'Digit2']) await page.keyboard.press(key);
    await page.locator('.status.loud', { hasText: 'closed more than a day ago' }).waitFor();
    await page.goto(`${site.address}/rate`);
    await page.getByRole('heading', { name: 'The study is closed' }).waitFor();
    await context.close();
  });

  test('without JavaScript it is a plain form', async () => {
    const { link, db } = await studySite();
    const context = await newContext({ javaScriptEnabled: false });
    const page = await begin(context, link, { script: false });
    expect(await page.getByRole('button', { name: 'Keys' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('alert').waitFor();
    await page.locator('fieldset.choices .answer').nth(1).click();
    await page.locator('fieldset.scale .answer').nth(3).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.locator('#done', { hasText: '1' }).waitFor();
    await page.getByRole('link', { name: 'Back' }).click();
    await page.locator('fieldset.scale .answer').nth(0).click();
    await page.getByRole('button', { name: 'Save the change' }).click();
    await page.getByText('Change saved').waitFor();
    expect((await judgmentsOf(db)).map((row) => row.relevance)).toEqual([4, 1]);
    await context.close();
  });
});
