import { notAskable } from '#models/failure.js';
import type { Asked } from '#models/asking.js';
import { inGroup } from '#storage/groupCommit.js';
import { eachAtOnce } from '../atOnce.js';
import { addCandidates, type Fields, type Made, plainText } from '../candidates.js';
import type { ReasonName } from '../reasons.js';
import type { StageContext, StageWork } from '../stages.js';
import { dropCopies } from './copies.js';
import { parseAnswer } from './parse.js';
import { planSlots, type Slot, slotCount } from './plan.js';
import { letterOf, readShown } from './shown.js';

/** Answers that wait beside those under way, so that storing holds nothing up. */
const ahead = 32;

/** What is in a candidate whose answer cannot be read: the answer, as it came. */
const answerField = 'answer';

const reasonOfRefusal = ({ refusal, reason }: Extract<Asked, { kind: 'refused' }>): ReasonName =>
  refusal === 'not-askable'
    ? (notAskable.find((known) => known === reason) ?? 'not-asked')
    : 'no-answer';

/** Whether a text repeats an example that its prompt shows: the text alone, or as it was put. */
function repeatsShown({ shown }: Slot, own: Fields): boolean {
  if (shown === null) return false;
  const texts = Object.values(own).map(plainText);
  const written = new Set([...texts, texts.join(' ')]);
  return shown.examples.some(({ example: { text, choices }, put }) =>
    [put, text, `${text} ${choices.map((one, at) => `${letterOf(at)} ${one}`).join(' ')}`].some(
      (known) => written.has(plainText(known)),
    ),
  );
}

/** What came of one request: its texts, or one candidate that is dropped at once. */
function madeOf(
  slot: Slot,
  settings: StageContext<'write'>['settings'],
  asked: Asked | null,
): Made[] {
  const inherited = slot.parent?.fields ?? {};
  const made = (place: number, fields: Fields, dropped: Made['dropped']): Made => ({
    slot: slot.slot,
    place,
    parentId: slot.parent?.id ?? null,
    label: slot.label,
    prompt: slot.prompt,
    callId: asked?.callId ?? null,
    fields: { ...inherited, ...fields },
    dropped,
  });
  if (asked === null)
    return [made(0, {}, { reason: 'lacks-field', detail: `no ${slot.lacking.join(', ')}` })];
  if (asked.kind === 'refused')
    return [made(0, {}, { reason: reasonOfRefusal(asked), detail: asked.sentence })];
  const { answer } = asked;
  if (answer.verb !== 'complete') throw new Error('A text was asked for.');
  const prompt = slot.request?.prompt ?? '';
  return parseAnswer(settings.parse, { prompt, text: answer.text, finish: answer.finish }).map(
    (parsed, place) => {
      if ('reason' in parsed) return made(place, { [answerField]: answer.text }, parsed);
      const copy = repeatsShown(slot, parsed.fields);
      return made(place, parsed.fields, copy ? { reason: 'shown-copy', detail: null } : null);
    },
  );
}

/**
 * The work of a stage in which a model writes. Slots that were stored before a stop are not asked
 * again; copies are looked for once all answers are there, since they come in any order.
 */
export const writeStage: StageWork<'write'> = async (context) => {
  const { database, generation, stage, settings, candidates, asking, report } = context;
  const { db } = database;
  const { pipeline } = generation;
  const model = context.model(settings.model);
  const pool = settings.shown === null ? [] : await readShown(db, generation, settings.shown);
  const stored = new Set(
    (
      await db
        .selectFrom('candidate')
        .select('slot')
        .distinct()
        .where('stage_id', '=', stage.id)
        .execute()
    ).map(({ slot }) => slot),
  );
  const planned = slotCount(pipeline, settings, candidates);
  let done = stored.size;
  report(done, planned);
  const slots = planSlots({ pipeline, settings, seed: context.seed, candidates, pool });
  await eachAtOnce(slots, model.settings.atOnce + ahead, async (slot) => {
    if (stored.has(slot.slot)) return;
    const asked = slot.request === null ? null : await asking.ask(model, slot.request);
    const made = madeOf(slot, settings, asked);
    await inGroup(database, (trx) => addCandidates(trx, stage, made));
    done += 1;
    report(done, planned);
  });
  await dropCopies(database, stage);
  const { made } = await db
    .selectFrom('candidate')
    .select((eb) => eb.fn.countAll<number>().as('made'))
    .where('stage_id', '=', stage.id)
    .executeTakeFirstOrThrow();
  return { made: Number(made), kept: null };
};
