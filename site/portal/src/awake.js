/** Keeps the screen, and with it the machine, awake while something is being sent; browsers that cannot are left alone. */

/** `update(wanted)` asks for or gives back the lock. The browser takes it away from hidden windows: it is asked for again when they come back. */
export function createAwake({ wakeLock = globalThis.navigator?.wakeLock, page = globalThis.document } = {}) {
  let lock = null
  let wanted = false

  async function ask() {
    if (!wanted || lock || !wakeLock || page.visibilityState !== 'visible') return
    lock = wakeLock.request('screen').catch(() => null) // a low battery refuses it
    const got = await lock
    if (!got || !wanted) {
      got?.release()
      lock = null
      return
    }
    got.addEventListener('release', () => { lock = null }, { once: true })
  }

  page?.addEventListener('visibilitychange', ask)
  return {
    update(now) {
      if (now === wanted) return
      wanted = now
      if (wanted) ask()
      else lock?.then((got) => got?.release())
    },
    close() {
      this.update(false)
      page?.removeEventListener('visibilitychange', ask)
    },
  }
}
