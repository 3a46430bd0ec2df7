/**
 * Keeps `[data-fragment]` fresh: fetches its address every `data-every` milliseconds and puts the
 * answer in its place; goes to the page anew once the answer says `data-finished`. Stops while the
 * page is hidden. Without it, a link reloads.
 */
const place = document.querySelector('[data-fragment]');
if (place) {
  const every = Number(place.dataset.every ?? 1000);
  let timer;
  const refresh = async () => {
    try {
      const response = await fetch(place.dataset.fragment, {
        headers: { accept: 'text/html' },
        cache: 'no-store',
      });
      // Signed out meanwhile: the page that asks to sign in does not belong in here.
      if (response.redirected) {
        location.reload();
        return;
      }
      if (response.ok) {
        const parsed = new DOMParser().parseFromString(await response.text(), 'text/html');
        if (parsed.querySelector('[data-finished]')) {
          location.reload();
          return;
        }
        const focused = document.activeElement;
        // What is being read or filled in stays; a button that the page makes again keeps the
        // focus.
        if (!place.contains(focused) || focused.matches('button[id]')) {
          place.replaceChildren(...parsed.body.childNodes);
          place.dispatchEvent(new Event('refreshed', { bubbles: true }));
          if (!focused.isConnected)
            document.getElementById(focused.id)?.focus({ preventScroll: true });
        }
      }
    } catch {
      // A missed refresh is tried again at the next turn.
    }
    timer = setTimeout(refresh, every);
  };
  const restart = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(refresh, every);
  };
  document.addEventListener('visibilitychange', restart);
  restart();
}
