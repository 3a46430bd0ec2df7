import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatHex, interpolate, parse } from 'culori';
import { DOMParser } from 'linkedom';
import { projectFolder } from '#web/folders.js';
import type { Theme } from './plot.js';

/** The custom properties of the style sheets as they are declared, by name. */
const declared = new Map(
  ['css/tokens.css', 'css/report.css'].flatMap((path) =>
    Array.from(
      readFileSync(join(projectFolder, 'public', path), 'utf8').matchAll(/(--[\w-]+):\s*([^;]+);/g),
      ([, name = '', value = '']) => [name, value] as const,
    ),
  ),
);

function valueOf(name: string, theme: Theme): string {
  const value = declared.get(name);
  if (value === undefined) throw new Error(`no style sheet declares ${name}`);
  const both = /^light-dark\((.+\)), (.+\))\)$/.exec(value);
  return both === null ? value : ((theme === 'light' ? both[1] : both[2]) ?? value);
}

/**
 * A colour as the plots write it (a property, or two mixed in OKLab) → `#rrggbb`; outside sRGB each
 * channel is clipped.
 */
function hexOf(colour: string, theme: Theme): string {
  const mixed = /^color-mix\(in oklab, (.+) ([\d.]+)%, (.+)\)$/.exec(colour);
  if (mixed !== null) {
    const [, one = '', share = '', other = ''] = mixed;
    return formatHex(
      interpolate([hexOf(other, theme), hexOf(one, theme)], 'oklab')(Number(share) / 100),
    );
  }
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  const parsed = parse(name === undefined ? colour : valueOf(name, theme));
  if (parsed === undefined) throw new Error(`${colour} is no colour`);
  return formatHex(parsed);
}

/**
 * Whatever XML 1.0 does not count as a character (section 2.2), such as NUL or half a surrogate
 * pair.
 */
const noCharacter = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/**
 * A plot as `chart` draws it → a file that stands alone: colours of one theme as sRGB, a
 * background, a family of fonts and a size. Title and description stay. Throws where a colour is
 * declared nowhere.
 */
export function standaloneSvg(svg: string, theme: Theme): string {
  const document = new DOMParser().parseFromString(svg.replace(noCharacter, ''), 'image/svg+xml');
  const root = document.documentElement;
  for (const element of [root, ...root.querySelectorAll('*')]) {
    for (const { name, value } of element.attributes)
      if (/var\(|color-mix\(/.test(value)) element.setAttribute(name, hexOf(value, theme));
  }
  const [, , width = '680', height = '400'] = (root.getAttribute('viewBox') ?? '').split(/[\s,]+/);
  const attributes = {
    width,
    height,
    color: hexOf('var(--ink)', theme),
    'font-family': valueOf('--interface', theme).replaceAll('"', "'"),
  };
  for (const [name, value] of Object.entries(attributes)) root.setAttribute(name, value);
  root.removeAttribute('class');
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect', {});
  for (const [name, value] of Object.entries({
    width,
    height,
    fill: hexOf('var(--surface)', theme),
  }))
    background.setAttribute(name, value);
  root.querySelector('desc')?.after(background);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${String(root)}\n`;
}
