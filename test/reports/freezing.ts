import { parseHTML } from 'linkedom';
import { expect } from 'vitest';
import type { Study } from '#studies/study.js';
import type { Visitor } from '../support/site.js';

/**
 * Freezes a study's report as its button does, and gives the permanent link. The report itself is
 * not looked at before: it would be computed twice, and its texts measured in a thread of their own.
 */
export async function freeze(visitor: Visitor, study: Study): Promise<string> {
  const answer = await visitor.post(`/studies/${study.public_id}/report/freeze`, {}, '/account');
  return answer.headers.get('location') ?? '';
}

/** Every page of a frozen report, and every file that its pages lead to, by address. */
export async function walked(visitor: Visitor, link: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const waiting = [link];
  for (let href = waiting.shift(); href !== undefined; href = waiting.shift()) {
    const response = await visitor.request(href);
    expect(response.status, href).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    found.set(href, bytes);
    if (response.headers.has('content-disposition')) continue;
    for (const { attributes } of parseHTML(String(bytes)).document.querySelectorAll('main a')) {
      const next = String(attributes.href?.value).split('#')[0] ?? '';
      if (next.startsWith(`${link}/`) && !found.has(next) && !waiting.includes(next))
        waiting.push(next);
    }
  }
  return found;
}
