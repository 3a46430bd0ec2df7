import { persona } from './persona.js';
import type { Preset } from './preset.js';
import { risk } from './risk.js';
import { sycophancy } from './sycophancy.js';
import { winogenerated } from './winogenerated.js';

/** The published protocols as pipelines. */
export const presets: readonly Preset[] = [persona, risk, sycophancy, winogenerated];

export const presetOf = (name: string): Preset | undefined =>
  presets.find((preset) => preset.name === name);
