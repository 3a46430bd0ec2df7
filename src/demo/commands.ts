import { openOwnServer, ownAddress } from '#simulation/ownServer.js';
import { Problem } from '#web/problem.js';
import type { Command } from '../command.js';

const demoCommand: Command = {
  name: 'demo',
  sentence:
    'Loads the demonstration: two behaviours with made-up examples, and studies that simulated raters have worked through. A second time changes nothing.',
  options: [
    [
      '--url <address>',
      'the running server to use (otherwise one is opened for the time it takes)',
    ],
  ],
  async run(context, _positional, options) {
    const { application } = context;
    const url = options['url'];
    if (
      url !== undefined &&
      (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url))
    )
      throw new Problem(
        422,
        'invalid_input',
        '--url is not an address that begins with http:// or https://.',
        'Nothing was changed.',
      );
    // Its raters read pages as a browser does, which other commands need not load.
    const { loadDemoInto, whereToLook } = await import('./load.js');
    const server = url === undefined ? await openOwnServer(application) : undefined;
    try {
      const address = url ?? ownAddress((server ?? { application }).application);
      const changed = await loadDemoInto({
        application,
        address,
        say: context.say,
        signal: context.signal,
      });
      context.say(whereToLook(changed, url ?? application.config.baseUrl));
      context.answer({ changed });
      return 0;
    } finally {
      await server?.stop();
    }
  },
};

export const commands: readonly Command[] = [demoCommand];
