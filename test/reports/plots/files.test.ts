import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commands } from '#reports/commands.js';
import { freezeReport } from '#reports/thread/reporting.js';
import { caterpillarPlot } from '#reports/plots/caterpillarPlot.js';
import { pngOf } from '#reports/plots/png.js';
import { themes } from '#reports/plots/plot.js';
import { standaloneSvg } from '#reports/plots/standalone.js';
import type { Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../../support/builders.js';
import { commandRunner } from '../../support/commands.js';
import { openSite, type Site, type Visitor } from '../../support/site.js';
import { judgeAll } from '../judging.js';
import { madeUpRows, suitePlots } from './suite.js';

/**
 * Width and height of a picture; throws unless the SVG is well-formed XML with nothing that a
 * strict parser refuses.
 */
function sizeOf(svg: string): { width: number; height: number } {
  const { width, height } = new Resvg(svg, { font: { loadSystemFonts: false } });
  return { width, height };
}

const pngSize = (png: Buffer): { magic: string; width: number; height: number } => ({
  magic: png.subarray(0, 8).toString('latin1'),
  width: png.readUInt32BE(16),
  height: png.readUInt32BE(20),
});
const pngMagic = '\x89PNG\r\n\x1a\n';

const hostile =
  'a <script>alert(1)</script> & "b" \'c\' ]]> \u00A0 \u0000\u0008\uD800 \uFFFE &amp; 漢字 \u202E fill="var(--ink)"';

test('the parser that the other tests lean on is strict', () => {
  for (const body of [
    '<text>&nbsp;</text>',
    '<text>a & b</text>',
    '<text>',
    '<g a="1" a="2"/>',
    '<text>\u0008</text>',
  ])
    expect(() =>
      sizeOf(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">${body}</svg>`),
    ).toThrow();
});

describe.each(themes)('a plot as a file, %s', (theme) => {
  const plots = suitePlots(
    madeUpRows(30).map((row, index) => (index === 3 ? { ...row, name: hostile } : row)),
  );

  test('stands alone: well-formed, nothing left to resolve, its size, title and description inside', () => {
    expect(plots).toHaveLength(5);
    for (const plot of plots) {
      const svg = standaloneSvg(plot, theme);
      const { document } = parseHTML(svg.slice(svg.indexOf('<svg')));
      const root = document.querySelector('svg');
      expect(sizeOf(svg)).toEqual({
        width: Number(root?.getAttribute('width')),
        height: Number(root?.getAttribute('height')),
      });
      expect(root?.getAttribute('viewBox')).toBe(
        `0 0 ${root?.getAttribute('width')} ${root?.getAttribute('height')}`,
      );
      for (const element of document.querySelectorAll('*'))
        for (const { value } of element.attributes)
          expect(value).not.toMatch(/oklch|var\(|light-dark|color-mix/);
      expect(document.querySelector('title')?.textContent).toBe(
        parseHTML(plot).document.querySelector('title')?.textContent,
      );
      expect(document.querySelector('desc')?.textContent).toContain(
        '<script>alert(1)</script> & "b" \'c\' ]]>',
      );
      expect(document.querySelector('script')).toBeNull();
      expect(root?.getAttribute('font-family')).toContain('sans-serif');
      expect(document.querySelector('rect')?.getAttribute('fill')).toBe(
        theme === 'light' ? '#ffffff' : '#181c21',
      );
    }
  });
});

test('colours are the ones that the style sheets declare', () => {
  const svg = standaloneSvg(caterpillarPlot(madeUpRows(30), 0.9) ?? '', 'light');
  // oklch(0.46 0.13 250) and oklch(0.53 0.12 50) by the matrices of CSS Color 4, computed apart.
  for (const colour of ['#005a9d', '#a15421'])
    expect(svg.includes(`fill="${colour}"`), colour).toBe(true);
});

test('a colour that no style sheet declares is an error, not a black mark', () => {
  expect(() =>
    standaloneSvg(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect fill="var(--nowhere)"/></svg>',
      'light',
    ),
  ).toThrow('--nowhere');
});

test('a PNG has twice the size, is opaque, holds text, and comes out the same again', () => {
  const svg = standaloneSvg(caterpillarPlot(madeUpRows(4), 0.9) ?? '', 'light');
  const png = pngOf(svg);
  const { width, height } = sizeOf(svg);
  expect(pngSize(png)).toEqual({ magic: pngMagic, width: width * 2, height: height * 2 });
  expect(pngOf(svg).equals(png)).toBe(true);
  expect(pngOf(svg.replace(/<text[^]*?<\/text>/g, '')).equals(png)).toBe(false);
  const { pixels } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  expect(pixels.every((value, index) => index % 4 !== 3 || value === 255)).toBe(true);
});

async function judgedStudy(): Promise<{ site: Site; study: Study; visitor: Visitor }> {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { name: 'pair', source: 'generated', examples: plainExamples(6, 'Made') },
      { name: 'pair', source: 'human', examples: plainExamples(6, 'Written') },
    ],
    settings: { overlap: 3 },
  });
  await judgeAll(database, await buildRaters(database, study, 3), ({ label, rater, text }) => ({
    label,
    relevance: 1 + ((text.length + rater) % 5),
    unclear: false,
  }));
  return { site, study, visitor: await site.visitor('researcher') };
}

