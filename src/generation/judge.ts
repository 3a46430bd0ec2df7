import type { FlowCandidate } from './candidates.js';
import { allFields } from './example.js';
import type { Pipeline, Question, StageOf } from './pipeline.js';
import { scoreCandidates } from './scoring/candidates.js';
import type { Dropped, Lane, Put } from './scoring/lane.js';
import { likelihoodOf } from './scoring/share.js';
import type { StageContext, StageWork } from './stages.js';
import { fill } from './template.js';

/** The name of the score that says how probable the text itself is. */
export const likelihoodName = 'likelihood';

const lacksField: Dropped = { kind: 'dropped', reason: 'lacks-field', detail: null };
const noScore = (detail: string): Dropped => ({ kind: 'dropped', reason: 'no-score', detail });

/** A question filled for a candidate, or why it cannot be put. */
export function putQuestion(
  pipeline: Pipeline,
  question: Pick<Question, 'prompt' | 'choices' | 'wanted'>,
  candidate: FlowCandidate,
): Put | Dropped {
  const fields = allFields(pipeline, candidate);
  const prompt = fill(question.prompt, fields);
  const choices = question.choices.map((choice) => fill(choice, fields));
  if (prompt === null || !choices.every((choice) => choice !== null)) return lacksField;
  if (choices.some((choice) => choice.trim() === '')) return noScore('A reply has no text.');
  if (new Set(choices.map((choice) => choice.trim())).size < choices.length)
    return noScore('Two replies are the same.');
  const wanted =
    typeof question.wanted === 'number'
      ? question.wanted
      : question.wanted[candidate.label ?? Number.NaN];
  if (wanted === undefined) return noScore('It has no label whose reply could be wanted.');
  return { kind: 'put', prompt, choices, wanted };
}

function putText(
  pipeline: Pipeline,
  { prompt: before, text: own }: NonNullable<StageOf<'judge'>['likelihood']>,
  candidate: FlowCandidate,
): Put | Dropped {
  const fields = allFields(pipeline, candidate);
  const [prompt, text] = [fill(before, fields), fill(own, fields)];
  if (prompt === null || text === null) return lacksField;
  if (text.trim() === '') return { kind: 'dropped', reason: 'empty', detail: null };
  return { kind: 'put', prompt, choices: [text], wanted: 0 };
}

/** Every question to every model, in the order of the file; the likelihood comes first. */
function lanesOf({ generation, settings, model, seed }: StageContext<'judge'>): Lane[] {
  const { pipeline } = generation;
  const { questions, likelihood, samples, kinds } = settings;
  const common = { samples, seed };
  const models = settings.models.map((name) => model(name));
  return [
    ...(likelihood === null
      ? []
      : models.map((one): Lane => ({
          ...common,
          name: likelihoodName,
          model: one,
          kinds: ['exact'],
          put: (candidate) => putText(pipeline, likelihood, candidate),
          alone: (logProbability, { choices }) => likelihoodOf(logProbability, choices[0] ?? ''),
        }))),
    ...questions.flatMap((question) =>
      models.map((one): Lane => ({
        ...common,
        name: question.name,
        model: one,
        kinds,
        put: (candidate) => putQuestion(pipeline, question, candidate),
      })),
    ),
  ];
}

/**
 * The discriminator: for every candidate, question and model the probability of the wanted reply
 * among the replies, and of the text itself where that is asked for. A candidate without one of its
 * scores is dropped, with why.
 */
export const judge: StageWork<'judge'> = async (context) => {
  await scoreCandidates(context, context.candidates, lanesOf(context));
  return { made: 0, kept: null };
};
