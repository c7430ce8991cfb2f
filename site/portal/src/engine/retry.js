/** Which failures may pass, and how long to wait before the next try. */

const MAY_PASS = new Set([0, 429, 502, 503, 504]) // 0: no answer at all
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
