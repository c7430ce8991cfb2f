/** Takes files from a choice to the service's confirmation, many at a time and in order; knows nothing of pages, workers or HTTP. */
import { contentId, problemWithId } from '../content-id.js'
import { createDeposits } from './deposit.js'
import { Conflict, Corrupted, inWords } from './failures.js'
import { createLanes } from './lanes.js'
import { createPersistence, sleep } from './retry.js'
import { createUploads, isUnderWay } from './uploads.js'

const AHEAD = 100 // files that are begun at a time: enough that questions go in full batches
const AHEAD_BYTES = 128 << 20 // not yet sent of those: addresses are good for minutes only

/**
 * Phases of an upload:
 * waiting -> hashing and sending (<-> retrying) -> stored -> verified; or refused (bad name, or the service will never take it), conflict (other bytes
 * are there), failed, cancelled. `stored` is set by the service's word only (`alreadyThere`: nothing had to be sent), `verified` by the watcher.
 *
 * All are held back while `holds` has a reason: 'member' (pause), 'sign-in', 'other tab'.
 * Ports: those of createDeposits; onStored(upload); onChange(), called at every change: throttle it.
 */
export function createEngine({ service, put, hash, digest, notebook, onStored, onChange, lanes = createLanes(), wait = sleep, random = Math.random }) {
  const uploads = createUploads(onChange)
  const { set } = uploads
  const atWork = new Set()
  let queue = []
  let at = 0 // the queue is read from here: taking off its front would copy it every time

  const persist = createPersistence({
    wait,
    random,
    signIn: (signal) => {
      hold('sign-in')
      return lanes.until('sign-in', signal)
    },
  })
  const deposit = createDeposits({ service, put, hash, digest, notebook, lanes, persist, wait, random, set: (upload, changes) => { set(upload, changes); if (changes.sent) fill() } })

  /** Queues files ({file, path}) for a space; returns the ids that are under way already and were left alone. */
  function add(space, files, { ifExists = 'skip' } = {}) {
    const alreadyHere = []
    for (const { file, path } of files) {
      const id = contentId(path)
      const before = uploads.get(space, id)
      if (before && isUnderWay(before)) {
        alreadyHere.push(id)
        continue
      }
      if (before) stopHashing(before)
      const problem = problemWithId(id)
      const upload = { space, id, file, size: file.size, phase: problem ? 'refused' : 'waiting', reason: problem, ifExists, sent: 0 }
      uploads.put(upload)
      if (problem) continue
      upload.session = notebook.sessionOf(upload)
      notebook.keep(upload)
      queue.push(upload)
    }
    fill()
    return alreadyHere
  }

  function fill() {
    while (lanes.holds.size === 0 && at < queue.length && hasRoom()) {
      const upload = queue[at++]
      if (upload.phase === 'waiting') run(upload)
    }
    if (at === queue.length) [queue, at] = [[], 0]
  }

  function hasRoom() {
    if (atWork.size >= AHEAD) return false
    let left = 0
    for (const upload of atWork) left += upload.size - (upload.sent ?? 0)
    return left < AHEAD_BYTES
  }

  async function run(upload) {
    const abort = new AbortController()
    upload.abort = abort
    atWork.add(upload)
    set(upload, { phase: 'sending', sent: 0 }) // at once: one that waits twice in the queue begins once
    try {
      await deposit(upload, abort.signal)
      set(upload, { phase: 'stored', sent: upload.size, reason: null, storedAt: new Date().toISOString() })
      notebook.drop(upload)
      onStored(upload)
    } catch (error) {
      end(upload, error, abort.signal.aborted)
    } finally {
      atWork.delete(upload)
      fill()
    }
  }

  function stopHashing(upload) {
    upload.hashing?.stop()
    upload.hashing = null
  }

  function end(upload, error, cancelled) {
    const changed = !(error?.status >= 0 || error instanceof Corrupted) // perhaps: not what the network did
    if (cancelled || changed) stopHashing(upload)
    if (cancelled) {
      if (upload.session) service.abort(upload.space, upload.session.upload).catch(() => {}) // the service forgets it after a week anyway
      upload.session = null
      notebook.drop(upload)
      return set(upload, { phase: 'cancelled', reason: null, sent: 0 })
    }
    if (error instanceof Conflict) return set(upload, { phase: 'conflict', reason: error.message, conflict: error.there, sent: 0 })
    if (changed) upload.checksums = null
    if (upload.session) upload.session = upload.session.state === 'parts' ? { ...upload.session, resumed: true } : null
    set(upload, { phase: error?.refused ? 'refused' : 'failed', reason: inWords(error), sent: 0 })
  }

  /** Tries one that did not get there again; `replace` puts it over an item with other bytes, `id` under another name. */
  function retry(upload, { replace = false, id = upload.id } = {}) {
    if (!['failed', 'refused', 'conflict', 'cancelled'].includes(upload.phase) || problemWithId(id)) return
    const there = uploads.get(upload.space, id)
    if (there && there !== upload && isUnderWay(there)) return
    if (id === upload.id) set(upload, { phase: 'waiting' })
    else uploads.remove(upload), uploads.put(Object.assign(upload, { id, phase: 'waiting', session: null }))
    set(upload, { reason: null, conflict: null, sent: 0, item: null, verdict: null, ifExists: replace ? 'replace' : upload.ifExists })
    notebook.keep(upload)
    queue.push(upload)
    fill()
  }

  function cancel(upload) {
    if (upload.phase === 'waiting') end(upload, null, true)
    else if (isUnderWay(upload)) upload.abort.abort()
  }

  /** Takes an upload that is at rest off the list; what is stored stays stored. */
  function forget(upload) {
    if (isUnderWay(upload)) return
    stopHashing(upload)
    notebook.drop(upload)
    uploads.remove(upload)
  }

  function hold(reason) {
    if (lanes.holds.has(reason)) return
    lanes.hold(reason)
    onChange()
  }

  function release(reason) {
    lanes.release(reason)
    fill()
    onChange()
  }

  return {
    add,
    retry,
    cancel,
    forget,
    /** Stops what is being sent, too; parts that are there stay there. */
    pause: () => hold('member'),
    resume: () => release('member'),
    hold,
    release,
    holds: lanes.holds,
    uploads: uploads.all,
    get: uploads.get,
    totals: uploads.totals,
    set,
    /** Leaves everything as it is: what was under way goes on when the files are chosen again. */
    stop() {
      queue = []
      at = 0
      lanes.hold('stopped')
    },
  }
}
