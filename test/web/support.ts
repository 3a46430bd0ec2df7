import { openSite, type Site } from '../support/site.js';

/** A site whose whole log is kept in `lines`. */
export async function openLoggedSite(
  environment: Record<string, string> = {},
): Promise<{ site: Site; lines: string[] }> {
  const lines: string[] = [];
  return {
    site: await openSite(
      { LOG_LEVEL: 'trace', ...environment },
      { logTo: { write: (line: string) => void lines.push(line) } },
    ),
    lines,
  };
}
