/** Which failures may pass, how long to wait before the next try, and when to stop trying. */

const MAY_PASS = new Set([0, 408, 429, 500, 502, 503, 504]) // 0: no answer at all
const LONGEST = 30_000 // ms
export const TRIES = 6

/** True for errors that carry a status which may be another one next time. */
export function mayPass(error) {
  return MAY_PASS.has(error?.status)
}

/** Milliseconds before try number `tried + 1`: doubles from one second, with jitter; the service's own wish wins, up to a minute. */
export function pauseAfter(tried, retryAfter, random) {
  if (retryAfter != null) return Math.min(retryAfter, 60) * 1000
  return Math.min(1000 * 2 ** (tried - 1), LONGEST) * (0.5 + random() / 2)
}

/**
 * `persist(attempt, {signal, onRetry})` repeats what may pass, six times. While nobody gets any answer the network is away (no cable, a sleeping
 * machine): that uses up no tries. A 401 waits for `signIn(signal)`. `onRetry({tried, of, seconds, reason})` tells before each pause.
 */
export function createPersistence({ signIn, wait = sleep, random = Math.random }) {
  let answers = 0 // to anybody: tells a bad request from a network that is away

  return async function persist(attempt, { signal, onRetry = () => {} } = {}) {
    let tried = 1
    for (let pauses = 1; ; ) {
      const before = answers
      try {
        const answer = await attempt()
        answers++
        return answer
      } catch (error) {
        signal?.throwIfAborted()
        if (error?.status > 0) answers++
        if (error?.status === 401) {
          await signIn(signal)
          continue
        }
        if (!mayPass(error)) throw error
        if (answers > before && ++tried > TRIES) throw error
        const ms = pauseAfter(pauses++, error.retryAfter, random)
        onRetry({ tried, of: TRIES, seconds: Math.ceil(ms / 1000), reason: error.message })
        await wait(ms, signal)
      }
    }
  }
}

/** Waits, or rejects with an AbortError as soon as the signal fires. */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done() {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    function stop() {
      clearTimeout(timer)
      reject(new DOMException('Cancelled', 'AbortError'))
    }
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The promise's value, or the abort's reason as soon as the signal fires; `late(value)` then gets what comes after all. */
export function unlessAborted(promise, signal, late = () => {}) {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(signal.reason)
      promise.then(late, () => {})
    }
    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
