import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withdrawRater } from '#assignment/revocation.js';
import { renewPersonalLink } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { describeInBrowser, faultsOf } from '../support/browser.js';
import { anotherStudy, begin, sendBy, studySite, textOn } from '../support/ratingInBrowser.js';

/** Every judgment that is stored: whose it is, the example's text, relevance and revision. */
const stored = async (db: Db): Promise<[number, string, number | null, number][]> => {
  const rows = await db
    .selectFrom('judgment')
    .innerJoin('assignment', 'assignment.id', 'judgment.assignment_id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select(['judgment.rater_id', 'example.text', 'judgment.relevance', 'judgment.revision'])
    .orderBy('judgment.submitted_at')
    .orderBy('judgment.assignment_id')
    .execute();
  return rows.map((row) => [row.rater_id, row.text, row.relevance, row.revision]);
};

const unsentIn = (page: Page): Promise<number> =>
  page.evaluate(
    'Object.keys(localStorage).filter((key) => key.startsWith("assay-unsent ")).length',
  );

/** Lets no answer of this page through to the server. */
async function cut(page: Page): Promise<void> {
  await page.route('**/rate', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.fallback(),
  );
}

async function reconnect(page: Page): Promise<void> {
  await page.unroute('**/rate');
  await page.evaluate("dispatchEvent(new Event('online'))");
}

/** Answers one example while the server cannot be reached; gives its text. */
async function answerInVain(page: Page, keys: readonly string[]): Promise<string> {
  await cut(page);
  const text = await sendBy(page, keys);
  await page.locator('.status.loud', { hasText: 'Not saved yet' }).waitFor();
  return text;
}

/** A context whose pages agree to whatever they are asked. */
async function agreeing(context: BrowserContext): Promise<BrowserContext> {
  context.on('page', (page) => page.on('dialog', (dialog) => void dialog.accept()));
  return context;
}

const done = (page: Page, count: number): Promise<void> =>
  page.locator('#done', { hasText: String(count) }).waitFor();

describeInBrowser('unsent answers', (use) => {
  const newContext = async (
    options?: Parameters<typeof use.newContext>[0],
  ): Promise<BrowserContext> => agreeing(await use.newContext(options));

  test('two studies in two tabs: nothing is sent as the other rater, and nothing is lost', async () => {
    const { site, link, db } = await studySite();
    const otherLink = await anotherStudy(site);
    const context = await newContext();
    const page = await begin(context, link);
    const first = await answerInVain(page, ['Digit1', 'Digit2']);
    const other = await begin(context, otherLink);
    await reconnect(page);
    const stopped = page.getByRole('alert').filter({ hasText: 'another rater' });
    await stopped.waitFor();
    expect(await stopped.innerText()).toContain('personal link');
    expect(await page.locator('#item[inert]').count()).toBe(1);
    expect(await faultsOf(page)).toEqual([]);
    expect(await stored(db)).toEqual([]);

    const theirs = await sendBy(other, ['Digit2', 'Digit4']);
    await done(other, 1);
    const second = (await stored(db))[0]?.[0];
    expect(await stored(db)).toEqual([[second, theirs, 4, 1]]);
    expect(await unsentIn(other)).toBe(1);

    await page.goto(link);
    await done(page, 1);
    await expect.poll(() => unsentIn(page)).toBe(0);
    expect((await stored(db)).filter(([rater]) => rater !== second)).toEqual([
      [expect.any(Number), first, 2, 1],
    ]);

    // The tab of the second study now is the one that stands in another rater's browser.
    const late = await textOn(other);
    await other.keyboard.press('Digit1');
    await other.keyboard.press('Digit3');
    await other.getByRole('alert').filter({ hasText: 'another rater' }).waitFor();
    expect((await stored(db)).map(([, text]) => text)).not.toContain(late);
    await other.goto(otherLink);
    await done(other, 2);
    expect((await stored(db)).filter(([rater]) => rater === second)).toEqual([
      [second, theirs, 4, 1],
      [second, late, 3, 1],
    ]);
    await context.close();
  });

  test('another person’s link in the same tab: the answer waits for the one who gave it', async () => {
    const { site, link, db } = await studySite();
    const otherLink = await anotherStudy(site);
    const context = await newContext();
    const page = await begin(context, link);
    const first = await answerInVain(page, ['Digit1', 'Digit2']);
    await page.unroute('**/rate');
    await page.goto(otherLink);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('link', { name: 'Start rating' }).click();
    await page.locator('#item fieldset.active').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await stored(db)).toEqual([]);
    expect(await page.locator('#kept').isVisible()).toBe(false);
    await page.goto(link);
    await done(page, 1);
    expect(await stored(db)).toEqual([[expect.any(Number), first, 2, 1]]);
    await context.close();
  });

  test('an answer outlives its tab, and two tabs of one rater keep and send each their own', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    const second = await context.newPage();
    await second.goto(`${site.address}/rate`);
    await second.locator('#item fieldset.active').first().waitFor();
    const first = await answerInVain(page, ['Digit1', 'Digit2']);
    const next = await textOn(page);
    await page.keyboard.press('Digit1');
    await page.keyboard.press('Digit3');
    await page.locator('#item[inert]').waitFor();
    // The next example is answered already, in the other tab: this one has nothing to go on with.
    await cut(second);
    await second.keyboard.press('Digit1');
    await second.keyboard.press('Digit5');
    await second.locator('#item[inert]').waitFor();
    expect(await unsentIn(page)).toBe(3);
    await page.close();
    await second.close();
    expect(await stored(db)).toEqual([]);

    const later = await context.newPage();
    await later.goto(`${site.address}/rate`);
    await expect.poll(() => unsentIn(later)).toBe(0);
    await done(later, 2);
    // The second tab answered the example of the first one too: the later answer is a change of the
    // earlier one.
    expect(await stored(db)).toEqual([
      [expect.any(Number), first, 2, 1],
      [expect.any(Number), next, 3, 1],
      [expect.any(Number), first, 5, 2],
    ]);
    await context.close();
  });

  test('an answer that the server refuses is kept and shown, tried again, and discarded by the rater alone', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    const choice = await page.locator('fieldset.choices .words').first().innerText();
    const text = await textOn(page);
    await db
      .updateTable('study')
      .set({ state: 'closed', closed_at: Date.now() - 90_000_000 })
      .execute();
    await page.keyboard.press('Digit1');
    await page.keyboard.press('Digit2');
    await page.locator('.status.loud', { hasText: 'closed more than a day ago' }).waitFor();
    const kept = page.locator('#kept');
    await kept.getByText('1 answer is not saved').click();
    const shown = await kept.locator('li').innerText();
    for (const words of [text, choice, '2', 'closed more than a day ago'])
      expect(shown).toContain(words);
    expect(await faultsOf(page)).toEqual([]);

    await page.goto(`${site.address}/rate`);
    await page.getByRole('heading', { name: 'The study is closed' }).waitFor();
    expect(await kept.locator('li').innerText()).toContain(text);
    expect(await faultsOf(page)).toEqual([]);
    await db.updateTable('study').set({ state: 'open', closed_at: null }).execute();
    await kept.getByRole('button', { name: 'Try again' }).press('Enter');
    await done(page, 1);
    expect(await stored(db)).toEqual([[expect.any(Number), text, 2, 1]]);
    expect(await kept.isVisible()).toBe(false);

    await page.locator('#item fieldset.active').first().waitFor();
    await db
      .updateTable('study')
      .set({ state: 'closed', closed_at: Date.now() - 90_000_000 })
      .execute();
    await page.keyboard.press('Digit1');
    await page.keyboard.press('Digit2');
    await page.locator('.status.loud', { hasText: 'closed more than a day ago' }).waitFor();
    await kept.getByText('1 answer is not saved').click();
    await kept.getByRole('button', { name: 'Discard' }).press('Enter');
    await kept.waitFor({ state: 'hidden' });
    expect(await unsentIn(page)).toBe(0);
    expect(await stored(db)).toHaveLength(1);
    await context.close();
  });

  test('an answer of more than a week ago is shown, and sent when the rater says so', async () => {
    const { link, site, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    const text = await answerInVain(page, ['Digit1', 'Digit2']);
    await page.evaluate(
      'for (const key of Object.keys(localStorage)) localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), at: Date.now() - 8 * 86_400_000 }))',
    );
    await page.close();
    const later = await context.newPage();
    await later.goto(`${site.address}/rate`);
    await later.getByText('1 answer is not saved').click();
    expect(await later.locator('#kept li').innerText()).toContain('more than a week ago');
    expect(await stored(db)).toEqual([]);
    await later.getByRole('button', { name: 'Try again' }).click();
    await done(later, 1);
    expect(await stored(db)).toEqual([[expect.any(Number), text, 2, 1]]);
    await context.close();
  });

  test('without storage an answer is kept while the page is open, and the page says so', async () => {
    const { link, db } = await studySite();
    const context = await newContext();
    await context.addInitScript(
      "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    );
    const page = await begin(context, link);
    const text = await answerInVain(page, ['Digit1', 'Digit2']);
    expect(await page.getByRole('status').innerText()).toContain('Keep this page open');
    await reconnect(page);
    await done(page, 1);
    expect(await stored(db)).toEqual([[expect.any(Number), text, 2, 1]]);
    await context.close();
  });

  test('a second person at one computer is asked who they are, and the first one’s visit ends', async () => {
    const { site, db } = await studySite();
    const join = `${site.address}/join/${(await db.selectFrom('study').select('join_token').executeTakeFirstOrThrow()).join_token}`;
    const context = await newContext();
    const page = await begin(context, join, { through: 'Read the guidelines' });
    const mine = await page.locator('#item').getAttribute('data-assignment');
    await page.goto(join);
    await page.getByRole('heading', { name: 'Are you r-02?' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Go on as r-02' }).click();
    await page.locator('#item fieldset.active').first().waitFor();
    expect(await page.locator('#item').getAttribute('data-assignment')).toBe(mine);

    await page.goto(join);
    const before = (await context.cookies()).find(({ name }) => name === 'assay')?.value;
    await page.getByRole('button', { name: 'I am somebody else' }).click();
    await page.getByRole('heading', { name: 'Before you start' }).waitFor();
    expect((await context.cookies()).find(({ name }) => name === 'assay')?.value).not.toBe(before);
    expect((await page.goto(`${site.address}/rate`))?.status()).toBe(403);
    await page.goto(`${site.address}/consent`);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('link', { name: 'Read the guidelines' }).click();
    await page.getByRole('link', { name: 'Start rating' }).click();
    await page.locator('#item fieldset.active').first().waitFor();
    expect(await page.locator('#item').getAttribute('data-assignment')).not.toBe(mine);
    expect(
      (await db.selectFrom('rater').select('pseudonym').orderBy('id').execute()).map(
        (rater) => rater.pseudonym,
      ),
    ).toEqual(['r-01', 'r-02', 'r-03']);
    await context.close();
  });

  test('who has withdrawn leaves no unsent answer behind in the browser', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    await answerInVain(page, ['Digit1', 'Digit2']);
    const { id } = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
    await withdrawRater(db, { raterId: id, now: Date.now(), accountId: null, reason: 'asked' });
    await page.goto(`${site.address}/rate`);
    await page.getByRole('heading', { name: 'You have withdrawn' }).waitFor();
    await expect.poll(() => unsentIn(page)).toBe(0);
    expect(await page.locator('#kept').isVisible()).toBe(false);
    await context.close();
  });

  test('leaving sends what is unsent and ends the visit', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    const text = await answerInVain(page, ['Digit1', 'Digit2']);
    await page.getByRole('button', { name: 'Leave' }).click();
    await reconnect(page);
    await page.getByRole('heading', { name: 'See you' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(await stored(db)).toEqual([[expect.any(Number), text, 2, 1]]);
    expect((await page.goto(`${site.address}/rate`))?.status()).toBe(403);
    await page.goto(link);
    await done(page, 1);
    await context.close();
  });

  test('a new personal link ends the visit of the old one, and what was unsent comes with the new one', async () => {
    const { site, link, db } = await studySite();
    const context = await newContext();
    const page = await begin(context, link);
    const { id } = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
    const token = await inTransaction(db, (trx) => renewPersonalLink(trx, id));
    const text = await textOn(page);
    await page.keyboard.press('Digit1');
    await page.keyboard.press('Digit2');
    await page.getByRole('alert').filter({ hasText: 'personal link' }).waitFor();
    expect(await stored(db)).toEqual([]);
    expect((await page.goto(`${site.address}/rate`))?.status()).toBe(403);
    await page.goto(`${site.address}/r/${token}`);
    await done(page, 1);
    expect(await stored(db)).toEqual([[id, text, 2, 1]]);
    await context.close();
  });
});
