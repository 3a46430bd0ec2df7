import { expect, test } from 'vitest';
import { measureStudy } from '#texts/measureStudy.js';
import { buildRaters, buildStudy, plainExamples } from '../../support/builders.js';
import {
  complaintsOf,
  describeInBrowser,
  faultsOf,
  openDetails,
  signIn,
} from '../../support/browser.js';
import { openSite } from '../../support/site.js';
import { judgeAll } from '../../reports/judging.js';

describeInBrowser('the report in a browser', (use) => {
  test('reads well light and dark, wide and narrow, on the page and as a file', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const examples = (prefix: string) =>
      plainExamples(20, prefix).map((example, index) => ({
        ...example,
        confidence: 0.6 + index / 60,
      }));
    const study = await buildStudy(database, {
      datasets: [
        { source: 'generated', examples: examples('Made') },
        { source: 'human', examples: examples('Written') },
      ],
      settings: { overlap: 3 },
    });
    await judgeAll(database, await buildRaters(database, study, 5), ({ label, rater, text }) => {
      const number = Number(/\d+/.exec(text)?.[0]);
      return {
        label: (number * 3 + rater) % 9 === 0 ? 1 - (label ?? 0) : label,
        relevance: 3 + ((number + rater) % 3),
        unclear: number === 7,
        comment: 'It depends.',
      };
    });
    await measureStudy(database.db, study.public_id, { source: null, now: Date.now });
    const generated = await database.db
      .selectFrom('dataset')
      .select('public_id')
      .where('source', '=', 'generated')
      .executeTakeFirstOrThrow();
    const report = `${site.address}/studies/${study.public_id}/report`;
    const context = await use.newContext();
    const page = await context.newPage();
    const complaints = complaintsOf(page, site.address);
    await signIn(page, site, 'researcher');
    for (const [part, plots] of [
      ['', 5],
      [`/datasets/${generated.public_id}`, 3],
      [`/pairs/${generated.public_id}`, 3],
    ] as const) {
      await page.goto(report + part);
      await openDetails(page);
      expect(await faultsOf(page)).toEqual([]);
      expect(await page.locator('svg.chart').count()).toBe(plots);
    }
    await page.goto(report);
    const firstRater = page.locator('#raters tbody th').first();
    await page.locator('#raters thead button').first().click();
    await page.locator('#raters thead button').first().click();
    expect(await firstRater.textContent()).toContain('r-05');
    expect(complaints).toEqual([]);

    const file = await context.request.get(`${report}.html`);
    const alone = await context.newPage();
    const complaintsAlone = complaintsOf(alone, 'file:');
    await alone.setContent(await file.text());
    expect(await faultsOf(alone)).toEqual([]);
    expect(complaintsAlone).toEqual([]);
    await alone.emulateMedia({ media: 'print' });
    expect(await alone.locator('#verdict').isVisible()).toBe(true);
  }, 300_000);
});
