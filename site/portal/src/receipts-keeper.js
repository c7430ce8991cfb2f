/** Has the service keep a receipt of what was deposited, as soon as nothing of that space is under way any more. */
import { sleep } from './engine/retry.js'

const MOST = 1000 // files of one receipt
const AGAIN = 30_000 // ms

/** Ports: write(space, ids) asks for a receipt; isBusy(space) tells whether files are on their way; onKept(space) is called after each. */
export function createReceiptsKeeper({ write, isBusy, onKept = () => {}, wait = sleep }) {
  const waiting = new Map() // ids by space
  const writing = new Set()
  let closed = false

  async function keep(space) {
    const ids = waiting.get(space)
    if (closed || writing.has(space) || !ids?.length || (ids.length < MOST && isBusy(space))) return
    const some = ids.splice(0, MOST)
    writing.add(space)
    try {
      await write(space, some)
      onKept(space)
    } catch (error) {
      // What is refused is refused the next time as well; the session's own receipt has it all the same.
      const again = error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500
      if (again) {
        ids.unshift(...some)
        await wait(AGAIN)
      }
    } finally {
      writing.delete(space)
    }
    keep(space)
  }

  return {
    /** A file is stored, or was there already. */
    add({ space, id }) {
      if (!waiting.has(space)) waiting.set(space, [])
      waiting.get(space).push(id)
      if (waiting.get(space).length >= MOST) keep(space)
    },
    /** Something changed: perhaps it was the last one. */
    look() {
      for (const space of waiting.keys()) keep(space)
    },
    close: () => (closed = true),
  }
}
