import type { Db } from '#storage/database.js';
import type { Recruitment } from './recruitment.js';

/** Why a person may not take part in a study; null where they may. */
export type Barred =
  | { readonly because: 'blocked' | 'not-allowed' | 'not-before' }
  | { readonly because: 'before'; readonly study: string };

/** What the person reads. No study is named. */
export const barredWords: Readonly<Record<Barred['because'], string>> = {
  blocked:
    'This study is not open to you. The people who run it keep a list of who cannot take part.',
  'not-allowed': 'This study is for people who were invited to it, and you are not among them.',
  'not-before': 'This study is for people who took part in an earlier one, and you did not.',
  before: 'You took part in a study that this one follows, and this one is for others.',
};

/** The same for staff. */
export function barredForStaff(barred: Barred | null): string {
  switch (barred?.because) {
    case undefined:
      return 'They may take part.';
    case 'blocked':
      return 'They may not: they are on the list of people who cannot take part.';
    case 'not-allowed':
      return 'They may not: there is a list of people who alone may take part, and they are not on it.';
    case 'not-before':
      return 'They may not: they answered in none of the studies that are required.';
    case 'before':
      return `They may not: they took part in “${barred.study}”, which is excluded.`;
  }
}

/**
 * Why somebody may not take part, by the lists first and the studies then. Who left a study before
 * they consented did not take part in it; a study that is required asks for an answer there.
 */
export async function whyBarred(
  db: Db,
  { row, settings }: Pick<Recruitment, 'row' | 'settings'>,
  fingerprint: string,
): Promise<Barred | null> {
  const theirs = await db
    .selectFrom('platform_listed')
    .select('list')
    .where('platform_study_id', '=', row.id)
    .where('fingerprint', '=', fingerprint)
    .execute();
  const isOn = (list: 'allow' | 'block'): boolean => theirs.some((one) => one.list === list);
  if (isOn('block')) return { because: 'blocked' };
  const somebody = await db
    .selectFrom('platform_listed')
    .select('list')
    .where('platform_study_id', '=', row.id)
    .where('list', '=', 'allow')
    .limit(1)
    .executeTakeFirst();
  if (somebody !== undefined && !isOn('allow')) return { because: 'not-allowed' };
  const named = [...settings.without, ...settings.only];
  if (named.length === 0) return null;
  const earlier = await db
    .selectFrom('rater')
    .innerJoin('study', 'study.id', 'rater.study_id')
    .select((eb) => [
      'study.public_id',
      'study.title',
      eb
        .exists(
          eb
            .selectFrom('assignment')
            .select('assignment.id')
            .whereRef('assignment.rater_id', '=', 'rater.id')
            .where('assignment.submitted_at', 'is not', null),
        )
        .as('answered'),
    ])
    .where('study.public_id', 'in', named)
    .where('rater.fingerprint', '=', fingerprint)
    .where('rater.consented_at', 'is not', null)
    .execute();
  const before = earlier.find(({ public_id: id }) => settings.without.includes(id));
  if (before !== undefined) return { because: 'before', study: before.title };
  const answered = earlier.some(
    (rater) => settings.only.includes(rater.public_id) && Boolean(rater.answered),
  );
  return settings.only.length > 0 && !answered ? { because: 'not-before' } : null;
}
