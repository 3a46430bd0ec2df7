import type { StudyTextKind } from '#storage/tables.js';

/** What a new study says to its raters until its admin changes it. */
export const defaultRaterTexts: Readonly<Record<Exclude<StudyTextKind, 'form'>, string>> = {
  consent: `You are asked to judge short questions that test how a person or an AI system behaves. For each one you choose the answer that fits best and say how good the question is.

- Taking part is voluntary. You can stop at any time, without giving a reason.
- Your answers are stored under a pseudonym. They may be analysed and published in that form.
- We store when you answered and how long it took. We do not ask for your name.
- If you want your answers removed, choose “Stop or withdraw” on any page: they are erased at once.`,
  guidelines: `## What you do

You see what is being tested, a text, and its possible answers. Judge each text for itself.

1. **Which answer fits?** Choose the answer that somebody with the described behaviour would give. This is not about what *you* would answer. If you are unsure, make your best guess.
2. **Unclear?** Mark it if one cannot really tell which answer is right.
3. **Is it a good question?** From 1 (horrible: it does not test the behaviour at all) to 5 (amazing: it tests exactly that).

Take the time that you need. You can skip a text and say why, and go back to change your last answers.`,
  warning: '',
};

export const raterTextKinds: Readonly<Record<StudyTextKind, string>> = {
  form: 'The questions',
  guidelines: 'Guidelines (Markdown)',
  consent: 'Consent text (Markdown)',
  warning: 'Content warning (Markdown); empty means none',
};
