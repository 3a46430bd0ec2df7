import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';

const Script = z.object({ takeTimes: z.function({ input: [], output: z.unknown() }) });
const page = { hidden: false };
let listeners: Record<string, () => void>;

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ['performance', 'setInterval'] });
  listeners = {};
  page.hidden = false;
  const addEventListener = (kind: string, listener: () => void) => {
    listeners[kind] = listener;
  };
  vi.stubGlobal('addEventListener', addEventListener);
  vi.stubGlobal('document', {
    addEventListener,
    get hidden() {
      return page.hidden;
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const address = `${process.cwd()}/public/js/rate_time.js`;
const open = async () => Script.parse({ ...(await import(address)) });
const hide = (hidden: boolean) => {
  page.hidden = hidden;
  listeners.visibilitychange?.();
};

test('active time ends 60 s after the last input, visible time goes on', async () => {
  const { takeTimes } = await open();
  vi.advanceTimersByTime(30_000);
  listeners.keydown?.();
  vi.advanceTimersByTime(100_000);
  expect(takeTimes()).toEqual({ activeMs: 90_000, visibleMs: 130_000 });
  expect(takeTimes()).toEqual({ activeMs: 0, visibleMs: 0 });
});

test('a hidden page counts nothing', async () => {
  const { takeTimes } = await open();
  vi.advanceTimersByTime(10_000);
  hide(true);
  vi.advanceTimersByTime(20_000);
  hide(false);
  vi.advanceTimersByTime(5_000);
  expect(takeTimes()).toEqual({ activeMs: 15_000, visibleMs: 15_000 });
});

test('a computer that slept counts nothing, whether its clock ran on or not', async () => {
  const { takeTimes } = await open();
  vi.advanceTimersByTime(10_000);
  // The clock jumps and no timer ran meanwhile.
  const slept = performance.now() + 3_600_000;
  const clock = vi.spyOn(performance, 'now').mockReturnValue(slept);
  listeners.keydown?.();
  clock.mockReturnValue(slept + 1_000);
  expect(takeTimes()).toEqual({ activeMs: 11_000, visibleMs: 11_000 });
  clock.mockRestore();
});
