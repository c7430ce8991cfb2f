/** The one place from which something is read aloud: a single polite live region listens here. */

const listeners = new Set()

/** Has the sentence read by screen readers when they are idle. */
export function announce(sentence) {
  for (const listener of listeners) listener(sentence)
}

/** Calls the listener with each sentence; returns the function that ends it. */
export function onAnnouncement(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
