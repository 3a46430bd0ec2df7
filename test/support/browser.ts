import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sparticuz from '@sparticuz/chromium';
import type { AxeResults, RunOptions } from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { password, type Site } from './site.js';

/**
 * True where the run was asked to leave browser tests out; refused where CI is set, and said
 * loudly.
 */
const skipped = process.env['ASSAY_SKIP_BROWSER'] === '1';
if (skipped && process.env['CI'] !== undefined)
  throw new Error('ASSAY_SKIP_BROWSER is refused where CI is set.');

const installed = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * BROWSER_PATH, an installed Chrome or Chromium, or the packaged one (Linux x64). Throws and says
 * what to do where there is none.
 */
async function executablePath(): Promise<string> {
  const chosen = process.env['BROWSER_PATH'] ?? installed.find((path) => existsSync(path));
  if (chosen !== undefined) return chosen;
  if (process.platform === 'linux' && process.arch === 'x64') return sparticuz.executablePath();
  throw new Error(
    'No browser for the browser tests: install Chrome or Chromium, set BROWSER_PATH, or leave them out with ASSAY_SKIP_BROWSER=1.',
  );
}

const launches = 3;

/**
 * Starts a real headless browser, again where it died while starting, as the packaged one does once
 * in some hundred times. Its own web security stays on.
 */
export async function launchBrowser(): Promise<Browser> {
  const options = {
    executablePath: await executablePath(),
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  };
  for (let launch = 1; ; launch += 1) {
    try {
      return await chromium.launch(options);
    } catch (error) {
      if (launch === launches) throw error;
      console.warn(`The browser died while starting (${launch} of ${launches}).`);
    }
  }
}

/** What a browser test is given: contexts of one browser, closed with the suite. */
export interface BrowserUse {
  readonly newContext: (options?: Parameters<Browser['newContext']>[0]) => Promise<BrowserContext>;
}

/** A suite that drives a real browser. */
export function describeInBrowser(title: string, body: (use: BrowserUse) => void): void {
  if (skipped) console.warn(`SKIPPED: ${title} (ASSAY_SKIP_BROWSER=1).`);
  describe.skipIf(skipped)(title, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
    });
    body({
      newContext: (options) => {
        if (browser === undefined) throw new Error('the browser is not open');
        return browser.newContext(options);
      },
    });
  });
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

/**
 * The rules of axe that a page breaks, in words; empty where it breaks none. No page has frames, so
 * that axe runs in it alone; nor sound or film, so that it need not read the style sheets before
 * (`preload`), which takes as long as most of its rules.
 */
async function axeViolations(page: Page, options: RunOptions): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) {
    // Playwright would take twice as long to hand over half a megabyte.
    const session = await page.context().newCDPSession(page);
    await session.send('Runtime.evaluate', { expression: axeSource });
    await session.detach();
  }
  const violations = await page.evaluate<AxeResults['violations']>(
    `axe.run(${JSON.stringify({ resultTypes: ['violations'], preload: false, ...options })}).then((results) => results.violations)`,
  );
  return violations.map(
    (violation) =>
      `${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.target.join(' ')).join(', ')})`,
  );
}

/**
 * What on the page reaches beyond the right edge and makes it scroll sideways; empty where it fits.
 */
const beyondTheEdge = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth).map((element) => (element.tagName + ' ' + (element.getAttribute('class') ?? '')).trim())`;

type ColorScheme = 'light' | 'dark';

/**
 * What is wrong with the looks of a page, in words; empty where nothing is. All of axe on a desktop
 * in light; at 320 pixels in dark the rules of axe that look at colours and places (colours do not
 * depend on the width, nor does what is there); at both whatever makes the page scroll sideways.
 * Contrast, which takes longest, is measured in `contrastIn` alone. Leaves the page as wide as a
 * desktop.
 */
export async function faultsOf(
  page: Page,
  { contrastIn = ['light', 'dark'] }: { contrastIn?: readonly ColorScheme[] } = {},
): Promise<string[]> {
  const faults: string[] = [];
  const inDark = [
    'link-in-text-block',
    'scrollable-region-focusable',
    ...(contrastIn.includes('dark') ? ['color-contrast'] : []),
  ];
  const inLight = { 'color-contrast': { enabled: contrastIn.includes('light') } };
  for (const { width, colorScheme, options } of [
    { width: 320, colorScheme: 'dark', options: { runOnly: inDark } },
    { width: 1280, colorScheme: 'light', options: { rules: inLight } },
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    const found = [
      ...(await axeViolations(page, options)),
      ...(await page.evaluate<string[]>(beyondTheEdge)).map(
        (element) => `beyond the right edge: ${element}`,
      ),
    ];
    faults.push(...found.map((fault) => `${page.url()} ${width} ${colorScheme}: ${fault}`));
  }
  return faults;
}

/** Opens whatever can be unfolded on the page, so that it is looked at as well. */
export async function openDetails(page: Page): Promise<void> {
  await page.evaluate(
    "for (const details of document.querySelectorAll('details')) details.open = true",
  );
}

/**
 * Collects what the page complains about on its console, and requests that leave the server of the
 * test.
 */
export function complaintsOf(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      complaints.push(`request to ${request.url()}`);
  });
  return complaints;
}

/** Signs in on a page as somebody of the staff would. */
export async function signIn(
  page: Page,
  site: Pick<Site, 'address'>,
  role: 'admin' | 'researcher' = 'admin',
): Promise<void> {
  await page.goto(`${site.address}/sign-in`);
  await page.getByLabel('E-mail address').fill(`${role}@lab.example`);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'attached' });
}
