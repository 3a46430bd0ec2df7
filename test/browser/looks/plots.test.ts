import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { themes } from '#reports/plots/plot.js';
import { standaloneSvg } from '#reports/plots/standalone.js';
import { suiteScatter } from '#reports/plots/suiteScatter.js';
import { projectFolder } from '#web/folders.js';
import { describeInBrowser } from '../../support/browser.js';
import { madeUpRows } from '../../reports/plots/suite.js';

const styles = ['tokens', 'report']
  .map((name) => readFileSync(join(projectFolder, 'public/css', `${name}.css`), 'utf8'))
  .join('\n');

const channels = (hex: string): number[] =>
  [1, 3, 5].map((from) => Number.parseInt(hex.slice(from, from + 2), 16));

describeInBrowser('plots as files, beside a browser', (use) => {
  test('colours are those that a browser shows for the same style sheets', async () => {
    const names = [
      ...new Set(
        Array.from(
          styles.matchAll(/(--[\w-]+):\s*(?:light-dark|oklch)\(/g),
          (match) => match[1] ?? '',
        ),
      ),
    ];
    expect(names.length).toBeGreaterThan(25);
    const colours = [
      ...names.map((name) => `var(${name})`),
      'color-mix(in oklab, var(--accent) 37%, var(--surface))',
      'color-mix(in oklab, var(--bad) 55%, var(--surface))',
    ];
    for (const theme of themes) {
      const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><desc>colours</desc><g>${colours.map((colour) => `<rect stroke="${colour}"/>`).join('')}</g></svg>`;
      const resolved = Array.from(
        standaloneSvg(drawing, theme).matchAll(/ stroke="(#[0-9a-f]{6})"/g),
        (match) => channels(match[1] ?? ''),
      );
      expect(resolved).toHaveLength(colours.length);
      const context = await use.newContext({ colorScheme: theme });
      const page = await context.newPage();
      await page.setContent(
        `<style>${styles}</style><canvas width="1" height="1"></canvas><p></p>`,
      );
      const shown = await page.evaluate<number[][]>(`(${JSON.stringify(colours)}).map((colour) => {
        const paragraph = document.querySelector('p');
        paragraph.style.color = colour;
        const brush = document.querySelector('canvas').getContext('2d', { willReadFrequently: true });
        brush.fillStyle = getComputedStyle(paragraph).color;
        brush.fillRect(0, 0, 1, 1);
        return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
      })`);
      for (const [index, colour] of colours.entries()) {
        const [ours, theirs] = [resolved[index] ?? [], shown[index] ?? []];
        expect({
          theme,
          colour,
          ours,
          theirs,
          near: ours.every(
            (channel, index) => Math.abs(channel - (theirs[index] ?? Number.NaN)) <= 1,
          ),
        }).toMatchObject({ near: true });
      }
      await context.close();
    }
  });

  test('a browser reads the file as XML, and no two texts of the scatter touch, on the page or in the file', async () => {
    const context = await use.newContext({ viewport: { width: 900, height: 900 } });
    const page = await context.newPage();
    const scatter = suiteScatter(madeUpRows(154)) ?? '';
    const alone = standaloneSvg(scatter, 'light');
    expect(
      await page.evaluate<number>(
        `new DOMParser().parseFromString(${JSON.stringify(alone)}, 'image/svg+xml').querySelectorAll('parsererror').length`,
      ),
    ).toBe(0);
    for (const drawing of [
      `<style>${styles}</style><div class="report">${scatter}</div>`,
      alone.slice(alone.indexOf('<svg')),
    ]) {
      await page.setContent(drawing);
      expect(await page.locator('svg text').count()).toBeGreaterThan(154);
      const touching = await page.evaluate<string[]>(`(() => {
        const texts = [...document.querySelectorAll('svg text')].map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }));
        // A line box is taller than its letters: texts may come closer than that by a quarter.
        const touch = (one, other) => one.left < other.right && other.left < one.right && one.top + one.height / 4 < other.bottom && other.top + other.height / 4 < one.bottom;
        return texts.flatMap((one, index) => texts.slice(index + 1).filter((other) => touch(one.box, other.box)).map((other) => one.words + ' | ' + other.words));
      })()`);
      expect(touching).toEqual([]);
    }
    await context.close();
  });
});