test('every figure of the page offers its plot as SVG and PNG, also frozen', async () => {
  const { site, study, visitor } = await judgedStudy();
  const frozen = await freezeReport(site.server.application, { study, staff: null });
  for (const base of [`/studies/${study.public_id}/report`, `/reports/${frozen.public_id}`]) {
    const { document } = parseHTML(await (await visitor.request(base)).text());
    const links = [...document.querySelectorAll('figcaption a')].map(
      (link) => link.getAttribute('href') ?? '',
    );
    expect(links.length).toBe(2 * document.querySelectorAll('figure svg').length);
    expect(links).toContain(`${base}/plots/scatter-plot.png`);
    for (const link of links) {
      const response = await visitor.request(link);
      expect(response.status, link).toBe(200);
      expect(response.headers.get('content-disposition')).toContain(
        link.slice(link.lastIndexOf('/') + 1),
      );
      const content = Buffer.from(await response.arrayBuffer());
      if (link.endsWith('.png')) expect(pngSize(content).magic).toBe(pngMagic);
      else expect(sizeOf(content.toString('utf8')).width).toBeGreaterThan(0);
    }
  }
  const single = await (await visitor.request(`/studies/${study.public_id}/report.html`)).text();
  expect(parseHTML(single).document.querySelectorAll('figcaption a')).toHaveLength(0);
});

test('a plot comes in the theme that is asked for; what there is not is refused', async () => {
  const { study, visitor } = await judgedStudy();
  const plot = (name: string): Promise<Response> =>
    visitor.request(`/studies/${study.public_id}/report/plots/${name}`, {
      headers: { accept: 'application/json' },
    });
  expect(
    (await (await plot('agreement-plot.svg?theme=dark')).text()).includes('fill="#181c21"'),
  ).toBe(true);
  expect((await plot('agreement-plot.svg?theme=pink')).status).toBe(422);
  expect((await plot('agreement-plot.pdf')).status).toBe(404);
  const unknown = await plot('none.svg');
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain('agreement-plot, relevance-plot, scatter-plot');
});

test('the command line writes a plot, and names those that there are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-plots-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { site, study } = await judgedStudy();
  const run = commandRunner(site.server.application.database, commands, { ASSAY_DATA: folder });
  const out = join(folder, 'plot.png');
  await run('export', [study.public_id], { plot: 'agreement-plot.png', out });
  expect(pngSize(readFileSync(out)).magic).toBe(pngMagic);
  await expect(run('export', [study.public_id], { plot: 'none.svg', out })).rejects.toMatchObject({
    code: 'not_found',
    advice: expect.stringContaining('agreement-plot'),
  });
  await expect(
    run('export', [study.public_id], { plot: 'agreement-plot', out }),
  ).rejects.toMatchObject({ code: 'unknown_format' });
});
