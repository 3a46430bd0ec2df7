import { expect, test } from 'vitest';
import { enteredOf } from '#studies/editor/entered.js';
import { currentForm, currentText, presentSettings, requireStudy } from '#studies/study.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { openSite } from '../support/site.js';

const open = [false, true];

test.each(open)(
  'an edit that changes nothing has no line of the audit log (opened: %s)',
  async (opened) => {
    const site = await openSite();
    const { database, db } = site.server.application;
    const { public_id: id } = await buildStudy(database, {
      datasets: [{ examples: plainExamples(4) }],
      open: opened,
    });
    const edits = async (): Promise<number> => {
      const { lines } = await db
        .selectFrom('audit_event')
        .select((eb) => eb.fn.countAll<number>().as('lines'))
        .where('action', '=', 'study.edit')
        .executeTakeFirstOrThrow();
      return Number(lines);
    };
    const study = await requireStudy(db, id);
    const settings = presentSettings(study);
    const patch = async (body: unknown): Promise<void> => {
      const { status } = await fetch(new URL(`/api/v1/studies/${id}`, site.address), {
        method: 'PATCH',
        headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(status).toBe(200);
    };
    await patch({ title: study.title });
    await patch({ settings: { threshold: settings.threshold } });
    expect(await edits()).toBe(0);
    await patch({ settings: { threshold: 0.85 } });
    expect(await edits()).toBe(1);

    const { form } = await currentForm(db, study.id);
    const text = async (kind: 'guidelines' | 'consent' | 'warning'): Promise<string> =>
      (await currentText(db, study.id, kind))?.content ?? '';
    const entered = enteredOf({
      title: study.title,
      settings: { ...settings, threshold: 0.85 },
      form,
      texts: {
        guidelines: await text('guidelines'),
        consent: await text('consent'),
        warning: await text('warning'),
      },
    });
    const fields: Record<string, string> = { datasets: settings.datasets[0] ?? '' };
    for (const [name, value] of Object.entries(entered))
      if (typeof value === 'string') fields[name] = value;
    for (const [index, { type, id: name, wording, ...question }] of entered.questions.entries())
      for (const [field, value] of Object.entries({ type, id: name, wording, ...question.fields }))
        fields[`q${index}_${field}`] = value;
    const admin = await site.visitor('admin');
    const send = async (sent: Record<string, string>): Promise<void> => {
      const { status } = await admin.post(`/studies/${id}/edit`, sent, `/studies/${id}/edit`);
      expect(status).toBe(303);
    };
    await send({ ...fields, guidelines: 'Read slowly.' });
    expect(await edits()).toBe(2);
    await send({ ...fields, guidelines: 'Read slowly.' });
    expect(await edits()).toBe(2);
  },
);
