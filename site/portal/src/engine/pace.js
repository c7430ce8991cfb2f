/** How fast bytes go, over the last ten seconds, and how long the rest will take. */

const WINDOW = 10_000 // ms

export function createPace(now = () => performance.now()) {
  let samples = []

  return {
    /** Notes how much has been sent in all; less than before (a part begins again) counts as no progress. */
    note(sent) {
      const at = now()
      if (samples.length > 1 && at - samples.at(-2).at < 200) samples.pop()
      samples.push({ at, sent })
      // One that is older than the window is kept: else a slow connection would have nothing to be compared with.
      while (samples.length > 2 && samples[1].at < at - WINDOW) samples.shift()
    },
    /** Forgets what was: a pause is not slowness. */
    rest: () => { samples = [] },
    /** Bytes a second, or null while there is nothing to tell from. */
    speed() {
      const first = samples[0]
      const last = samples.at(-1)
      if (!first || last.at - first.at < 1000) return null
      return Math.max(0, last.sent - first.sent) / ((last.at - first.at) / 1000)
    },
    /** Seconds until `left` bytes have gone, or null. */
    secondsFor(left) {
      const speed = this.speed()
      return speed ? left / speed : null
    },
  }
}
