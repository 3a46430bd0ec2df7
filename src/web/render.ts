import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { Request, Response } from 'express';
import type { Application } from './application.js';
import { assetPath } from './assets.js';
import { csrfToken } from './csrf.js';
import * as format from './format.js';
import { findRater, findStaff, type Staff } from './identity.js';
import { projectFolder } from './folders.js';

/** What the frame around a page needs. */
export interface Shell {
  readonly layout: 'staff' | 'rater' | 'plain';
  readonly title: string;
  /** The part of the navigation that is marked as current. */
  readonly section?: 'datasets' | 'studies' | 'models' | 'generations' | 'accounts' | 'audit';
  /** Style sheets beside the base ones, such as `css/rating.css`. */
  readonly styles?: readonly string[];
  /** ES modules, such as `js/progress.js`. */
  readonly scripts?: readonly string[];
  /** After so many seconds a browser without scripts asks for the page anew; 0 is never. */
  readonly refresh?: number;
  /** What the link is called by which a rater stops; without it there is none. */
  readonly wayOut?: string;
}

/** What every template has beside its own values. */
export interface Common {
  /** The CSRF token; empty without a session. */
  readonly csrf: string;
  /** `RaterIdentity.mark`; empty where no rater is calling. */
  readonly rater: string;
  readonly asset: typeof assetPath;
  readonly format: typeof format;
}

type Template = (page: object) => string;
const templates = new Map<string, Template>();

function templateOf(view: string, cached: boolean): Template {
  const known = templates.get(view);
  if (known !== undefined && cached) return known;
  const filename = join(projectFolder, 'views', `${view}.ejs`);
  const compiled = ejs.compile(readFileSync(filename, 'utf8'), {
    filename,
    strict: true,
    localsName: 'page',
    cache: cached,
    root: join(projectFolder, 'views'),
  }) as Template;
  templates.set(view, compiled);
  return compiled;
}

/**
 * EJS prints nothing for a misspelt property; in development and tests an unknown name is an error
 * instead.
 */
function guarded<T extends object>(page: T, view: string): T {
  return new Proxy(page, {
    get(target, name) {
      if (typeof name === 'string' && !(name in target))
        throw new Error(`views/${view}.ejs asks for page.${name}, which its page does not have.`);
      return Reflect.get(target, name) as unknown;
    },
  });
}

/** Renders one template to text, without a frame. */
export function renderTemplate(
  application: Pick<Application, 'config'>,
  view: string,
  page: object,
): string {
  const { environment } = application.config;
  const template = templateOf(view, environment !== 'development');
  return template(environment === 'production' ? page : guarded(page, view));
}

const commonTo = (request: Request): Common => {
  const rater = findRater(request)?.mark ?? '';
  return { csrf: csrfToken(request), rater, asset: assetPath, format };
};

/**
 * Renders a template for one request (with its CSRF token), without a frame: for fragments that
 * scripts fetch.
 */
export function renderFragment(
  request: Request,
  application: Application,
  view: string,
  page: object,
): string {
  return renderTemplate(application, view, { ...commonTo(request), ...page });
}

/** Renders a page inside its frame and sends it. */
export function renderPage(
  request: Request,
  response: Response,
  application: Application,
  options: { view: string; shell: Shell; page: object; status?: number },
): void {
  const staff: Staff | null = findStaff(request) ?? null;
  const common = commonTo(request);
  const body = renderTemplate(application, options.view, { ...common, ...options.page });
  const shell = { section: '', styles: [], scripts: [], refresh: 0, wayOut: '', ...options.shell };
  const html = renderTemplate(application, `layout/${shell.layout}`, {
    ...common,
    shell,
    staff,
    path: request.path,
    body,
  });
  response
    .status(options.status ?? 200)
    .type('html')
    .send(html);
}
