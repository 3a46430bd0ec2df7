/**
 * Two times of the item on the screen. Visible: the page is visible. Active: it is visible and
 * something was done in the last minute.
 */
const idleAfter = 60_000;
const pingEvery = 45_000;
const beatEvery = 1_000;
/** A longer span without a beat is that of a computer that slept, and counts as neither. */
const longestBeat = 5_000;

let active = 0;
let visible = 0;
let since = document.hidden ? null : performance.now();
let lastAct = performance.now();
let actedSincePing = false;

const settle = () => {
  const now = performance.now();
  if (since !== null && now - since <= longestBeat) {
    visible += now - since;
    active += Math.max(0, Math.min(now, lastAct + idleAfter) - since);
  }
  since = document.hidden ? null : now;
};

setInterval(settle, beatEvery);
for (const kind of ['keydown', 'pointerdown', 'pointermove', 'scroll', 'touchstart']) {
  addEventListener(
    kind,
    () => {
      settle();
      lastAct = performance.now();
      actedSincePing = true;
    },
    { passive: true, capture: true },
  );
}
document.addEventListener('visibilitychange', settle);

/** Milliseconds since the last call: those of the item that is leaving the screen. */
export const takeTimes = () => {
  settle();
  const taken = { activeMs: Math.round(active), visibleMs: Math.round(visible) };
  active = 0;
  visible = 0;
  return taken;
};

/** Calls `ping` now and then while somebody is at work. */
export const whileAtWork = (ping) =>
  setInterval(() => {
    if (!actedSincePing || document.hidden) return;
    actedSincePing = false;
    ping();
  }, pingEvery);
