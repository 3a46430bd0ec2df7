/**
 * The rating page by keys, with the next item at hand. Without it the page is a plain form. What is
 * on the screen is a RatingForm; what was answered goes through the Outbox; the item ahead waits as
 * text and is put up at once.
 */
import { isPlainKey, isText, keyOf } from './letter_keys.js';
import { RatingForm } from './rate_form.js';
import { base, csrf, rater, showKept, showStopped } from './rate_kept.js';
import { isStop, Outbox } from './rate_outbox.js';
import { takeTimes, whileAtWork } from './rate_time.js';

const main = document.getElementById('main');
const words = JSON.parse(main.dataset.words);
/** Where the page goes when nothing is left. */
const { end } = main.dataset;
const [status, done, left, bar, back, skip, flag, send, keys, guidelines] = [
  'status',
  'done',
  'left',
  'bar',
  'back',
  'skip',
  'flag',
  'send',
  'keys',
  'guidelines',
].map((id) => document.getElementById(id));

let screen = new RatingForm(document.getElementById('item'));
/** What stands behind an earlier answer that is open again: its form and where its Back led. */
let behind = null;
let ahead = null;
/** Counts the server's answers: an item fetched before one is old news after it. */
let turn = 0;
/** The item on the screen was sent and there is none to put up yet. */
let waiting = false;

const say = (text, loud = false) => {
  status.textContent = text;
  status.classList.toggle('loud', loud);
  delete status.dataset.answers;
};

/** Says something of the answers on the screen, which is no longer true once they change. */
function sayOfAnswers(text, loud = false) {
  say(text, loud);
  status.dataset.answers = '';
}

const formOf = ({ html }) => {
  const template = document.createElement('template');
  template.innerHTML = html;
  return new RatingForm(template.content.querySelector('form'));
};

function link(element, address) {
  for (const [name, value] of address === null
    ? [
        ['role', 'link'],
        ['aria-disabled', 'true'],
      ]
    : [['href', address]])
    element.setAttribute(name, value);
  for (const name of address === null ? ['href'] : ['role', 'aria-disabled'])
    element.removeAttribute(name);
}

const behaviourOf = (form) => form.element.querySelector('.behaviour');

/** Puts a form on the screen and the focus where a screen reader goes on reading. */
function show(form, previous) {
  const isNew = behaviourOf(form).textContent !== behaviourOf(screen).textContent;
  screen.element.replaceWith(form.element);
  screen = form;
  waiting = false;
  form.element.inert = false;
  form.mark();
  behaviourOf(form).classList.toggle('new', isNew);
  send.textContent = form.changing ? words.save : words.next;
  link(skip, form.changing ? null : `${base}/${form.id}/skip`);
  link(flag, `${base}/${form.id}/flag`);
  if (guidelines) link(guidelines, `${base}/${form.id}/guidelines`);
  link(back, previous ? `${base}/${previous}` : null);
  (isNew ? behaviourOf(form) : form.element.querySelector('.text')).focus({ preventScroll: true });
  scrollTo(0, 0);
}

const headers = {
  accept: 'application/json',
  'x-fragment': '1',
  'x-csrf-token': csrf,
  'x-rater': rater,
};

/**
 * This browser is somebody else's now, or the visit has ended: nothing goes on here, and what is
 * unsent stays kept.
 */
function stop(error) {
  outbox.stop();
  waiting = true;
  screen.element.inert = true;
  send.disabled = true;
  for (const way of [back, skip, flag]) link(way, null);
  say('');
  showStopped(error);
}

/** Asks the server for something; gives its answer, or null where this page is told to stop. */
async function ask(address, init = {}) {
  const response = await fetch(address, { ...init, headers });
  const answer = await response.json();
  if (response.ok || !isStop(response.status, answer.error)) return { ok: response.ok, answer };
  stop(answer.error);
  return null;
}

async function fetchAhead() {
  const asked = turn;
  try {
    const asks = await ask(`${base}/ahead`, {
      method: 'POST',
      body: new URLSearchParams({ have: screen.id }),
    });
    if (!asks?.ok || asked !== turn) return;
    ahead = asks.answer.ahead;
    if (waiting) showAhead();
  } catch {
    // The next answer brings one.
  }
}

/** Puts the item ahead on the screen, if there is one that is not there already or on its way. */
function showAhead() {
  if (ahead === null || ahead.id === screen.id || outbox.has(ahead.id)) return false;
  const next = formOf(ahead);
  ahead = null;
  show(next, screen.id);
  return true;
}

function showProgress({ done: sent, left: open }) {
  done.textContent = sent;
  left.textContent = main.dataset.left.replace('{left}', open);
  bar.max = Math.max(1, sent + open);
  bar.value = sent;
}

const outbox = new Outbox({
  address: base,
  rater,
  token: csrf,
  shown: () => (behind?.form ?? screen).id,
  sent(answer, entry, last) {
    if (outbox.isStopped) return;
    turn += 1;
    say(
      answer.outcome === 'saved' || answer.outcome === 'saved_again' ? words.saved : answer.message,
    );
    showProgress(answer.progress);
    ahead = answer.ahead;
    if (answer.shown === null) {
      if (last) location.assign(end);
      return;
    }
    const other = answer.shown.html !== null && answer.shown.id !== screen.id;
    // What somebody has begun to answer stays: it can still be sent, and the server's item follows
    // it.
    if (other && (waiting || (screen.empty && !screen.changing)))
      show(formOf(answer.shown), entry.id);
    else if (waiting) showAhead();
  },
  refused(error, entry) {
    say(`${error?.title ?? words.refused} ${error?.advice ?? ''} ${words.kept}`, true);
    if (screen.id === entry.id) {
      waiting = false;
      screen.element.inert = false;
    }
  },
  failing: () => say(outbox.durable ? words.unsaved : words.unsavedHere, true),
  stopped: stop,
  changed({ elsewhere }) {
    showKept(outbox);
    // Another tab has sent what this one was waiting for.
    if (elsewhere && waiting && !outbox.isStopped && !outbox.has(screen.id)) location.assign(end);
  },
});

