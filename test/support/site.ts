import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { hash } from '@node-rs/argon2';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { createToken } from '#accounts/tokens.js';
import { newPublicId } from '#storage/identifiers.js';
import { openServer, type RunningServer } from '../../src/server.js';
import { freshLocation } from './database.js';
import { folderForTests } from './memory.js';

export const password = 'a long and quiet afternoon';
/**
 * The password as an account of a test keeps it: argon2 as in the product, but with little memory,
 * since hundreds of servers are opened.
 */
const quickHash = hash(password, { memoryCost: 256, timeCost: 1, parallelism: 1 });

/** A running server of its own on the run's engine, with an admin and a researcher. */
export interface Site {
  readonly server: RunningServer;
  readonly address: string;
  readonly folder: string;
  /** An API token of the admin. */
  readonly token: string;
  visitor(role: 'admin' | 'researcher'): Promise<Visitor>;
  /** Waits until no job is queued or running. */
  idle(): Promise<void>;
}

/** Opens a server for one test; `environment` adds settings. */
export async function openSite(
  environment: Record<string, string> = {},
  options: Parameters<typeof openServer>[1] = {},
): Promise<Site> {
  const folder = mkdtempSync(join(folderForTests(), 'assay-site-'));
  const database: Record<string, string> = {};
  if (inject('engine') === 'postgres') {
    const location = await freshLocation();
    if (location.engine === 'postgres') database['DATABASE_URL'] = location.url;
  } else copyFileSync(join(inject('folder'), 'template.sqlite'), join(folder, 'assay.sqlite'));
  const server = await openServer(
    {
      PORT: '0',
      HOST: '127.0.0.1',
      ASSAY_DATA: folder,
      LOG_LEVEL: 'silent',
      NODE_ENV: 'test',
      REPORT_WAIT_SECONDS: '600',
      ...database,
      ...environment,
    },
    { sweeps: [], ...options },
  );
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const { db } = server.application;
  const passwordHash = await quickHash;
  const accounts = await db
    .insertInto('account')
    .values(
      (['admin', 'researcher'] as const).map((role) => ({
        public_id: newPublicId(),
        email: `${role}@lab.example`,
        name: role,
        role,
        state: 'active' as const,
        password_hash: passwordHash,
        created_at: Date.now(),
        last_sign_in_at: null,
      })),
    )
    .returning(['id', 'role'])
    .execute();
  const { secret: token } = await createToken(db, {
    accountId: accounts.find(({ role }) => role === 'admin')?.id ?? 0,
    name: 'test',
    now: Date.now(),
  });
  const address = `http://127.0.0.1:${server.application.config.port}`;
  return {
    server,
    address,
    folder,
    token,
    async visitor(role) {
      const visitor = new Visitor(address);
      await visitor.post('/sign-in', { email: `${role}@lab.example`, password }, '/sign-in');
      return visitor;
    },
    async idle() {
      for (;;) {
        const waiting = await db
          .selectFrom('job')
          .select('id')
          .where('state', 'in', ['queued', 'running'])
          .executeTakeFirst();
        if (waiting === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

/**
 * A browser without JavaScript: cookies, forms with their CSRF token, redirects followed by hand.
 */
export class Visitor {
  #cookies = new Map<string, string>();
  constructor(readonly address: string) {}

  /** The same browser as it is now, for what it sends without having seen an answer. */
  copy(): Visitor {
    const copy = new Visitor(this.address);
    copy.#cookies = new Map(this.#cookies);
    return copy;
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0)
      headers.set(
        'cookie',
        [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      );
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await fetch(new URL(path, this.address), {
      redirect: 'manual',
      ...init,
      headers,
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  async page(path: string): Promise<string> {
    return (await this.request(path)).text();
  }

  /** A page with its white space collapsed as a browser shows it, and none between elements. */
  async read(path: string): Promise<string> {
    return (await this.page(path)).replaceAll(/\s+/g, ' ').replaceAll('> <', '><');
  }

  async csrf(path: string): Promise<string> {
    return /name="csrf" value="([^"]+)"/.exec(await this.page(path))?.[1] ?? '';
  }

  /** Sends a form that stands on the page `from`; gives the answer unfollowed. */
  async post(
    path: string,
    fields: Record<string, string | readonly string[]>,
    from: string,
  ): Promise<Response> {
    const body = new URLSearchParams({ csrf: await this.csrf(from) });
    for (const [name, value] of Object.entries(fields))
      for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
    return this.request(path, { method: 'POST', body });
  }

  /** Uploads files as the plain form does; gives the path of the import that it leads to. */
  async upload(files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>): Promise<string> {
    const body = new FormData();
    body.append('csrf', await this.csrf('/imports/new'));
    for (const [path, content] of Object.entries(files))
      body.append('files', new Blob([content]), path);
    const response = await this.request('/imports', { method: 'POST', body });
    return (
      response.headers.get('location') ?? `refused: ${response.status} ${await response.text()}`
    );
  }
}
