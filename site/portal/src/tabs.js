/** Lets one tab send at a time: two tabs with the same folder would send everything twice. */

/** Calls `onTurn()` when no other tab of this member is sending; resolves never before `done` does. `onWait()` when another one is first. */
export function takeTurn(name, { onTurn, onWait, signal, locks = globalThis.navigator?.locks }) {
  if (!locks) return onTurn()
  let mine = false
  const keep = () => {
    mine = true
    onTurn()
    return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  locks.request(name, { ifAvailable: true }, (lock) => {
    if (lock) return keep()
    onWait()
  }).then(() => {
    if (!mine && !signal.aborted) return locks.request(name, { signal }, keep)
  }).catch(() => {}) // the tab was closed, or the member signed out, while waiting
}
