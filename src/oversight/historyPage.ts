import { z } from 'zod';
import { Form } from '#studies/form.js';
import { requireStudy, studyEvents, textHistory } from '#studies/study.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { keptDocuments } from './keptDocuments.js';

const Detail = z.object({
  from: z.record(z.string(), z.number()),
  to: z.record(z.string(), z.number()),
  postHoc: z.boolean(),
});
const rules: Readonly<Record<string, { words: string; value: (value: number) => string }>> = {
  threshold: { words: 'labels upheld', value: (value) => `${Number((value * 100).toFixed(2))} %` },
  agreementMargin: {
    words: 'difference in label agreement',
    value: (value) => `${Number((value * 100).toFixed(2))} points`,
  },
  relevanceMargin: { words: 'difference in relevance', value: String },
};

/** One event in words. */
function wordsOfEvent(event: {
  action: string;
  from_state: string | null;
  to_state: string | null;
  detail: string;
}): string {
  if (event.action === 'move')
    return event.from_state === 'draft'
      ? 'Opened'
      : event.to_state === 'paused'
        ? event.from_state === 'closed'
          ? 'Re-opened, paused'
          : 'Paused'
        : event.to_state === 'open'
          ? 'Resumed'
          : 'Closed';
  const rule = event.action === 'rule' ? Detail.safeParse(JSON.parse(event.detail)) : undefined;
  if (rule?.success !== true) return event.action;
  const changes = Object.entries(rule.data.to).map(([name, value]) => {
    const { words, value: written } = rules[name] ?? { words: name, value: String };
    return `${words} ${written(value)} (was ${written(rule.data.from[name] ?? 0)})`;
  });
  return `Changed ${changes.join(', ')}${rule.data.postHoc ? ': post hoc, after the first judgment' : ', before the first judgment'}`;
}

const titles = {
  form: 'The form',
  guidelines: 'Guidelines',
  consent: 'Consent text',
  warning: 'Content warning',
} as const;

interface Event {
  readonly at: number;
  readonly words: string;
  /** What is said behind the words; empty where nothing is. */
  readonly note: string;
  readonly by: string | null;
  /** Where what it speaks of can be read; null where there is nothing. */
  readonly href: string | null;
}

/** GET /studies/:study/history: what happened to a study, and every version of its texts. */
export const showHistory: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const milestones: Event[] = [
    { at: study.created_at, words: 'Made', note: '', by: null, href: null },
    ...(study.first_judgment_at === null
      ? []
      : [{ at: study.first_judgment_at, words: 'First judgment', note: '', by: null, href: null }]),
  ];
  const moves = (await studyEvents(application.db, study.id)).map((event): Event => ({
    at: event.at,
    words: wordsOfEvent(event),
    note: '',
    by: event.email,
    href: null,
  }));
  const documents = (await keptDocuments(application.db, study)).map(
    ({ title, ...document }): Event => ({ words: title, ...document }),
  );
  const versions = (await textHistory(application.db, study.id)).toReversed();
  renderPage(request, response, application, {
    view: 'oversight/history',
    shell: {
      layout: 'staff',
      title: `History of ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      title: study.title,
      href:
        study.state === 'draft'
          ? `/studies/${study.public_id}/review`
          : `/studies/${study.public_id}`,
      // Newest first; what happened in the same millisecond stays in the order in which it was
      // noted.
      events: [...documents, ...moves, ...milestones.toReversed()].toSorted(
        (left, right) => right.at - left.at,
      ),
      kinds: Object.entries(titles).map(([kind, title]) => ({
        title,
        versions: versions
          .filter((version) => version.kind === kind)
          .map((version) => ({
            version: version.version,
            at: version.created_at,
            empty: version.content.trim() === '',
            content: version.content,
            questions:
              kind === 'form'
                ? Form.parse(JSON.parse(version.content)).questions.map(
                    (question) => `${question.wording} (${question.type})`,
                  )
                : [],
          })),
      })),
    },
  });
};
