import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

const pauseBetween = 250;
const Ready = z.object({ address: z.string(), token: z.string(), links: z.array(z.string()) });

/** Raters at work on a server of their own, for benches of what they feel beside something else. */
export interface RatersAtWork {
  readonly address: string;
  /** An API token of an admin. */
  readonly token: string;
  /** The time of each judgment while something is done, in ms, and how long the loop was held. */
  during(work: () => Promise<unknown>): Promise<{ times: readonly number[]; held: number }>;
  /** Ends raters and server, and removes the folder. */
  end(): Promise<void>;
}

const Held = z.object({ longest: z.number() });

/** How long the server's event loop was held at most since the last call, ms. */
async function heldSince(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message');
  child.send('held');
  return Held.parse((await answer)[0]).longest;
}

const Next = z.object({ shown: z.object({ id: z.string() }), ahead: z.object({ id: z.string() }) });

/** A rater who rates at a steady pace until told to stop; each answer's time goes to `times`. */
async function rate(
  address: string,
  link: string,
  times: number[],
  signal: AbortSignal,
): Promise<void> {
  const opened = await fetch(`${address}/r/${link}`, { redirect: 'manual' });
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const page = await (await fetch(`${address}/rate`, { headers: { cookie } })).text();
  const headers = {
    cookie,
    'x-csrf-token': /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '',
    'x-fragment': '1',
    accept: 'application/json',
  };
  let item = /data-assignment="([^"]+)"/.exec(page)?.[1] ?? '';
  const prefetched = await (
    await fetch(`${address}/rate/ahead`, { method: 'POST', headers, body: new URLSearchParams() })
  ).text();
  const begun = z.object({ ahead: z.object({ id: z.string() }) }).safeParse(JSON.parse(prefetched));
  if (!begun.success) throw new Error(`the server answered ${prefetched}`);
  let { ahead } = begun.data;
  await wait(Math.random() * pauseBetween);
  while (!signal.aborted) {
    const sent = performance.now();
    const response = await fetch(`${address}/rate`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        assignment: item,
        key: `key-${item}`,
        answer_label: '0',
        answer_relevance: '4',
        active_ms: '1200',
        have: ahead.id,
      }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`the server answered ${response.status}: ${answer}`);
    times.push(performance.now() - sent);
    const next = Next.parse(JSON.parse(answer));
    item = next.shown.id;
    ahead = next.ahead;
    await wait(pauseBetween);
  }
}

/** Starts a server in a folder, with raters who each rate at a steady pace. */
export async function startRaters(
  folder: string,
  { raters, environment = {} }: { raters: number; environment?: Record<string, string> },
): Promise<RatersAtWork> {
  const child = fork(new URL('./raterServer.js', import.meta.url), [folder, String(raters)], {
    env: { ...process.env, ...environment },
  });
  const ready = await new Promise<z.output<typeof Ready>>((resolve, reject) => {
    child.once('message', (message) => resolve(Ready.parse(message)));
    child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}`)));
  });
  const stop = new AbortController();
  const times: number[] = [];
  const work = Promise.all(
    ready.links.map((link) => rate(ready.address, link, times, stop.signal)),
  );
  await wait(2000);
  return {
    ...ready,
    async during(done) {
      await heldSince(child);
      times.length = 0;
      await Promise.race([done(), work]);
      return { times: [...times], held: await heldSince(child) };
    },
    async end() {
      stop.abort();
      await work;
      child.removeAllListeners('exit');
      child.disconnect();
      await new Promise((resolve) => child.once('exit', resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The time within which this share of judgments was answered, in ms. */
export const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
