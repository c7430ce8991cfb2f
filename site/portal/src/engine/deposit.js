/** What happens to one file: asked about, sent whole or in parts, and completed; again from the beginning where that can help. */
import { createBatches } from './batches.js'
import { Again, Conflict, Corrupted, Expired, Refused } from './failures.js'
import { sendParts } from './parts.js'
import { TRIES, pauseAfter, unlessAborted } from './retry.js'
import { isUnderWay } from './uploads.js'

const ROUNDS = 3 // from the beginning, when an address has expired or an upload was forgotten

/**
 * `deposit(upload, signal)` resolves when the service has confirmed that it stored the file, and rejects with the reason why it did not.
 *
 * Ports: service (uploads-api.js), put(address, blob, {signal, onProgress}), hash(file, {signal, onProgress}) -> {md5, sha256},
 * digest(blob, signal) -> sha256 in hex, notebook, lanes, persist, set(upload, changes), wait, random.
 */
export function createDeposits(ports) {
  const { service, lanes, put, hash, notebook, persist, set, wait, random } = ports
  const batchesBySpace = new Map()

  function batches(space) {
    if (!batchesBySpace.has(space)) {
      const batched = (call) => createBatches({ call: (questions) => persist(() => call(questions.map(({ body }) => body)), { onRetry: tellAll(questions) }) })
      batchesBySpace.set(space, {
        begin: batched((files) => service.begin(space, files)),
        complete: batched((uploads) => service.complete(space, uploads)),
      })
    }
    return batchesBySpace.get(space)
  }

  const tell = (upload) => (nextTry) => isUnderWay(upload) && set(upload, { phase: 'retrying', nextTry, reason: nextTry.reason })
  const tellAll = (questions) => (nextTry) => questions.forEach(({ upload }) => tell(upload)(nextTry))

  return async function deposit(upload, signal) {
    for (let round = 1; ; round++) {
      try {
        if (await begin(upload, signal)) return
        await send(upload, signal)
        return await complete(upload)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Again && round < TRIES) await pause(upload, error, round, signal)
        else if (error instanceof Expired && round < ROUNDS) forgetSession(upload)
        else throw error
      }
    }
  }

  /** Parts that have arrived are not sent again; a file in one piece that has arrived is there already. */
  async function pause(upload, error, tried, signal) {
    if (upload.session.state === 'parts') upload.session = { ...upload.session, resumed: true }
    else forgetSession(upload)
    const ms = pauseAfter(tried, null, random)
    tell(upload)({ tried: tried + 1, of: TRIES, seconds: Math.ceil(ms / 1000), reason: error.message })
    await wait(ms, signal)
  }

  /** True when the same bytes are there already. */
  async function begin(upload, signal) {
    if (upload.session) return false
    const { space, id, size, file } = upload
    if (size <= service.largestWhole) await checksums(upload, signal, 'hashing')
    const body = { id, size, ...upload.checksums, content_type: file.type || 'application/octet-stream', if_exists: upload.ifExists }
    if (file.lastModified) body.modified = new Date(file.lastModified).toISOString()
    const asked = batches(space).begin({ upload, body })
    const answer = await unlessAborted(asked, signal, (late) => late.upload && service.abort(space, late.upload).catch(() => {}))
    const mayBeTheSame = answer.state === 'here' || (answer.state === 'conflict' && answer.size === size)
    if (mayBeTheSame && !upload.checksums) {
      await checksums(upload, signal, 'hashing') // a large file: nothing is called the same before it was hashed here
      return begin(upload, signal)
    }
    if (answer.state === 'here') {
      set(upload, { alreadyThere: true })
      return true
    }
    if (answer.state === 'conflict') throw new Conflict(answer)
    if (answer.state === 'refused') throw new Refused(answer.reason)
    upload.session = answer
    if (answer.state === 'parts') notebook.keep(upload)
    return false
  }

  async function send(upload, signal) {
    const { session, file } = upload
    set(upload, { phase: 'sending', sent: 0, reason: null })
    const onRetry = tell(upload)
    const tryPut = (address, blob, onProgress, inner) =>
      persist(() => lanes.run((s) => put(address, blob, { signal: s, onProgress }), inner), { signal: inner, onRetry })

    if (session.state === 'send') {
      const progress = (sent) => set(upload, { phase: 'sending', sent, reason: null })
      for (let tried = 1; ; tried++) {
        try {
          return await tryPut(session, file, progress, signal)
        } catch (error) {
          if (!(error instanceof Corrupted) || tried === ROUNDS) throw error
        }
      }
    }
    await sendParts({ ...ports, put: tryPut, onRetry, checksums: (inner) => checksums(upload, inner) }, upload, signal)
  }

  /** Not given up half-way: what the service has been told to store is stored. */
  async function complete(upload) {
    const { session, checksums: { md5, sha256 } } = upload
    const answer = await batches(upload.space).complete({ upload, body: { upload: session.upload, md5, sha256 } })
    if (answer.state === 'stored') return
    if (answer.again) throw new Again(answer.reason)
    forgetSession(upload)
    throw new Error(answer.reason)
  }

  /** Goes on when the parts fail: who tries again does not wait for a large file to be hashed from its beginning once more. */
  async function checksums(upload, signal, phase) {
    if (upload.checksums) return
    set(upload, { reason: null, ...(phase && { phase }), ...(!upload.hashing && { hashed: 0 }) })
    upload.hashing ??= begin(upload.file)
    const found = await unlessAborted(upload.hashing.found, signal)
    set(upload, { checksums: found, hashing: null })

    function begin(file) {
      const stop = new AbortController()
      const found = hash(file, { signal: stop.signal, onProgress: (hashed) => set(upload, { hashed }) })
      found.catch(() => {}) // told to whoever waits for it
      return { found, stop: () => stop.abort() }
    }
  }

  function forgetSession(upload) {
    upload.session = null
    notebook.drop(upload)
  }
}
