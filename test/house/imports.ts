import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '#web/folders.js';

/** Files under a folder of the project with this ending, by their path within the project. */
export const filesUnder = (folder: string, ...endings: readonly string[]): string[] =>
  readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .toSorted();

export const linesOf = (path: string): string[] =>
  readFileSync(join(projectFolder, path), 'utf8').split('\n');

const specifiers = /(?:\bfrom |\bimport\(|^import )'([#.][^']+\.js)'/gm;

/**
 * What each module of `src/` imports of the project: also what is a type alone, which a compiled
 * module no longer shows, and what is imported while the program runs.
 */
export function importsOfSource(): ReadonlyMap<string, readonly string[]> {
  const modules = filesUnder('src', '.ts');
  return new Map(
    modules.map((module) => [
      module,
      Array.from(linesOf(module).join('\n').matchAll(specifiers), ([, specifier = '']) =>
        (specifier.startsWith('#')
          ? `src/${specifier.slice(1)}`
          : join(dirname(module), specifier).replaceAll('\\', '/')
        ).replace(/\.js$/, '.ts'),
      ),
    ]),
  );
}

/** The circles in a graph: every set of modules that reach each other (Tarjan 1972), sorted. */
export function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (module: string): void => {
    order.set(module, order.size);
    lowest.set(module, order.size - 1);
    open.push(module);
    for (const imported of imports.get(module) ?? []) {
      if (!order.has(imported)) visit(imported);
      if (open.includes(imported))
        lowest.set(module, Math.min(lowest.get(module) ?? 0, lowest.get(imported) ?? 0));
    }
    if (lowest.get(module) !== order.get(module)) return;
    const circle = open.splice(open.indexOf(module));
    if (circle.length > 1) circles.push(circle.toSorted());
  };
  for (const module of imports.keys()) if (!order.has(module)) visit(module);
  return circles;
}
