import { count, plural } from '#web/format.js';
import { type Line, lineNames, lines } from '../asked/lines.js';
import type { ReportModel } from '../model/schema/report.js';
import { escapeMarkdown } from './markdown.js';

/** What is said on a line of “What a reviewer asks”: what is known, then what staff wrote. */
export function answersTo({ asked }: ReportModel, line: Line): string[] {
  const found = asked?.find((one) => one.line === line);
  return found === undefined
    ? []
    : [...found.known, ...(found.written === '' ? [] : [found.written])];
}

/** Whether something that a line asks is not said yet. */
export const isOpen = ({ asked }: ReportModel, line: Line): boolean =>
  asked?.find((one) => one.line === line)?.open ?? true;

/** “What a reviewer asks” as Markdown, each line filled or marked open. */
export function askedMarkdown(model: ReportModel): string {
  const sections = lineNames.map((line) => {
    const { title, asks } = lines[line];
    const said = answersTo(model, line).map((sentence) => `${escapeMarkdown(sentence)}\n\n`);
    const open = isOpen(model, line) ? `*Open:* ${escapeMarkdown(asks)}\n\n` : '';
    return `## ${title}\n\n${said.join('')}${open}`;
  });
  const { simulated, counted } = model.totals;
  const programs =
    simulated === 0
      ? ''
      : ` ${count(simulated)} of ${plural(counted, 'counted judgment')} came from simulated raters.`;
  return `# What a reviewer asks\n\n${escapeMarkdown(`Study “${model.study.title}”.${programs}`)}\n\n${sections.join('')}`;
}
