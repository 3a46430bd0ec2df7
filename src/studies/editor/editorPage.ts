import type { Request, Response } from 'express';
import { listDatasets } from '#datasets/dataset.js';
import type { Application } from '#web/application.js';
import { markdown } from '#web/markdown.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import { formPresets, questionTypes } from '../form.js';
import type { Study } from '../study.js';
import { datasetChoices } from './datasetChoices.js';
import { type Entered, offeredFindings } from './entered.js';

export const strategies = {
  fill: 'Fill begun examples first: whole results early.',
  spread: 'Spread over all examples: something about each early.',
  random: 'A random order, drawn once with the study’s seed.',
} as const;

const scriptOfEditor = 'js/study_editor.js';

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
      types: Object.entries(questionTypes).map(([name, sentence]) => ({
        name,
        sentence,
        used:
          ['label', 'ambiguous', 'relevance'].includes(name) &&
          entered.questions.some((question) => question.type === name),
      })),
      typeWords: questionTypes,
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
