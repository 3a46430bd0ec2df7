/**
 * The list of answers that are not saved, with what can be done, and the notice of a page that can
 * send nothing.
 */
import { isStale } from './rate_unsent.js';

const panel = document.getElementById('kept');
const notice = document.getElementById('stopped');
const words = JSON.parse(panel.dataset.words);
const main = document.getElementById('main');
main.tabIndex = -1;

/** Whose page this is, where its answers go, and the token of its session. */
export const { base, rater, csrf } = panel.dataset;

/** Says that this page can send nothing any more, and what to do. */
export function showStopped(error) {
  notice.querySelector('strong').textContent = error?.title ?? '';
  notice.querySelector('span').textContent = error?.advice ?? '';
  notice.hidden = false;
  notice.focus();
}

function reasonOf(entry) {
  if (entry.refused) return `${entry.refused.title} ${entry.refused.advice}`;
  return isStale(entry) ? words.stale : words.unsent;
}

function copy(entry, button) {
  const answers = entry.answers.map(([asked, given]) => `${asked} ${given}`);
  const text = [entry.text, ...answers].join('\n');
  void navigator.clipboard.writeText(text).then(() => (button.textContent = words.copied));
}

function lineOf(entry, outbox) {
  const line = panel.querySelector('template').content.cloneNode(true).firstElementChild;
  const [text, reason] = ['.kept-text', '.fault'].map((part) => line.querySelector(part));
  const [again, copies, discard] = ['again', 'copy', 'discard'].map((act) =>
    line.querySelector(`[data-act="${act}"]`),
  );
  text.textContent = entry.text;
  reason.textContent = reasonOf(entry);
  for (const [asked, given] of entry.answers) {
    const [term, detail] = ['dt', 'dd'].map((name) => document.createElement(name));
    line.querySelector('dl').append(term, detail);
    term.textContent = asked;
    detail.textContent = given;
    detail.dir = 'auto';
  }
  const then = (act) => () => {
    act();
    // The button is gone: the focus stays near.
    (panel.hidden ? main : panel.querySelector('summary')).focus();
  };
  again.hidden = outbox.isStopped;
  again.addEventListener(
    'click',
    then(() => outbox.again(entry)),
  );
  copies.hidden = !navigator.clipboard;
  copies.addEventListener('click', () => copy(entry, copies));
  discard.addEventListener(
    'click',
    then(() => confirm(words.discardAsk) && outbox.discard(entry)),
  );
  return line;
}

/** Brings the list up to date. */
export function showKept(outbox) {
  const { kept } = outbox;
  panel.hidden = kept.length === 0;
  panel.querySelector('summary').textContent =
    kept.length === 1 ? words.one : words.many.replace('{n}', kept.length);
  panel.querySelector('ul').replaceChildren(...kept.map((entry) => lineOf(entry, outbox)));
}
