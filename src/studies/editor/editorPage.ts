import type { Request, Response } from 'express';
import { listDatasets } from '#datasets/dataset.js';
import type { Application } from '#web/application.js';
import { markdown } from '#web/markdown.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import { formPresets } from '../form.js';
import {
  editorFieldsOf,
  ownColumnOf,
  questionTypeNames,
  recordOf,
  usualType,
} from '../questions/types.js';
import type { Study } from '../study.js';
import { datasetChoices } from './datasetChoices.js';
import { type Entered, type EnteredQuestion, offeredFindings } from './entered.js';

export const strategies = {
  fill: 'Fill begun examples first: whole results early.',
  spread: 'Spread over all examples: something about each early.',
  random: 'A random order, drawn once with the study’s seed.',
} as const;

const scriptOfEditor = 'js/study_editor.js';

/** One field of a question as the editor shows it; `name` ends the control's name. */
interface QuestionField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
}

/** A question of the editor: which fields its type has, and what they hold. */
function questionCard({ type, id, wording, hint, required, fields }: EnteredQuestion) {
  const own = ownColumnOf(type) !== null;
  const special = Object.entries(editorFieldsOf(type)).map(([name, { label, area }]) => ({
    name,
    label,
    area,
    value: fields[name] ?? '',
  }));
  const small: readonly QuestionField[] = [
    { name: 'hint', label: 'Hint (optional)', value: hint },
    ...special.filter(({ area }) => !area),
    ...(own ? [] : [{ name: 'id', label: 'Name in the files', value: id }]),
  ];
  return {
    type,
    sentence: recordOf(type).sentence,
    id,
    wording,
    required,
    own,
    areas: special.filter(({ area }) => area),
    small,
  };
}

/**
 * Shows the editor of a new study, a draft, or a study that was opened, filled in with what was
 * entered.
 */
export async function showEditor(
  request: Request,
  response: Response,
  application: Application,
  options: {
    study: Study | null;
    entered: Entered;
    faults: readonly FieldFault[];
    changed?: number;
    preview?: boolean;
    status?: number;
  },
): Promise<void> {
  const { study, entered, faults } = options;
  const opened = study !== null && study.state !== 'draft';
  const behaviours = opened
    ? []
    : datasetChoices(await listDatasets(application.db), entered.datasets);
  renderPage(request, response, application, {
    view: 'studies/edit',
    shell: {
      layout: 'staff',
      title: study === null ? 'New study' : `Edit ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
      scripts: [scriptOfEditor],
    },
    status: options.status ?? (faults.length > 0 ? 422 : 200),
    page: {
      study:
        study === null
          ? null
          : {
              id: study.public_id,
              title: study.title,
              state: study.state,
              judged: study.first_judgment_at !== null,
            },
      opened,
      action: study === null ? '/studies' : `/studies/${study.public_id}/edit`,
      entered,
      faults,
      behaviours,
      findings: offeredFindings.map(({ name, title, sentence }) => ({
        name,
        title,
        sentence,
        left: entered.findings.includes(name),
      })),
      strategies: Object.entries(strategies).map(([name, sentence]) => ({ name, sentence })),
      presets: Object.entries(formPresets).map(([name, preset]) => ({
        name,
        sentence: preset.sentence,
      })),
      questions: entered.questions.map(questionCard),
      types: questionTypeNames
        .filter(
          (name) =>
            ownColumnOf(name) === null || !entered.questions.some(({ type }) => type === name),
        )
        .map((name) => ({
          name,
          sentence: recordOf(name).sentence,
          usual: name === usualType,
        })),
      changed: options.changed ?? -1,
      previews:
        options.preview === true
          ? {
              guidelines: markdown(entered.guidelines),
              consent: markdown(entered.consent),
              warning: markdown(entered.warning),
            }
          : null,
    },
  });
}
