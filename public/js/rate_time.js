/** Time in use: the page is visible and something was done in the last minute. */
const idleAfter = 60_000;
const pingEvery = 45_000;

let used = 0;
let since = document.hidden ? null : performance.now();
let lastAct = performance.now();
let actedSincePing = false;

const settle = () => {
  const now = performance.now();
  if (since !== null) used += Math.max(0, Math.min(now, lastAct + idleAfter) - since);
  since = document.hidden ? null : now;
};

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

/** Milliseconds in use since the last call: those of the item that is leaving the screen. */
export const takeActiveMs = () => {
  settle();
  const taken = Math.round(used);
  used = 0;
  return taken;
};

/** Calls `ping` now and then while somebody is at work. */
export const whileAtWork = (ping) =>
  setInterval(() => {
    if (!actedSincePing || document.hidden) return;
    actedSincePing = false;
    ping();
  }, pingEvery);
