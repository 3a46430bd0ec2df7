import { modelName, requireModel } from '#models/model.js';
import { kindsInWords } from '#models/modelWords.js';
import { latestProbes } from '#models/probing.js';
import type { ScoreKind } from '#models/request.js';
import type { StoredProbe } from '#models/storedProbe.js';
import type { Db } from '#storage/database.js';
import type { ResolvedNames } from './create.js';
import type { Pipeline, StageSettings } from './pipeline.js';

/** What a stage needs of a model: a text, or one of these kinds of figures. */
interface Need {
  readonly model: string;
  readonly anyOf: 'text' | readonly ScoreKind[];
}

function needsOf(settings: StageSettings): Need[] {
  if (settings.kind === 'write') return [{ model: settings.model, anyOf: 'text' }];
  if (settings.kind === 'judge')
    return settings.models.flatMap((model) => [
      { model, anyOf: settings.kinds },
      ...(settings.likelihood === null ? [] : [{ model, anyOf: ['exact'] as const }]),
    ]);
  if (settings.kind !== 'screen') return [];
  const { asked } = settings;
  return asked === null ? [] : asked.models.map((model) => ({ model, anyOf: asked.kinds }));
}

const isGiven = ({ found }: StoredProbe, anyOf: Need['anyOf']): boolean =>
  anyOf === 'text'
    ? found?.complete.works === true
    : anyOf.some((kind) => found?.kinds[kind].works === true);

/**
 * What the newest probes of its models say against a pipeline, a sentence each: that a model gives
 * nothing of what a stage may use, or was not probed. They refuse nothing, since a server may have
 * been changed since.
 */
export async function probeRemarks(
  db: Db,
  { pipeline, names }: { readonly pipeline: Pipeline; readonly names: ResolvedNames },
): Promise<string[]> {
  const probes = await latestProbes(db);
  const remarks: string[] = [];
  for (const [position, settings] of pipeline.stages.entries())
    for (const { model: name, anyOf } of needsOf(settings)) {
      const model = await requireModel(db, names.models[name] ?? '');
      const called = modelName(model);
      const probe = probes.get(model.id)?.content;
      if (probe === undefined) {
        remarks.push(`${called} was not probed: what it gives is not known.`);
      } else if (!isGiven(probe, anyOf)) {
        const asked = anyOf === 'text' ? 'a text' : `figures of the kind ${anyOf.join(' or ')}`;
        remarks.push(
          `Stage ${position + 1} (${settings.kind}) asks ${called} for ${asked}. ` +
            `Its last probe found: ${kindsInWords(probe)}.`,
        );
      }
    }
  return [...new Set(remarks)];
}
