import {
  type CheckFault,
  fault,
  fieldFaults,
  type Known,
  modelFaults,
  notAmong,
  type Place,
  repeated,
  templateFaults,
} from './knownFields.js';
import { combineFaults, listFaults, writeFaults } from './makingFaults.js';
import type { Pipeline, Question, Rule, StageKind, StageSettings } from './pipeline.js';

type Path = CheckFault['path'];

/** Models that are asked together. */
const togetherFaults = (pipeline: Pipeline, names: readonly string[], path: Path): CheckFault[] => [
  ...names.flatMap((name, index) => modelFaults(pipeline, name, [...path, index])),
  ...repeated(names, path),
];

function ruleFaults(rule: Rule, path: Path, known: Known): CheckFault[] {
  const faults = fieldFaults(rule.field, [...path, 'field'], known.fields);
  if (rule.most === null && rule.least === 0)
    faults.push(fault(path, 'Expected least or most; found neither, so every text would pass.'));
  if (rule.most !== null && rule.most < rule.least)
    faults.push(
      fault(
        [...path, 'most'],
        `Expected at least ${rule.least}, as least says; found ${rule.most}.`,
      ),
    );
  return faults;
}

const check = ({ stage, path, known }: Place<'check'>): CheckFault[] =>
  stage.rules.flatMap((rule, index) => ruleFaults(rule, [...path, 'rules', index], known));

function screen(pipeline: Pipeline, { stage, path, known }: Place<'screen'>): CheckFault[] {
  const { asked } = stage;
  if (asked === null)
    return stage.personalData || stage.harm
      ? []
      : [fault(path, 'Expected something to look for; found everything switched off.')];
  const at = [...path, 'asked'];
  return [
    ...togetherFaults(pipeline, asked.models, [...at, 'models']),
    ...templateFaults(asked.prompt, [...at, 'prompt'], known.fields),
    ...repeated(asked.choices, [...at, 'choices']),
    ...indexFaults(asked.harmful, [...at, 'harmful'], asked.choices.length),
  ];
}

const indexFaults = (index: number, path: Path, choices: number): CheckFault[] =>
  index < choices
    ? []
    : [fault(path, `Expected the number of a choice, from 0 to ${choices - 1}; found ${index}.`)];

function questionFaults(
  { labels }: Pipeline,
  question: Question,
  { path, known }: { path: Path; known: Known },
): CheckFault[] {
  const { name, prompt, choices, wanted } = question;
  const faults = [
    ...templateFaults(prompt, [...path, 'prompt'], known.fields),
    ...choices.flatMap((choice, index) =>
      templateFaults(choice, [...path, 'choices', index], known.fields),
    ),
    ...repeated(choices, [...path, 'choices']),
  ];
  const at = [...path, 'wanted'];
  if (typeof wanted === 'number') faults.push(...indexFaults(wanted, at, choices.length));
  else if (!known.labelled)
    faults.push(fault(at, 'Expected one number, since there are no labels; found a list.'));
  else if (wanted.length !== labels.length)
    faults.push(
      fault(at, `Expected a number for each label, ${labels.length}; found ${wanted.length}.`),
    );
  else
    faults.push(
      ...wanted.flatMap((one, index) => indexFaults(one, [...at, index], choices.length)),
    );
  if (name === 'likelihood')
    faults.push(
      fault(
        [...path, 'name'],
        'Expected another name; found “likelihood”, that of the text itself.',
      ),
    );
  if (known.scores.has(name))
    faults.push(
      fault(
        [...path, 'name'],
        `Expected a new name; found “${name}”, a score that there is already.`,
      ),
    );
  return faults;
}

const judge = (pipeline: Pipeline, { stage, path, known }: Place<'judge'>): CheckFault[] => [
  ...togetherFaults(pipeline, stage.models, [...path, 'models']),
  ...(stage.questions.length === 0 && stage.likelihood === null
    ? [fault(path, 'Expected questions or a likelihood; found neither.')]
    : []),
  ...stage.questions.flatMap((question, index) =>
    questionFaults(pipeline, question, { path: [...path, 'questions', index], known }),
  ),
  ...repeatedNames(stage.questions, [...path, 'questions']),
  ...repeated(stage.kinds, [...path, 'kinds']),
  ...(stage.likelihood !== null && known.likelihood
    ? [fault([...path, 'likelihood'], 'Expected one likelihood of a text; found a second.')]
    : []),
  ...(stage.likelihood === null
    ? []
    : (['prompt', 'text'] as const).flatMap((part) =>
        templateFaults(stage.likelihood?.[part] ?? '', [...path, 'likelihood', part], known.fields),
      )),
];

const repeatedNames = (questions: readonly Question[], path: Path): CheckFault[] =>
  questions.flatMap(({ name }, index) =>
    questions.findIndex((other) => other.name === name) < index
      ? [fault([...path, index, 'name'], `Expected each name once; found “${name}” again.`)]
      : [],
  );

const review = ({ path, known }: Pick<Place<'review'>, 'path' | 'known'>): CheckFault[] =>
  known.screened
    ? []
    : [
        fault(
          [...path, 'kind'],
          'Expected a screen before people review these candidates; found none since they were made.',
        ),
      ];

function keep({ stage, path, known }: Place<'keep'>): CheckFault[] {
  const { mean, per, switches } = stage;
  const at = [...path, 'switches'];
  return [
    ...mean.flatMap((name, index) =>
      known.scores.has(name)
        ? []
        : [
            fault(
              [...path, 'mean', index],
              notAmong('a score that a judge gave these candidates', name, known.scores),
            ),
          ],
    ),
    ...repeated(mean, [...path, 'mean']),
    ...(per === null ? [] : fieldFaults(per, [...path, 'per'], known.fields)),
    ...(switches.likelihood !== null && !known.likelihood
      ? [
          fault(
            [...at, 'likelihood'],
            'Expected a judge with a likelihood before it; found none since the texts were made.',
          ),
        ]
      : []),
    ...repeated(switches.findings, [...at, 'findings']),
  ];
}

/** The faults of one stage, given what is known of the candidates that come in. */
export function stageFaults(
  pipeline: Pipeline,
  { stage, ...place }: Omit<Place<StageKind>, 'stage'> & { readonly stage: StageSettings },
): CheckFault[] {
  switch (stage.kind) {
    case 'list':
      return listFaults({ ...place, stage });
    case 'write':
      return writeFaults(pipeline, { ...place, stage });
    case 'combine':
      return combineFaults({ ...place, stage });
    case 'check':
      return check({ ...place, stage });
    case 'screen':
      return screen(pipeline, { ...place, stage });
    case 'judge':
      return judge(pipeline, { ...place, stage });
    case 'review':
      return review(place);
    case 'keep':
      return keep({ ...place, stage });
  }
}
