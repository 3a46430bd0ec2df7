import { z } from 'zod';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { listAudit } from './audit.js';

const perPage = 100;

/** `{"role":"admin"}` → "role: admin". */
const inWords = (detail: string): string =>
  Object.entries(z.record(z.string(), z.unknown()).parse(JSON.parse(detail)))
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

export const showAudit: Handler = async (request, response, application) => {
  const before = /^\d{1,15}$/.test(String(request.query['before']))
    ? Number(request.query['before'])
    : null;
  const events = await listAudit(application.db, { before, limit: perPage + 1 });
  const shown = events.slice(0, perPage);
  renderPage(request, response, application, {
    view: 'accounts/audit',
    shell: { layout: 'staff', title: 'Audit log', section: 'audit' },
    page: {
      events: shown.map((event) => ({
        at: event.at,
        actor: event.actor,
        action: event.action,
        subject: event.subject,
        detail: inWords(event.detail),
      })),
      older: events.length > perPage ? (shown.at(-1)?.id ?? null) : null,
    },
  });
};
