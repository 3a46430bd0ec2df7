import { z } from 'zod';

/** A whole number within limits. */
export const wholeNumber = (from: number, to: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= from && value <= to, `is not between ${from} and ${to}`);

/** The empty text, which is null, or what the schema reads. */
export const optional = <T>(schema: z.ZodType<T, string>): z.ZodType<T | null, string> =>
  z.string().transform((text, context): T | null => {
    if (text === '') return null;
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    context.addIssue({
      code: 'custom',
      message: parsed.error.issues[0]?.message ?? 'cannot be read',
    });
    return z.NEVER;
  });

/** The address of a site, without a path. */
export const webAddress = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), {
    error: 'is not an address that begins with http:// or https://',
    abort: true,
  })
  .refine(
    (text) => new URL(text).origin === text.toLowerCase().replace(/\/+$/, ''),
    'is more than an address: leave out path, user, default port and everything else after the name',
  )
  .transform((text) => new URL(text).origin);

/** The address of a page. */
export const pageAddress = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), {
    error: 'is not an address that begins with http:// or https://',
    abort: true,
  })
  .refine(
    (text) => new URL(text).username === '' && new URL(text).password === '',
    'holds a user or a password; a key goes into EMBEDDINGS_KEY',
  );

/** The address of a PostgreSQL database. */
export const postgresAddress = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\//.test(text), {
    error: 'is not an address that begins with postgres://',
    abort: true,
  })
  .refine(
    (text) => URL.canParse(text),
    'is not an address; percent-encode characters such as # and / in the password',
  );

const plainHost = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/;

/** A host as addresses have it, in ASCII and lower case; null where it is none, or more than one. */
function hostOf(text: string): string | null {
  // A port that the protocol implies is left out of an address: the other protocol keeps it.
  const address = `${text.endsWith(':80') ? 'https' : 'http'}://${text}`;
  if (/[/@?#\\]|:$/.test(text) || !URL.canParse(address)) return null;
  const { host } = new URL(address);
  return plainHost.test(host) ? host : null;
}

/** Hosts with spaces or commas between. */
export const modelHosts = z.string().transform((text, context): string[] =>
  text
    .split(/[\s,]+/)
    .filter((host) => host !== '')
    .map((entered) => {
      const host = hostOf(entered);
      if (host === null)
        context.addIssue({
          code: 'custom',
          message: `has “${entered}”, which is not a host such as api.example.org or localhost:8000`,
        });
      return host ?? '';
    }),
);
