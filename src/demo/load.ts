import { join } from 'node:path';
import { importCommand } from '#datasets/importCommand.js';
import { ownAddress } from '#simulation/ownServer.js';
import type { CommandContext } from '../command.js';
import type { RunningServer } from '../server.js';
import { demoDatasets } from './datasets.js';
import { type DemoStudy, demoStudies, ensureDemoStudy } from './studies.js';
import { demoData, type DemoTarget } from './target.js';

/**
 * The demonstration could not be loaded; what was loaded before stays and is taken up the next
 * time.
 */
class DemoFailure extends Error {}

async function importDatasets(target: DemoTarget): Promise<void> {
  const context: CommandContext = {
    application: target.application,
    json: false,
    yes: true,
    interactive: false,
    say: () => undefined,
    answer: () => undefined,
    progress: () => undefined,
    confirm: () => Promise.resolve(true),
    signal: target.signal,
  };
  const folders = ['few-shot', 'human-written', 'generated'].map((folder) =>
    join(demoData, folder),
  );
  const status = await importCommand.run(context, folders, {
    descriptions: join(demoData, 'descriptions.json'),
  });
  if (status !== 0)
    throw new DemoFailure('The examples of the demonstration could not be imported.');
}

/**
 * Loads the demonstration: imports its examples as `assay import` does, opens its studies and lets
 * simulated raters work through them by the real pages. Every step that was done before is left as
 * it is; a second time changes nothing. Gives false where there was nothing to do.
 */
export async function loadDemoInto(
  target: DemoTarget,
  studies: readonly DemoStudy[] = demoStudies,
): Promise<boolean> {
  const { db } = target.application;
  let datasets = await demoDatasets(db);
  let changed = false;
  if (datasets === undefined) {
    target.say(
      'Demo: importing two behaviours, each generated and human-written (all of it made up for Assay) …',
    );
    await importDatasets(target);
    datasets = await demoDatasets(db);
    changed = true;
  }
  if (datasets === undefined)
    throw new DemoFailure('The examples of the demonstration were imported and are not there.');
  for (const plan of studies) changed = (await ensureDemoStudy(target, plan, datasets)) || changed;
  return changed;
}

/** What is said at the end, and where to look. */
export const whereToLook = (changed: boolean, address: string): string =>
  changed
    ? `Demo: ready. Sign in and look at ${address}/studies. All of its raters are simulated, and marked as such.`
    : `Demo: it is loaded already; nothing was changed. Look at ${address}/studies.`;

/**
 * `npm start -- --demo`: loads the demonstration into the running server and says where to look.
 * The server goes on where that fails.
 */
export async function loadDemo(server: RunningServer): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { application } = server;
  try {
    const changed = await loadDemoInto({
      application,
      address: ownAddress(application),
      say,
      signal: new AbortController().signal,
    });
    say(whereToLook(changed, server.address));
  } catch (error) {
    application.log.error({ err: error }, 'the demonstration could not be loaded');
    say(
      `Demo: it could not be loaded (${error instanceof Error ? error.message : String(error)}). Start with --demo again to go on where it stopped.`,
    );
  }
}
