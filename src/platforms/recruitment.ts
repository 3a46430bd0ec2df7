import { randomInt } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { PlatformListedTable, PlatformStudyTable } from '#storage/crowdTables.js';
import type { Db, Trx } from '#storage/database.js';
import { newPublicId, newSecret } from '#storage/identifiers.js';
import { readJson, writeJson } from '#storage/json.js';
import type { Study } from '#studies/study.js';
import { notFound } from '#web/problem.js';
import {
  type Outcome,
  outcomes,
  type ParameterRole,
  type Platform,
  platformOf,
  RecruitmentSettings,
} from './platform.js';
import type { Secrets } from './secrets.js';

/** A study here together with one at a platform. */
export interface Recruitment {
  readonly row: Selectable<PlatformStudyTable>;
  readonly platform: Platform;
  readonly settings: RecruitmentSettings;
}

export const outcomeNames = Object.keys(outcomes) as readonly Outcome[];

export const recruitmentOf = (row: Selectable<PlatformStudyTable>): Recruitment => ({
  row,
  platform: platformOf(row.platform),
  settings: readJson(RecruitmentSettings, row.settings, 'platform_study.settings'),
});

/** The recruitments of a study, oldest first; retired ones too. */
export const recruitmentsOf = async (db: Db, studyId: number): Promise<Recruitment[]> =>
  (
    await db
      .selectFrom('platform_study')
      .selectAll()
      .where('study_id', '=', studyId)
      .orderBy('id')
      .execute()
  ).map(recruitmentOf);

/** A recruitment of this study by its public id. Throws “not found”. */
export async function requireRecruitment(
  db: Db,
  study: Study,
  publicId: string,
): Promise<Recruitment> {
  const row = await db
    .selectFrom('platform_study')
    .selectAll()
    .where('study_id', '=', study.id)
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('recruitment');
  return recruitmentOf(row);
}

/** Letters and digits that nobody takes for one another; 12 of them are 59 bits. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** A code that nobody guesses. */
export const newCode = (): string =>
  Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]).join('');

/** Every outcome with a code; one is made where none is given. */
export const withCodes = (
  endings: RecruitmentSettings['endings'],
): RecruitmentSettings['endings'] =>
  Object.fromEntries(
    outcomeNames.map((outcome) => {
      const { code = null, address = null } = endings[outcome] ?? {};
      return [outcome, { code: code ?? newCode(), address }];
    }),
  );

/** What an admin says of a recruitment. */
export interface RecruitmentValues {
  readonly externalId: string | null;
  readonly settings: RecruitmentSettings;
}

/** Makes a recruitment, with a code for every outcome and a link of its own. */
export const createRecruitment = async (
  trx: Trx,
  options: RecruitmentValues & {
    readonly studyId: number;
    readonly platform: Platform;
    readonly now: number;
    readonly accountId: number | null;
  },
): Promise<Recruitment> =>
  recruitmentOf(
    await trx
      .insertInto('platform_study')
      .values({
        public_id: newPublicId(),
        study_id: options.studyId,
        platform: options.platform.name,
        platform_account_id: null,
        external_id: options.externalId,
        link_token: newSecret(),
        settings: writeJson(RecruitmentSettings, {
          ...options.settings,
          endings: withCodes(options.settings.endings),
        }),
        created_at: options.now,
        created_by: options.accountId,
        retired_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );

/** Changes a recruitment; codes that were given to people stay with them. */
export const changeRecruitment = (
  trx: Trx,
  recruitment: Recruitment,
  values: RecruitmentValues,
): Promise<unknown> =>
  trx
    .updateTable('platform_study')
    .set({
      external_id: values.externalId,
      settings: writeJson(RecruitmentSettings, {
        ...values.settings,
        endings: withCodes(values.settings.endings),
      }),
    })
    .where('id', '=', recruitment.row.id)
    .execute();

/** From now on its link opens nothing; who came by it before can go on. */
export const retireRecruitment = (
  trx: Trx,
  recruitment: Recruitment,
  now: number,
): Promise<unknown> =>
  trx
    .updateTable('platform_study')
    .set({ retired_at: now })
    .where('id', '=', recruitment.row.id)
    .where('retired_at', 'is', null)
    .execute();

const usual: Readonly<Record<ParameterRole, string>> = {
  person: '[id of the person]',
  study: '[id of the study]',
  submission: '[id of the session]',
};

/**
 * The link to enter at the platform, with what the platform puts in the place of each parameter; in
 * square brackets what an admin must look up there.
 */
export function linkOf({ row, platform, settings }: Recruitment, baseUrl: string): string {
  const placeholders = platform.placeholders ?? usual;
  const query = (Object.keys(settings.parameters) as ParameterRole[]).flatMap((role) => {
    const name = settings.parameters[role];
    return name === null ? [] : [`${encodeURIComponent(name)}=${placeholders[role]}`];
  });
  return `${baseUrl}/p/${row.link_token}?${query.join('&')}`;
}

/** The public id of a study’s project, under which fingerprints of its people are made. */
export const projectOf = async (db: Db, studyId: number): Promise<string> =>
  (
    await db
      .selectFrom('study')
      .innerJoin('project', 'project.id', 'study.project_id')
      .select('project.public_id')
      .where('study.id', '=', studyId)
      .executeTakeFirstOrThrow()
  ).public_id;

/** The fingerprint of a person of a recruitment’s platform. */
export const fingerprintOf = (
  secrets: Secrets,
  { platform }: Pick<Recruitment, 'platform'>,
  project: string,
  id: string,
): string => secrets.fingerprint({ project, platform: platform.name, id });

type ListName = PlatformListedTable['list'];

/** Adds people to a list by their fingerprints; who is on it already stays. */
export async function addListed(
  trx: Trx,
  options: {
    readonly recruitment: Recruitment;
    readonly list: ListName;
    readonly fingerprints: readonly string[];
    readonly now: number;
  },
): Promise<void> {
  const rows = [...new Set(options.fingerprints)].map((fingerprint) => ({
    platform_study_id: options.recruitment.row.id,
    fingerprint,
    list: options.list,
    added_at: options.now,
  }));
  for (let from = 0; from < rows.length; from += 500)
    await trx
      .insertInto('platform_listed')
      .values(rows.slice(from, from + 500))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

export const emptyList = (trx: Trx, { row }: Recruitment, list: ListName): Promise<unknown> =>
  trx
    .deleteFrom('platform_listed')
    .where('platform_study_id', '=', row.id)
    .where('list', '=', list)
    .execute();

/** How many people stand on each list. */
export async function listedCounts(
  db: Db,
  { row }: Recruitment,
): Promise<Readonly<Record<ListName, number>>> {
  const rows = await db
    .selectFrom('platform_listed')
    .select((eb) => ['list', eb.fn.countAll<number>().as('count')])
    .where('platform_study_id', '=', row.id)
    .groupBy('list')
    .execute();
  const of = (list: ListName): number => rows.find((found) => found.list === list)?.count ?? 0;
  return { allow: of('allow'), block: of('block') };
}
