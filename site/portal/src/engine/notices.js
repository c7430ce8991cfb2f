/** Tells listeners that something changed: at once when it was quiet, and no more often than every so many milliseconds. */

export function createNotices({ every = 100, now = () => performance.now(), later = setTimeout, never = clearTimeout } = {}) {
  const listeners = new Set()
  let timer = null
  let last = -Infinity

  function ring() {
    timer = null
    last = now()
    for (const listener of listeners) listener()
  }

  return {
    tell: () => { timer ??= later(ring, Math.max(0, last + every - now())) },
    /** Calls the listener after changes; returns the function that ends it. */
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => { never(timer); listeners.clear() },
  }
}
