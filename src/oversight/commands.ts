import { requireStudy } from '#studies/study.js';
import { count, percent, plural, time } from '#web/format.js';
import { type Command, parseOptions } from '../command.js';
import { progressAnswer, studyListAnswer } from './api.js';
import { InvitationCount, inviteRaters, mostInvitations } from './invitations.js';
import { progressOf } from './progress.js';

const listCommand: Command = {
  name: 'studies list',
  sentence: 'Lists the studies with their progress.',
  async run(context) {
    const { db, now } = context.application;
    const answer = await studyListAnswer(db, (study) => progressOf(db, study, now()));
    context.answer(answer);
    if (answer.studies.length === 0)
      context.say('No study is here yet. Make one with “assay studies create TITLE DATASET…”.');
    for (const study of answer.studies) {
      context.say(
        `${study.id}  ${study.title}, ${study.state}: ${study.state === 'draft' ? `${plural(study.wanted, 'judgment')} planned` : `${count(study.judgments)} of ${plural(study.wanted, 'judgment')}, ${plural(study.raters, 'rater')}`}`,
      );
      for (const need of study.needs) context.say(`    ${need}`);
    }
    return 0;
  },
};

const progressCommand: Command = {
  name: 'studies progress',
  sentence: 'Says how far a study is, by dataset and by rater.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  async run(context, [publicId = '']) {
    const { db, now } = context.application;
    const progress = await progressOf(db, await requireStudy(db, publicId), now());
    context.answer(progressAnswer(progress));
    context.say(
      `${progress.state}: ${count(progress.judgments)} of ${plural(progress.wanted, 'judgment')}${progress.perHour === null ? '' : `, ${progress.perHour.toFixed(1)} an hour`}${progress.doneAt === null ? '' : `, done about ${time(progress.doneAt)}`}.`,
    );
    for (const dataset of progress.datasets)
      context.say(
        `  ${dataset.name} (${dataset.source}): ${count(dataset.complete)} of ${plural(dataset.items, 'example')} complete${dataset.labelled === 0 ? '' : `, labels upheld ${percent(dataset.upheld / dataset.labelled)} so far`}`,
      );
    for (const rater of progress.raters)
      context.say(
        `  ${rater.pseudonym} (${rater.state}${rater.simulated ? ', simulated' : ''}${rater.excluded ? ', excluded' : ''}): ${plural(rater.judgments, 'judgment')}, ${count(rater.counted)} counted`,
      );
    return 0;
  },
};

const inviteCommand: Command = {
  name: 'studies invite',
  sentence: 'Makes personal links for raters; they are printed now and stored nowhere.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [['--count <links>', `how many, at most ${mostInvitations} (1)`]],
  async run(context, [publicId = ''], given) {
    const { db, now, config } = context.application;
    const { count: wanted } = parseOptions(InvitationCount, { count: given['count'] ?? 1 });
    const invitations = await inviteRaters(db, {
      study: await requireStudy(db, publicId),
      count: wanted,
      baseUrl: config.baseUrl,
      now: now(),
      staff: null,
    });
    context.answer({ invitations });
    for (const { rater, link } of invitations) context.say(`${rater}  ${link}`);
    return 0;
  },
};

export const commands: readonly Command[] = [listCommand, progressCommand, inviteCommand];
