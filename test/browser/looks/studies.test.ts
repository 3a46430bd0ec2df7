import { expect, test } from 'vitest';
import { addModel } from '#models/model.js';
import { probeModel } from '#models/probing.js';
import { settingsWith } from '../../models/support.js';
import { judgeAll } from '../../reports/judging.js';
import { complaintsOf, describeInBrowser, faultsOf, signIn } from '../../support/browser.js';
import { buildRaters, buildStudy, plainExamples } from '../../support/builders.js';
import { openSite } from '../../support/site.js';

describeInBrowser('the pages of a study and of models, looked at', (use) => {
  test('every page passes axe and fits, and the links are made and downloaded', async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const now = Date.now();
    const study = await buildStudy(database, {
      datasets: [
        { examples: plainExamples(4) },
        { source: 'human', examples: plainExamples(4, 'Human') },
      ],
      settings: { overlap: 1, sampleSize: 4 },
      now,
    });
    const draft = await buildStudy(database, {
      datasets: [
        { name: 'other', behaviour: 'bold', confirmed: false, examples: plainExamples(3) },
      ],
      open: false,
      now,
    });
    const raters = await buildRaters(database, study, 1, now);
    await judgeAll(database, raters, ({ label }) => ({ label, comment: 'A comment.' }), {
      most: 3,
    });
    const settings = settingsWith();
    const model = await addModel(database.db, { name: 'small', settings, staff: null, now });
    const { signal } = new AbortController();
    const { models } = site.server.application.config;
    await probeModel(database, { model, models, accountId: null, now: () => now, signal });
    const opened = `/studies/${study.public_id}`;
    const page = await (await use.newContext()).newPage();
    const complaints = complaintsOf(page, site.address);
    await signIn(page, site);
    const faults: string[] = [];
    // The preview shows the pages of a rater, whose colours are looked at there.
    const preview = `${opened}/preview`;
    for (const path of [
      '/studies',
      '/studies/new',
      `/studies/${draft.public_id}/review`,
      `/studies/${draft.public_id}/power`,
      '/models',
      '/models/new',
      `/models/${model.public_id}`,
      opened,
      `${opened}/edit`,
      `${opened}/history`,
      `${opened}/examples?show=commented`,
      `${opened}/raters/${raters[0]?.public_id ?? ''}`,
      preview,
      `${preview}/0`,
      `${preview}/0/skip`,
      `${preview}/0/guidelines`,
      `${preview}?n=8`,
    ]) {
      const answer = await page.goto(site.address + path);
      expect([path, answer?.status()]).toEqual([path, 200]);
      const seen = path.startsWith(`${preview}/`);
      faults.push(...(await faultsOf(page, seen ? { contrastIn: [] } : {})));
    }
    await page.goto(site.address + opened);
    await page.getByRole('button', { name: 'Make the links' }).click();
    await page.getByRole('link', { name: 'Download as CSV' }).waitFor();
    faults.push(...(await faultsOf(page)));
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/^links-.*\.csv$/);
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
