/** Sends a large file part by part, several at a time, each with its own checksum in the signature; parts that are there already are not sent. */
import { createBatches } from './batches.js'
import { Changed, Corrupted, Expired } from './failures.js'
import { LANES } from './lanes.js'

const AHEAD = LANES + 2 // parts that are hashed and signed while the lanes are busy
const TRIES = 3 // with a new signature, or of a part that arrived damaged

/** Resolves when all parts are there and the whole has its checksums. `put(address, blob, onProgress, signal)` waits for a lane itself. */
export async function sendParts({ service, put, digest, persist, set, onRetry, checksums }, upload, signal) {
  const { space, file, size, session } = upload
  const stop = new AbortController()
  const inner = AbortSignal.any([signal, stop.signal])
  const there = session.resumed ? await listParts() : new Map()
  const partSize = session.part_size
  const count = Math.ceil(size / partSize)
  const sign = createBatches({ most: 100, linger: 2, call: (parts) => persist(() => service.sign(space, session.upload, parts), { signal: inner, onRetry }) })
  const running = new Map() // bytes of parts on the way, by number
  let done = 0
  let next = 1

  function tell() {
    let sent = done
    for (const bytes of running.values()) sent += bytes
    set(upload, { phase: 'sending', sent, reason: null })
  }

  async function worker() {
    while (next <= count && !inner.aborted) await part(next++)
  }

  async function part(number) {
    const blob = file.slice((number - 1) * partSize, Math.min(number * partSize, size))
    const sha256 = await digest(blob, inner)
    if (there.get(number) !== sha256) await send(number, blob, sha256)
    running.delete(number)
    done += blob.size
    tell()
  }

  async function send(number, blob, sha256) {
    for (let tried = 1; ; tried++) {
      const address = await sign({ number, sha256 })
      try {
        return await put(address, blob, (sent) => { running.set(number, sent); tell() }, inner)
      } catch (error) {
        inner.throwIfAborted()
        if (!(error instanceof Expired || error instanceof Corrupted) || tried === TRIES) throw error
        if (error instanceof Corrupted && (await digest(blob, inner)) !== sha256) throw new Changed()
      }
    }
  }

  async function listParts() {
    const found = new Map()
    for (let after; ; ) {
      const page = await persist(() => service.parts(space, session.upload, after), { signal: inner, onRetry })
      if (page.size !== size) throw new Expired('The upload that was begun is of another file.')
      session.part_size = page.part_size
      for (const { number, sha256 } of page.parts) found.set(number, sha256)
      if (page.next == null) return found
      after = page.next
    }
  }

  try {
    await Promise.all([checksums(inner), ...Array.from({ length: Math.min(count, AHEAD) }, worker)])
  } catch (error) {
    stop.abort(error)
    throw signal.aborted ? signal.reason : error
  }
  signal.throwIfAborted()
}
