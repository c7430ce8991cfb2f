/** The list of uploads and what they add up to; counted at every change, so that no view ever walks through all of them for a number. */

const UNDER_WAY = new Set(['waiting', 'hashing', 'sending', 'retrying'])
const LEFT_OUT = new Set(['failed', 'refused', 'conflict', 'cancelled'])

/** Not stored yet, and still being worked on. */
export function isUnderWay(upload) {
  return UNDER_WAY.has(upload.phase)
}

/** The service has confirmed the deposit; verified or not. */
export function isStored(upload) {
  return upload.phase === 'stored' || upload.phase === 'verified'
}

/** One upload per space and id, in the order in which they were added. `onChange()` is called at every change: throttle it. */
export function createUploads(onChange) {
  const byKey = new Map()
  const totals = emptyTotals()
  let list = null

  return {
    totals,
    get: (space, id) => byKey.get(keyOf(space, id)),
    /** All of them, as an array that is a new one only after something was added or taken off. */
    all: () => (list ??= [...byKey.values()]),
    put(upload) {
      upload.key = keyOf(upload.space, upload.id)
      this.remove(upload) // a second deposit under the same id goes to the end of the list
      byKey.set(upload.key, upload)
      count(totals, upload, 1)
      list = null
      onChange()
    },
    remove({ key }) {
      const upload = byKey.get(key)
      if (!upload) return
      count(totals, upload, -1)
      byKey.delete(key)
      list = null
      onChange()
    },
    set(upload, changes) {
      const listed = byKey.get(upload.key) === upload
      if (listed) count(totals, upload, -1)
      Object.assign(upload, changes)
      if (listed) count(totals, upload, 1)
      onChange()
    },
  }
}

/** The totals of a list, counted from scratch. */
export function totalsOf(uploads) {
  const totals = emptyTotals()
  for (const upload of uploads) count(totals, upload, 1)
  return totals
}

const keyOf = (space, id) => `${space}/${id}`

function emptyTotals() {
  return { phases: {}, files: 0, bytes: 0, sent: 0, underWayBySpace: new Map() }
}

/** `files`, `bytes` and `sent` are of those that are or can still be stored; `phases` counts all. */
function count(totals, upload, by) {
  totals.phases[upload.phase] = (totals.phases[upload.phase] ?? 0) + by
  if (LEFT_OUT.has(upload.phase)) return
  totals.files += by
  totals.bytes += by * upload.size
  totals.sent += by * (isStored(upload) ? upload.size : Math.min(upload.sent ?? 0, upload.size))
  if (isUnderWay(upload)) totals.underWayBySpace.set(upload.space, (totals.underWayBySpace.get(upload.space) ?? 0) + by)
}
