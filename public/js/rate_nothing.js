/** Where there is nothing to rate: sends what is unsent, shows what is kept. */
import { base, csrf, rater, showKept, showStopped } from './rate_kept.js';
import { Outbox } from './rate_outbox.js';

const main = document.getElementById('main');
const status = document.getElementById('status');
const words = JSON.parse(main.dataset.words);

const say = (text, loud = false) => {
  status.textContent = text;
  status.classList.toggle('loud', loud);
};

const outbox = new Outbox({
  address: base,
  rater,
  token: csrf,
  shown: () => null,
  sent: (_answer, _entry, last) => last && location.replace(base),
  refused: (error) => say(`${error?.title ?? words.refused} ${error?.advice ?? ''}`, true),
  failing: () => say(outbox.durable ? words.unsaved : words.unsavedHere, true),
  stopped: showStopped,
  changed: () => showKept(outbox),
});

if (main.dataset.reason === 'withdrawn') outbox.forget();
else if (main.dataset.reason === 'left') outbox.stop();
else outbox.resume();
