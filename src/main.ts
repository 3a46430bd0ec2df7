import { createLink, hasAccounts } from '#accounts/account.js';
import { linkAddress } from '#accounts/administration.js';
import { openServer, type RunningServer } from './server.js';

/** Why the server did not start, in words. */
function startFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const port = process.env['PORT'] ?? '3000';
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken by another program. Choose another one: PORT=3001 npm start`;
  if (code === 'EACCES')
    return `This user may not listen on port ${port}. Choose one above 1023: PORT=3000 npm start`;
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return `HOST: “${process.env['HOST'] ?? ''}” is not an address of this machine. Leave it empty to listen on every address. Example: HOST=127.0.0.1`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * The process of `npm start`: prints where Assay is, the set-up link at the first start, and stops
 * cleanly on a signal.
 */
export async function startServer(words: readonly string[]): Promise<void> {
  let server: RunningServer | null = null;
  let stopping = false;
  const end = (): void => {
    if (server === null) return;
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      console.log('Stopping: requests in flight are finished first.');
      end();
    });
  }
  try {
    server = await openServer(process.env);
  } catch (error) {
    console.error(startFault(error));
    process.exitCode = 1;
    return;
  }
  if (stopping) {
    end();
    return;
  }
  try {
    await welcome(server, words);
  } catch (error) {
    // Whoever stops a server that is still greeting closes the database under it.
    if (!stopping) throw error;
  }
}

/**
 * Says where the server is, prints the set-up link where nobody can sign in yet, and loads the demo
 * where it was asked for.
 */
async function welcome(server: RunningServer, words: readonly string[]): Promise<void> {
  const { application } = server;
  console.log(`Assay is at ${server.address}`);
  if (!(await hasAccounts(application.db))) {
    const secret = await createLink(application.db, {
      purpose: 'set-up',
      accountId: null,
      now: application.now(),
    });
    console.log(
      `Open this link once to set up the first admin (it works for seven days):\n${linkAddress(application, secret)}`,
    );
  }
  if (words.includes('--demo')) {
    const { loadDemo } = await import('./demo/load.js');
    await loadDemo(server);
  }
}
