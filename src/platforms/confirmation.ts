import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Application } from '#web/application.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';

const Fields = z.record(z.string(), z.string());

/**
 * True where the form confirms exactly this sum. Otherwise it answers with a page that shows the sum
 * and sends the same form with the confirmation.
 */
export function confirmed(
  request: Request,
  response: Response,
  application: Application,
  spending: { readonly amountMinor: number; readonly back: string },
): boolean {
  const { csrf: _csrf, confirm, ...fields } = parse(Fields, request.body);
  const amount = String(spending.amountMinor);
  if (confirm === amount) return true;
  renderPage(request, response, application, {
    view: 'platforms/confirm',
    shell: { layout: 'staff', title: 'Spend this?', section: 'studies' },
    page: {
      action: request.originalUrl,
      back: spending.back,
      amount,
      sum: (spending.amountMinor / 100).toFixed(2),
      fields: Object.entries(fields),
    },
  });
  return false;
}
