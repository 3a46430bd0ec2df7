import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { describeInBrowser, faultsOf, signIn } from '../support/browser.js';
import { begin, sendBy } from '../support/ratingInBrowser.js';
import { codeOf, pathFor, recruitingSite, somebody } from '../platforms/support.js';

/** A vendor that takes people back; gives the addresses at which they came. */
async function vendor(): Promise<{ address: string; came: string[] }> {
  const came: string[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/favicon.ico') came.push(request.url ?? '');
    response.setHeader('content-type', 'text/html').end('<title>Vendor</title>Welcome back');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came };
}

describeInBrowser('arriving from a platform', (use) => {
  test('from the last answer one click leads back to the vendor, with the code', async () => {
    const { address, came } = await vendor();
    const back = { code: null, address: `${address}/complete?cc={code}` };
    const { site, recruitment } = await recruitingSite({
      recruitment: { settings: { endings: { done: back, withdrew: back, 'no-consent': back } } },
    });
    const context = await use.newContext();
    const page = await begin(context, `${site.address}${pathFor(recruitment, somebody())}`, {
      through: 'Read the guidelines',
    });
    await sendBy(page, ['Digit1', 'Digit1']);
    for (const key of ['Digit1', 'Digit1']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'You are done' }).waitFor();
    const faults = await faultsOf(page);
    await page.getByRole('link', { name: 'Back to Prolific' }).click();
    await page.getByText('Welcome back').waitFor();
    expect(came).toEqual([`/complete?cc=${codeOf(recruitment, 'done')}`]);

    const second = await begin(
      await use.newContext(),
      `${site.address}${pathFor(recruitment, somebody())}`,
      { through: 'Read the guidelines' },
    );
    await second.getByRole('link', { name: 'Stop or withdraw' }).click();
    await second.getByRole('heading', { name: 'Stop taking part' }).waitFor();
    faults.push(...(await faultsOf(second)));
    await second.getByRole('link', { name: 'Withdraw …' }).click();
    await second.getByRole('button', { name: 'Yes, erase my answers' }).waitFor();
    faults.push(...(await faultsOf(second)));
    await second.getByRole('button', { name: 'Yes, erase my answers' }).click();
    await second.getByText(codeOf(recruitment, 'withdrew')).waitFor();

    const third = await (await use.newContext()).newPage();
    await third.goto(`${site.address}${pathFor(recruitment, somebody())}`);
    await third.getByRole('button', { name: 'I do not want to take part' }).click();
    await third.getByRole('link', { name: 'Back to Prolific' }).waitFor();
    faults.push(...(await faultsOf(third)));
    await third.goto(`${site.address}/p/${recruitment.row.link_token}`);
    faults.push(...(await faultsOf(third)));
    expect(faults).toEqual([]);
  });

  test('the pages of recruitment and of who counts break no rule of axe and fit a phone', async () => {
    const { site, study } = await recruitingSite();
    const page = await (await use.newContext()).newPage();
    await signIn(page, site);
    const faults: string[] = [];
    for (const path of ['recruitment', 'recruitment/new?platform=template', 'participation']) {
      await page.goto(`${site.address}/studies/${study.public_id}/${path}`);
      faults.push(...(await faultsOf(page)));
    }
    await page.goto(`${site.address}/studies/${study.public_id}/recruitment/new?platform=prolific`);
    await page.getByLabel('Return address for “done”').fill('http://panel.example/');
    await page.getByRole('button', { name: 'Add the recruitment' }).click();
    await page.getByRole('heading', { name: 'One thing needs correcting' }).waitFor();
    faults.push(...(await faultsOf(page)));
    expect(faults).toEqual([]);
  });
});
