/** Takes files through hashing and sending in a few lanes; knows nothing of pages, workers or HTTP. */
import { contentId, problemWithId } from '../content-id.js'
import { sameBytes } from '../verdict.js'
import { TRIES, mayPass, pauseAfter, sleep } from './retry.js'

const LANES = 3

/**
 * Phases of an upload:
 * waiting -> hashing -> sending (<-> retrying) -> stored -> verified; or refused (bad name), failed, cancelled.
 * `stored` is set by the service's 201 (or by finding the same bytes already there), `verified` by the watcher only.
 *
 * Ports: hash(file, {signal, onProgress}) -> {md5, sha256}; find(space, id) -> item or null;
 * send({space, id, file, md5}, {signal, onProgress}), resolves when stored; onStored(upload); onChange().
 */
export function createEngine({ hash, find, send, onStored, onChange, lanes = LANES, wait = sleep, random = Math.random }) {
  const uploads = new Map() // by space and id
  let queue = []
  let busy = 0
  let paused = false

  function set(upload, changes) {
    Object.assign(upload, changes)
    onChange()
  }

  /** Queues files for a space; returns the ids that are under way already and were left alone. */
  function add(space, files) {
    const alreadyHere = []
    for (const { file, path } of files) {
      const id = contentId(path)
      const key = `${space}/${id}`
      const before = uploads.get(key)
      if (before && isUnderWay(before)) {
        alreadyHere.push(id)
        continue
      }
      uploads.delete(key) // a second deposit under the same id goes to the end of the list
      const problem = problemWithId(id)
      const upload = { key, space, id, file, size: file.size, phase: problem ? 'refused' : 'waiting', reason: problem }
      uploads.set(key, upload)
      if (!problem) queue.push(upload)
    }
    onChange()
    fill()
    return alreadyHere
  }

  function fill() {
    while (!paused && busy < lanes && queue.length > 0) {
      busy++
      lane().finally(() => {
        busy--
        fill()
      })
    }
  }

  async function lane() {
    while (!paused && queue.length > 0) {
      const upload = queue.shift()
      if (upload.phase === 'waiting') await deposit(upload)
    }
  }

  async function deposit(upload) {
    const abort = new AbortController()
    const { signal } = abort
    upload.abort = abort
    try {
      if (!upload.checksums) {
        set(upload, { phase: 'hashing', hashed: 0 })
        upload.checksums = await hash(upload.file, { signal, onProgress: (hashed) => set(upload, { hashed }) })
        signal.throwIfAborted()
      }
      const alreadyThere = await persistently(upload, signal)
      set(upload, { phase: 'stored', sent: upload.size, reason: null, alreadyThere })
      onStored(upload)
    } catch (error) {
      if (signal.aborted) return set(upload, { phase: 'cancelled', reason: null })
      if (error?.status === 409) upload.checksums = null // the file may have changed since: hash again on a retry
      set(upload, { phase: 'failed', reason: inWords(error), conflict: error instanceof Conflict })
    }
  }

  async function persistently(upload, signal) {
    for (let tried = 1; ; tried++) {
      try {
        return await deliver(upload, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!mayPass(error) || tried >= TRIES) throw error
        const ms = pauseAfter(tried, error.retryAfter, random)
        set(upload, { phase: 'retrying', sent: 0, reason: error.message, nextTry: { tried: tried + 1, of: TRIES, seconds: Math.ceil(ms / 1000) } })
        await wait(ms, signal)
      }
    }
  }

  /** True when the same bytes were there already and nothing was sent; also after a try whose answer got lost. */
  async function deliver(upload, signal) {
    set(upload, { phase: 'sending', sent: 0 })
    const there = await find(upload.space, upload.id)
    signal.throwIfAborted()
    if (sameBytes(there, upload.checksums)) return true
    if (there && !upload.mayReplace) throw new Conflict()
    upload.mayReplace = true // from here on, what is found may be our own earlier try
    const { space, id, file, checksums } = upload
    await send({ space, id, file, md5: checksums.md5 }, { signal, onProgress: (sent) => set(upload, { sent }) })
    return false
  }

  /** Tries a failed or cancelled upload again; `replace` allows to replace an item with other bytes. */
  function retry(upload, { replace = false } = {}) {
    if (upload.phase !== 'failed' && upload.phase !== 'cancelled') return
    if (replace) upload.mayReplace = true
    queue.push(upload)
    set(upload, { phase: 'waiting', reason: null, conflict: false, sent: 0, item: null, verdict: null })
    fill()
  }

  function cancel(upload) {
    if (upload.phase === 'waiting') set(upload, { phase: 'cancelled' })
    else if (isUnderWay(upload)) upload.abort.abort()
  }

  /** Takes an upload that is at rest off the list; what is stored stays stored. */
  function forget(upload) {
    if (isUnderWay(upload)) return
    uploads.delete(upload.key)
    onChange()
  }

  return {
    add,
    retry,
    cancel,
    forget,
    /** Files being sent are finished, no other one begins. */
    pause: () => { paused = true; onChange() },
    resume: () => { paused = false; onChange(); fill() },
    isPaused: () => paused,
    uploads: () => [...uploads.values()],
    set,
    stop: () => {
      queue = []
      for (const upload of uploads.values()) cancel(upload)
    },
  }
}

/** Something of this name with other bytes is in the space: only the member can decide. */
class Conflict extends Error {
  constructor() {
    super('The space already holds an item of this name with other content. Nothing was sent.')
  }
}

/** Not stored yet, and still being worked on. */
export function isUnderWay(upload) {
  return ['waiting', 'hashing', 'sending', 'retrying'].includes(upload.phase)
}

function inWords(error) {
  switch (error?.status) {
    case 401: return 'The service no longer accepts your password. Sign out and in again.'
    case 403: return 'You may not write in this space.'
    case 409: return 'The bytes that arrived differ from the bytes hashed here. Nothing was stored.'
    default: return error?.message ?? String(error)
  }
}
