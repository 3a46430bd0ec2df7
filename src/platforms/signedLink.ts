import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { RecruitmentSettings } from './platform.js';

/** The query parameter in which Prolific sends its signature. */
export const signatureParameter = 'prolific_token';

type Keys = ReturnType<typeof createRemoteJWKSet>;
const keysByAddress = new Map<string, Keys>();

/** The keys at an address; asked for once a day, and when an unknown one is named. */
function keysAt(address: string): Keys {
  const known = keysByAddress.get(address);
  if (known !== undefined) return known;
  const keys = createRemoteJWKSet(new URL(address), {
    timeoutDuration: 5_000,
    cooldownDuration: 30_000,
    cacheMaxAge: 24 * 3_600_000,
  });
  keysByAddress.set(address, keys);
  return keys;
}

const Claims = z.looseObject({
  aud: z.union([z.string(), z.array(z.string())]),
  prolific: z.record(z.string(), z.unknown()),
});

/** The site that an `aud` names: it may be an address, or a host alone. */
const originOf = (audience: string): string | null =>
  URL.canParse(audience) && /^https?:/.test(audience)
    ? new URL(audience).origin
    : URL.canParse(`https://${audience}`)
      ? new URL(`https://${audience}`).host
      : null;

/** How a signature stands: `unknown` where the keys could not be had. */
export type Signature = 'right' | 'missing' | 'wrong' | 'expired' | 'unknown';

/**
 * Checks the JWT of a signed link (RS256): its signature by the platform’s keys, that it has not run
 * out, that it was made for this site, and that it was made for these parameters. Prolific documents
 * that under “Retrieve JSON Web Key Set”, read in December 2026.
 */
export async function checkSignature(options: {
  readonly query: Readonly<Record<string, unknown>>;
  readonly names: RecruitmentSettings['parameters'];
  readonly keys: string;
  readonly site: string;
  readonly now: number;
}): Promise<Signature> {
  const { query, names, site } = options;
  const token = query[signatureParameter];
  if (typeof token !== 'string' || token === '') return 'missing';
  let payload: unknown;
  try {
    ({ payload } = await jwtVerify(token, keysAt(options.keys), {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'aud', 'prolific'],
      currentDate: new Date(options.now),
    }));
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired';
    const refused =
      error instanceof errors.JOSEError &&
      !(error instanceof errors.JWKSTimeout) &&
      !(error instanceof errors.JWKSInvalid) &&
      error.code !== errors.JOSEError.code;
    return refused ? 'wrong' : 'unknown';
  }
  const claims = Claims.safeParse(payload);
  if (!claims.success) return 'wrong';
  const { aud, prolific } = claims.data;
  const { origin, host } = new URL(site);
  const here = [aud].flat().map(originOf);
  if (!here.some((audience) => audience === origin || audience === host)) return 'wrong';
  const named = Object.values(names).filter((name) => name !== null);
  return named.every((name) => prolific[name] === query[name]) ? 'right' : 'wrong';
}
