import type { Trx } from '#storage/database.js';
import { settingsOf, type Study } from '#studies/study.js';

/** What became of everybody who was to take part, in the order of the page. */
export const participations = {
  'not-begun': 'Was invited by a personal link and has not agreed yet.',
  'left-before-consent':
    'Came and did not take part: left before they agreed, declined, or could not take part.',
  partial: 'Agreed, and sent fewer answers than there were for them.',
  whole: 'Sent all the answers that there were for them; some of them at least count.',
  unqualified: 'Agreed, and did not get enough of the training right.',
  surplus: 'Sent answers of which none counts: enough others had judged those examples.',
  excluded: 'Their answers stay and count nowhere.',
  withdrawn: 'Withdrew; their answers were erased.',
  simulated: 'Is no person: a program made the answers.',
} as const;
export type Participation = keyof typeof participations;

/** One person, or one visit of somebody who did not take part. */
export interface Participant {
  readonly participation: Participation;
  /** The rater; null for somebody who never became one. */
  readonly rater: { readonly id: string; readonly pseudonym: string } | null;
  /** How they came: the name of their arrival. */
  readonly arrival: string;
  readonly sent: number;
  /** Answers that hold a place. */
  readonly counted: number;
  /** Visits by a platform: sessions in which they came. */
  readonly visits: number;
  /** How a visit by a platform ended, where that is known. */
  readonly outcome: string | null;
  /** When they came first; of raters, when they agreed or were invited. */
  readonly at: number;
  /** Why they were excluded. */
  readonly reason: string | null;
}

interface RaterRow {
  readonly state: string;
  readonly origin: string;
  readonly excluded_at: number | null;
  readonly stopped_at: number | null;
  readonly consented_at: number | null;
  readonly training: string;
  readonly sent: number;
  /** Of these, to the sample: those beside it hold no places. */
  readonly ofSample: number;
  readonly counted: number;
}

/** The one class of a rater. */
function participationOf(
  rater: RaterRow,
  { raterLimit, declined }: { raterLimit: number | null; declined: boolean },
): Participation {
  if (rater.origin === 'simulated') return 'simulated';
  if (rater.state === 'withdrawn') return 'withdrawn';
  if (rater.excluded_at !== null) return 'excluded';
  if (rater.consented_at === null) return declined ? 'left-before-consent' : 'not-begun';
  if (rater.training === 'failed') return 'unqualified';
  if (rater.ofSample > 0 && rater.counted === 0) return 'surplus';
  const finished = rater.state === 'finished' && rater.stopped_at === null;
  const all = finished || (raterLimit !== null && rater.sent >= raterLimit);
  return all && rater.sent > 0 ? 'whole' : 'partial';
}

/**
 * Everybody who came to a study or was invited, each in one class. Visitors of the open link leave
 * no trace before they agree, except where they declined.
 * @param trx one snapshot, so that the numbers sum
 */
export async function participantsOf(trx: Trx, study: Study): Promise<Participant[]> {
  const { raterLimit } = settingsOf(study);
  const raters = await trx
    .selectFrom('rater')
    .leftJoin('assignment', (join) =>
      join
        .onRef('assignment.rater_id', '=', 'rater.id')
        .on('assignment.submitted_at', 'is not', null),
    )
    .select((eb) => [
      'rater.id',
      'rater.public_id',
      'rater.pseudonym',
      'rater.arrival',
      'rater.state',
      'rater.origin',
      'rater.excluded_at',
      'rater.exclusion_reason',
      'rater.stopped_at',
      'rater.consented_at',
      'rater.created_at',
      'rater.training',
      'rater.fingerprint',
      eb.fn.count<number>('assignment.id').as('sent'),
      eb.fn
        .count<number>('assignment.id')
        .filterWhere('assignment.role', '=', 'validation')
        .as('ofSample'),
      eb.fn.count<number>('assignment.place_no').as('counted'),
    ])
    .where('rater.study_id', '=', study.id)
    .groupBy('rater.id')
    .orderBy('rater.id')
    .execute();
  const visits = await trx
    .selectFrom('platform_submission')
    .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
    .select([
      'platform_study.platform',
      'platform_submission.rater_id',
      'platform_submission.fingerprint',
      'platform_submission.outcome',
      'platform_submission.first_seen_at',
    ])
    .where('platform_study.study_id', '=', study.id)
    .orderBy('platform_submission.id')
    .execute();
  const declined = await trx
    .selectFrom('consent_event')
    .select(['at', 'rater_id'])
    .where('study_id', '=', study.id)
    .where('kind', '=', 'declined')
    .where('platform_submission_id', 'is', null)
    .orderBy('id')
    .execute();
  const decliners = new Set(declined.map((event) => event.rater_id));
  const left = { participation: 'left-before-consent', rater: null, sent: 0, counted: 0 } as const;
  // Whoever came in several sessions is one person: the rater whom they became, or their last visit.
  const raterOfFingerprint = new Map(
    raters.flatMap(({ id, fingerprint }) => (fingerprint === null ? [] : [[fingerprint, id]])),
  );
  const visitsOfRater = new Map<number, (typeof visits)[number][]>();
  const others = new Map<string, (typeof visits)[number][]>();
  for (const [index, visit] of visits.entries()) {
    const { fingerprint } = visit;
    const rater =
      visit.rater_id ?? (fingerprint === null ? undefined : raterOfFingerprint.get(fingerprint));
    if (rater !== undefined) visitsOfRater.set(rater, [...(visitsOfRater.get(rater) ?? []), visit]);
    else {
      const person = fingerprint ?? `visit ${index}`;
      others.set(person, [...(others.get(person) ?? []), visit]);
    }
  }
  return [
    ...raters.map((rater): Participant => {
      const own = visitsOfRater.get(rater.id) ?? [];
      return {
        participation: participationOf(rater, { raterLimit, declined: decliners.has(rater.id) }),
        rater: { id: rater.public_id, pseudonym: rater.pseudonym },
        arrival: rater.arrival,
        sent: rater.sent,
        counted: rater.counted,
        visits: own.length,
        outcome: own.findLast(({ outcome }) => outcome !== null)?.outcome ?? null,
        at: rater.consented_at ?? rater.created_at,
        reason: rater.exclusion_reason,
      };
    }),
    ...[...others.values()].flatMap((own): Participant[] => {
      const last = own.at(-1);
      return last === undefined
        ? []
        : [
            {
              ...left,
              arrival: last.platform,
              visits: own.length,
              outcome: own.findLast(({ outcome }) => outcome !== null)?.outcome ?? null,
              at: own[0]?.first_seen_at ?? last.first_seen_at,
              reason: null,
            },
          ];
    }),
    ...declined
      .filter((event) => event.rater_id === null)
      .map(({ at }): Participant => ({
        ...left,
        arrival: 'open-link',
        visits: 0,
        outcome: 'no-consent',
        at,
        reason: null,
      })),
  ];
}

/** People and answers of one class, or of all. */
export interface Total {
  readonly people: number;
  readonly sent: number;
  readonly counted: number;
}

export const totalOf = (participants: readonly Participant[]): Total => ({
  people: participants.length,
  sent: participants.reduce((sum, { sent }) => sum + sent, 0),
  counted: participants.reduce((sum, { counted }) => sum + counted, 0),
});
