import { expect, test } from 'vitest';
import { measureStudy } from '#texts/measureStudy.js';
import { datasetsOfStudy } from '#texts/corpus.js';
import { buildRaters, buildStudy } from '../../support/builders.js';
import {
  complaintsOf,
  describeInBrowser,
  faultsOf,
  openDetails,
  signIn,
} from '../../support/browser.js';
import { openSite } from '../../support/site.js';
import { judgeAll } from '../../reports/judging.js';
import { questions } from '../../texts/support.js';

describeInBrowser('what the texts show, in a browser', (use) => {
  test('reads well light and dark, wide and narrow', async () => {
    const site = await openSite();
    const { database, db } = site.server.application;
    const study = await buildStudy(database, {
      datasets: [
        { source: 'generated', examples: questions(40, { seed: 'made' }) },
        { source: 'human', examples: questions(30, { seed: 'written', opening: 'Concerning' }) },
      ],
      settings: { overlap: 3, sampleSize: 12 },
    });
    await judgeAll(database, await buildRaters(database, study, 4), ({ label, rater, text }) => ({
      label: (text.length + rater) % 3 === 0 ? 1 - (label ?? 0) : label,
    }));
    await measureStudy(db, study.public_id, { source: null, now: Date.now });
    const [generated] = await datasetsOfStudy(db, study.id);
    const page = await (await use.newContext()).newPage();
    const complaints = complaintsOf(page, site.address);
    await signIn(page, site, 'researcher');
    for (const [kind, maps] of [
      ['datasets', 0],
      ['pairs', 2],
    ] as const) {
      await page.goto(
        `${site.address}/studies/${study.public_id}/report/${kind}/${generated?.publicId ?? ''}`,
      );
      await openDetails(page);
      expect(await page.locator('.texts h3').isVisible()).toBe(true);
      expect(await page.locator('.texts svg.chart').count()).toBe(maps);
      expect(await faultsOf(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
  }, 300_000);
});
