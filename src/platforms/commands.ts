import { requireStudy } from '#studies/study.js';
import type { Command } from '../command.js';
import { findingsBeforeArrivals } from './check.js';

const checkCommand: Command = {
  name: 'study check',
  sentence:
    'Lists what would go wrong when people arrive. The exit status is 1 where something would.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  async run(context, [publicId = '']) {
    const { application } = context;
    const findings = await findingsBeforeArrivals(
      application,
      await requireStudy(application.db, publicId),
    );
    context.answer({ findings });
    if (findings.length === 0) context.say('Nothing was found that would go wrong.');
    for (const { message } of findings) context.say(message);
    return findings.length === 0 ? 0 : 1;
  },
};

export const commands: readonly Command[] = [checkCommand];
