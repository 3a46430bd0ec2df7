import { join } from 'node:path';
import type { Application } from '#web/application.js';
import { projectFolder } from '#web/folders.js';

/**
 * Where the demonstration's own examples lie: read from the project folder, as the compiled tree
 * holds code alone.
 */
export const demoData = join(projectFolder, 'src', 'demo', 'data');

/** What the demonstration is loaded into, and where it says what it does. */
export interface DemoTarget {
  readonly application: Application;
  /** Where the pages are reached that simulated raters go through. */
  readonly address: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}
