import { expect, test } from 'vitest';
import { createLink } from '#accounts/account.js';
import { complaintsOf, describeInBrowser, faultsOf } from '../support/browser.js';
import { openSite, type Site } from '../support/site.js';

const good = 'seven quiet owls';

/** A site on which nobody has an account yet. */
async function emptySite(): Promise<Site> {
  const site = await openSite();
  const { db } = site.server.application;
  for (const table of ['audit_event', 'api_token', 'account_link', 'session', 'account'] as const)
    await db.deleteFrom(table).execute();
  return site;
}

describeInBrowser('accounts in a browser', ({ newContext }) => {
  test('from the set-up link through inviting a researcher to the audit log', async () => {
    const site = await emptySite();
    const secret = await createLink(site.server.application.db, {
      purpose: 'set-up',
      accountId: null,
      now: Date.now(),
    });
    const context = await newContext({ baseURL: site.address, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const complaints = complaintsOf(page, site.address);
    const faults: string[] = [];
    const look = async (): Promise<void> => void faults.push(...(await faultsOf(page)));
    const press = (name: string): Promise<void> =>
      page.getByRole('button', { name, exact: true }).click();

    await page.goto(`/link/${secret}`);
    expect(new URL(page.url()).pathname).toBe('/welcome-staff');
    await look();
    await page.getByLabel('E-mail address').fill('ada@lab.example');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill('too short');
    await press('Save and go on');
    await page.getByRole('alert').getByRole('link').click();
    await page.locator('#password:focus').waitFor();
    await look();
    await page.keyboard.type(good);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/studies');
    await look();

    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByLabel('E-mail address').fill('bo@lab.example');
    await page.getByLabel('Name', { exact: true }).fill('Bo');
    await page.getByLabel('researcher').check();
    await press('Make the invitation link');
    const link = await page.locator('code.secret').innerText();
    await look();
    await page.getByLabel('E-mail address').fill('bo@lab.example');
    await page.getByLabel('Name', { exact: true }).fill('Bo');
    await press('Make the invitation link');
    await page.getByRole('alert').waitFor();
    await look();

    const own = await newContext({ baseURL: site.address });
    const researcher = await own.newPage();
    const researcherComplaints = complaintsOf(researcher, site.address);
    await researcher.goto(new URL(link).pathname);
    await researcher.getByLabel('Password').fill(good);
    await researcher.getByRole('button', { name: 'Save and go on' }).click();
    await researcher.waitForURL('**/studies');
    expect(await researcher.getByRole('link', { name: 'Accounts' }).count()).toBe(0);
    await researcher.getByRole('link', { name: 'bo@lab.example' }).click();
    await researcher.getByLabel('Name of a new token').fill('import script');
    await researcher.getByRole('button', { name: 'Make a token' }).click();
    expect(await researcher.locator('code.secret').innerText()).toMatch(/^assay_/);
    faults.push(...(await faultsOf(researcher)));

    await page.getByRole('link', { name: 'Accounts' }).click();
    await press('Disable Bo');
    await page.getByText('disabled').waitFor();
    await researcher.goto('/studies');
    await researcher.waitForURL('**/sign-in?to=*');
    await researcher.getByLabel('E-mail address').fill('bo@lab.example');
    await researcher.getByLabel('Password').fill(good);
    expect(researcherComplaints).toEqual([]);
    await researcher.getByRole('button', { name: 'Sign in' }).click();
    await researcher.getByRole('alert').waitFor();
    faults.push(...(await faultsOf(researcher)));
    await own.close();

    await page.getByRole('link', { name: 'Audit log' }).click();
    const actions = await page.locator('tbody td:nth-child(3)').allInnerTexts();
    expect(actions).toEqual([
      'account.change',
      'token.create',
      'account.invitation',
      'account.invite',
      'account.set-up',
    ]);
    await look();
    expect(complaints.filter((complaint) => !complaint.includes('422'))).toEqual([]);
    await page.goto('/nowhere');
    await look();
    await page.getByRole('link', { name: 'Back to the start' }).click();
    await press('Sign out');
    await page.waitForURL('**/sign-in');
    expect(faults).toEqual([]);
    await context.close();
  });
});
