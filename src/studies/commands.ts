import { z } from 'zod';
import { count, plural } from '#web/format.js';
import { parse } from '#web/parse.js';
import { type Command, parseOptions } from '../command.js';
import { createNotedDraft, NewStudy, planAnswer, studyAnswer } from './api.js';
import { powerCommand } from './power/command.js';
import { formPresets } from './form.js';
import { changeState, type StudyVerb, studyVerbs } from './moves.js';
import { openStudy } from './opening.js';
import { StudySettings } from './settings.js';
import { requireStudy } from './study.js';

const CreateOptions = z.object({
  n: z.coerce.number().pipe(StudySettings.shape.sampleSize.unwrap()).default(100),
  k: z.coerce.number().pipe(StudySettings.shape.overlap.unwrap()).default(3),
  preset: z.enum(Object.keys(formPresets)).default('standard'),
  raterTitle: z.string().optional(),
  contact: z.string().optional(),
  warning: NewStudy.shape.texts.unwrap().shape.warning,
});

const createCommand: Command = {
  name: 'studies create',
  sentence: 'Makes a draft over datasets.',
  arguments: [
    ['<title>', 'title for staff'],
    ['<datasets...>', 'public ids of the datasets, as “datasets list” prints them'],
  ],
  options: [
    ['--n <examples>', 'examples from each dataset (100)'],
    ['--k <judgments>', 'judgments for each example (3)'],
    ['--preset <name>', `the form: ${Object.keys(formPresets).join(', ')} (standard)`],
    ['--rater-title <title>', 'what raters see as the study’s name'],
    ['--contact <text>', 'whom raters may ask'],
    ['--warning <text>', 'the content warning, which a study of a generated set needs'],
  ],
  async run(context, [title = '', ...datasets], given) {
    const { db, now } = context.application;
    const { n, k, preset, raterTitle, contact, warning } = parseOptions(CreateOptions, given);
    const settings = {
      datasets,
      sampleSize: n,
      overlap: k,
      ...(raterTitle === undefined ? {} : { raterTitle }),
      ...(contact === undefined ? {} : { contact }),
    };
    const study = await createNotedDraft(
      db,
      parse(NewStudy, { title, settings, preset, texts: { warning } }),
      {
        now: now(),
        staff: null,
      },
    );
    const plan = await planAnswer(db, study);
    context.say(
      `Draft ${study.public_id} is made: ${plural(plan.items, 'example')}, ${plural(plan.judgments, 'judgment')}.`,
    );
    for (const obstacle of plan.obstacles)
      context.say(`Before it can be opened: ${obstacle.message}`);
    context.answer({ ...(await studyAnswer(db, study)), plan });
    return 0;
  },
};

const studyArgument = [['<study>', 'public id of the study, as “studies list” prints it']] as const;
const points = (share: number | null): string =>
  share === null ? '–' : `± ${(share * 100).toFixed(1)} points`;

const planCommand: Command = {
  name: 'studies plan',
  sentence:
    'Says what a draft costs, what it can show, and what keeps it from opening. The exit status is 1 where something does.',
  arguments: studyArgument,
  async run(context, [publicId = '']) {
    const { db } = context.application;
    const plan = await planAnswer(db, await requireStudy(db, publicId));
    context.answer(plan);
    context.say(
      `${plural(plan.items, 'example')}, ${plural(plan.judgments, 'judgment')}. Labels upheld within ${points(plan.precision.upheld)} for each set, if 95 % are.`,
    );
    for (const vote of plan.precision.votes)
      context.say(
        `  with ${plural(vote.overlap, 'judgment')} for each example: label agreement by vote ${points(vote.agreement)}, relevance ${vote.relevance === null ? '–' : `± ${vote.relevance.toFixed(2)}`}`,
      );
    for (const dataset of plan.datasets)
      context.say(
        `  ${dataset.name} (${dataset.source}): ${count(dataset.sampled)} of ${count(dataset.eligible)} that may be sampled, ${count(dataset.examples)} in all`,
      );
    for (const remark of plan.remarks) context.say(`Good to know: ${remark}`);
    for (const obstacle of plan.obstacles)
      context.say(`Before it can be opened: ${obstacle.message}`);
    return plan.obstacles.length === 0 ? 0 : 1;
  },
};

const openCommand: Command = {
  name: 'studies open',
  sentence: 'Samples a draft and opens it.',
  arguments: studyArgument,
  async run(context, [publicId = '']) {
    const { db, now, config } = context.application;
    const study = await requireStudy(db, publicId);
    if (study.state === 'draft') {
      const plan = await planAnswer(db, study);
      if (
        !(await context.confirm(
          `Open “${study.title}” with ${plural(plan.judgments, 'judgment')}?`,
        ))
      )
        return 1;
      await openStudy(db, { study, now: now(), staff: null });
    } else await changeState(db, { study, verb: 'resume', now: now(), staff: null });
    const opened = await requireStudy(db, publicId);
    context.say(`Open. Raters join at ${config.baseUrl}/join/${opened.join_token}`);
    context.answer({
      ...(await studyAnswer(db, opened)),
      link: `${config.baseUrl}/join/${opened.join_token}`,
    });
    return 0;
  },
};

const movingCommand = (verb: StudyVerb, sentence: string): Command => ({
  name: `studies ${verb}`,
  sentence,
  arguments: studyArgument,
  async run(context, [publicId = '']) {
    const { db, now } = context.application;
    const study = await changeState(db, {
      study: await requireStudy(db, publicId),
      verb,
      now: now(),
      staff: null,
    });
    context.say(`The study is ${study.state}. ${studyVerbs[verb].sentence}`);
    context.answer(await studyAnswer(db, study));
    return 0;
  },
});

const linkCommand: Command = {
  name: 'studies link',
  sentence: 'Prints the open link by which raters join.',
  arguments: studyArgument,
  async run(context, [publicId = '']) {
    const study = await requireStudy(context.application.db, publicId);
    const link = `${context.application.config.baseUrl}/join/${study.join_token}`;
    context.say(
      study.state === 'open' ? link : `${link}\nThe study is ${study.state}: nobody can join now.`,
    );
    context.answer({ id: study.public_id, state: study.state, link });
    return 0;
  },
};

export const commands: readonly Command[] = [
  createCommand,
  planCommand,
  powerCommand,
  openCommand,
  movingCommand('pause', 'Pauses an open study.'),
  movingCommand('close', 'Closes a study.'),
  movingCommand(
    'reopen',
    'Re-opens a closed study; it is paused then, and “studies open” lets raters go on.',
  ),
  linkCommand,
];