/** Leads to a question; says so where it must be answered. */
function goTo(question, loud) {
  if (question === screen.open)
    sayOfAnswers(`${words.open} ${question.querySelector('.asked').textContent.trim()}`, loud);
  else say('');
  question.querySelector('input, textarea').focus();
}

/** Enter: goes on after a question with tick boxes, or sends. */
function goOn() {
  if (waiting) return;
  if (screen.pass() && screen.next) goTo(screen.next, false);
  else submit();
}

function submit() {
  if (waiting) return;
  if (screen.open) {
    goTo(screen.open, true);
    return;
  }
  const sent = screen;
  const { activeMs, visibleMs } = takeTimes();
  const times = [
    ['active_ms', String(activeMs)],
    ['visible_ms', String(visibleMs)],
  ];
  const entry = { ...sent.entry, fields: [...sent.fields, ...times] };
  say('');
  if (behind !== null) showBehind();
  else if (!showAhead()) {
    waiting = true;
    sent.element.inert = true;
  }
  outbox.add(entry);
}

/**
 * Opens the answer before, filled in; what is on the screen stays behind it, still this rater's.
 */
async function goBack() {
  const address = back.getAttribute('href');
  if (address === null || waiting) return;
  const from = screen;
  await outbox.idle();
  if (screen !== from || !(screen.changing || screen.empty)) return;
  try {
    const asks = await ask(address);
    if (asks === null) return;
    const { ok, answer } = asks;
    if (!ok) return say(`${answer.error.title} ${answer.error.advice}`, true);
    behind ??= { form: from, previous: idOf(address) };
    say('');
    show(formOf(answer), answer.previous);
  } catch {
    say(words.unreachable, true);
  }
}

function showBehind() {
  const { form, previous } = behind;
  behind = null;
  show(form, previous);
}

function cancelChange() {
  say('');
  if (behind === null) location.assign(screen.element.querySelector('.cancel').href);
  else showBehind();
}

/** Leaves the page once everything is sent. */
async function leaveBy(way) {
  if (!outbox.isStopped) say(words.saving);
  await outbox.idle();
  way();
}

const idOf = (address) => address.split('/').pop();

const letterKeys = {
  u: () => screen.toggleUnclear(),
  s: () => skip.click(),
  '?': () => keys.showModal(),
};

document.addEventListener('keydown', (event) => {
  if (outbox.isStopped || keys.open || !isPlainKey(event)) return;
  if (event.key === 'Escape' && screen.changing) return cancelChange();
  if (isText(event.target)) return;
  // By place on the keyboard: without Shift the upper row gives no digits on a French one, and the
  // number pad moves without NumLock.
  const [, row, digit] = /^(Digit|Numpad)([0-9])$/.exec(event.code) ?? [];
  if (event.key === digit || (row === 'Digit' && !event.shiftKey)) {
    event.preventDefault();
    const answered = waiting ? null : screen.answer(digit);
    if (answered === 'chosen') {
      if (screen.next) screen.next.querySelector('textarea')?.focus();
      else submit();
    } else if (answered === null && !waiting && !screen.addressed) sayOfAnswers(words.answered);
    return;
  }
  if (event.key === 'Backspace') {
    event.preventDefault();
    if (waiting || !screen.takeBack()) void goBack();
    return;
  }
  if (event.key === 'Enter' && !event.target.closest('a, button, summary')) {
    event.preventDefault();
    goOn();
    return;
  }
  const act = main.dataset.letters === 'on' && !waiting ? letterKeys[keyOf(event)] : undefined;
  if (act !== undefined) {
    event.preventDefault();
    act();
  }
});

document.addEventListener('change', () => {
  if ('answers' in status.dataset) say('');
});

document.addEventListener('submit', (event) => {
  if (event.target === screen.element) {
    event.preventDefault();
    submit();
  } else if (event.target.id === 'leave' && outbox.size > 0) {
    event.preventDefault();
    void leaveBy(() => event.target.submit());
  }
});

document.addEventListener('click', (event) => {
  const clicked = event.target.closest('a[href]');
  if (clicked === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (clicked === back) {
    event.preventDefault();
    void goBack();
  } else if (clicked.classList.contains('cancel')) {
    event.preventDefault();
    cancelChange();
  } else if (outbox.size > 0 && clicked.origin === location.origin && clicked.hash === '') {
    event.preventDefault();
    void leaveBy(() => location.assign(clicked.href));
  }
});

document.getElementById('keys-button').addEventListener('click', () => keys.showModal());

function reportActivity() {
  if (outbox.isStopped) return;
  ask(`${base}/${(behind?.form ?? screen).id}/activity`, { method: 'POST' }).catch(() => undefined);
}

if (base === '/rate') whileAtWork(reportActivity);

screen.mark();
outbox.resume();
if (!screen.changing) void fetchAhead();
