/** So many transfers at a time and no more, shared by all files; and the reasons for which all of them are held back. */

/** Browsers open six connections to a server: five carry bytes, one is left for questions. */
export const LANES = 5

export function createLanes(count = LANES) {
  const holds = new Set()
  const freed = new Set() // called when a hold ends
  let free = count
  let waiting = []
  let interruption = new AbortController()

  function fill() {
    while (holds.size === 0 && free > 0 && waiting.length > 0) {
      free--
      waiting.shift()()
    }
  }

  function turn(signal) {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting = waiting.filter((each) => each !== begin)
        reject(signal.reason)
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.push(begin)
      fill()
    })
  }

  return {
    holds,
    /** Runs `task(signal)` in a lane. A hold interrupts it; it begins again when the last hold has ended. */
    async run(task, signal) {
      for (;;) {
        await turn(signal)
        const held = interruption.signal
        try {
          return await task(AbortSignal.any([signal, held]))
        } catch (error) {
          if (!held.aborted || signal.aborted) throw error
        } finally {
          free++
          fill()
        }
      }
    },
    hold(reason) {
      holds.add(reason)
      interruption.abort(new DOMException('Held back', 'AbortError'))
      interruption = new AbortController()
    },
    release(reason) {
      if (!holds.delete(reason)) return
      for (const check of [...freed]) check()
      fill()
    },
    /** Resolves when this hold has ended. */
    until(reason, signal) {
      return new Promise((resolve, reject) => {
        const check = () => holds.has(reason) || end(resolve)
        const giveUp = () => end(reject, signal.reason)
        const end = (settle, value) => {
          freed.delete(check)
          signal?.removeEventListener('abort', giveUp)
          settle(value)
        }
        if (signal?.aborted) return giveUp()
        signal?.addEventListener('abort', giveUp, { once: true })
        freed.add(check)
        check()
      })
    },
  }
}
