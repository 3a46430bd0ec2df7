import { expect, test } from 'vitest';
import { computeReport } from '#reports/model/report.js';
import { renderReportFile } from '#reports/pages/render.js';
import { Form } from '#studies/form.js';
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
import { readConfig } from '../../../src/config.js';
import { judgeAll } from '../../reports/judging.js';
import { builtData } from '../../reports/publication/models.js';

describeInBrowser('the report in a browser', (use) => {
  test('reads well light and dark, wide and narrow, on the page and as a file', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const examples = (prefix: string) =>
      plainExamples(12, prefix).map((example, index) => ({
        ...example,
        confidence: 0.6 + index / 40,
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
      // The file holds all pages with the same style sheets: it shows their colours in dark.
      expect(await faultsOf(page, { contrastIn: ['light'] })).toEqual([]);
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
    await openDetails(alone);
    expect(await faultsOf(alone, { contrastIn: ['dark'] })).toEqual([]);
    expect(complaintsAlone).toEqual([]);
    await alone.emulateMedia({ media: 'print' });
    expect(await alone.locator('#verdict').isVisible()).toBe(true);
  }, 300_000);

  test('a reason for which there is no interval wraps and leaves the table within the page', async () => {
    const data = builtData({ examples: 10, raters: 3 });
    const form = Form.parse({
      preset: 'own',
      questions: [
        {
          id: 'faults',
          type: 'several',
          wording: 'What is wrong with this example?',
          options: ['Typos', 'Bias against a group'],
          none: 'None of these',
        },
      ],
    });
    const judged = {
      ...data,
      forms: [{ version: 1, form }],
      judgments: data.judgments.map((judgment) => ({ ...judgment, others: { faults: ['Typos'] } })),
    };
    const report = computeReport(judged, {
      fingerprint: 'f',
      computedAt: 5_000_000,
      version: '0',
      mixedModels: false,
    });
    const context = await use.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.setContent(renderReportFile(readConfig({ NODE_ENV: 'test' }), report));
    const table = page.getByRole('region', { name: 'What is wrong with this example?' });
    expect(await table.locator('td').last().innerText()).toContain('fewer than 4 raters');
    expect(
      await page.evaluate(
        "[...document.querySelectorAll('.scrolls')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.getAttribute('aria-label'))",
      ),
    ).toEqual([]);
    await context.close();
  });
});
