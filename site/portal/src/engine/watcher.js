/** Looks at stored items until the service has verified every copy. */
import { justBefore } from '../content-id.js'
import { verdictOn } from '../verdict.js'
import { sleep } from './retry.js'

const FIRST_LOOK = 600 // ms after the deposit, growing to LAST_LOOK
const LAST_LOOK = 30_000
const TICK = 300
const PAGE = 100
// The record may lag behind the deposit and still describe what was there before; only then is it a difference.
const PATIENCE = 60_000

/**
 * Ports: items(space, {after, limit}) -> {items}; stores() -> list; set(upload, changes).
 * One page of a listing answers for many uploads, so thousands of files cost tens of requests.
 */
export function createWatcher({ items, stores, set, wait = sleep, now = Date.now }) {
  const watched = new Set()
  let running = false
  let stopped = false

  function watch(upload) {
    upload.look = { at: now() + FIRST_LOOK, pause: FIRST_LOOK, since: now() }
    watched.add(upload)
    if (!running) run()
  }

  async function run() {
    running = true
    while (watched.size > 0 && !stopped) {
      await wait(TICK)
      const due = [...watched].find((upload) => upload.look.at <= now())
      if (due) await look(due)
    }
    running = false
  }

  async function look(first) {
    const neighbours = [...watched].filter((upload) => upload.space === first.space)
    let page
    try {
      page = await items(first.space, { after: justBefore(first.id), limit: Math.min(PAGE, neighbours.length) })
    } catch {
      return later(first) // the deposit is safe; its verification can be read another time
    }
    const itemsById = new Map(page.items.map((item) => [item.id, item]))
    for (const upload of neighbours) {
      if (upload === first || itemsById.has(upload.id)) judge(upload, itemsById.get(upload.id) ?? null)
    }
  }

  function judge(upload, item) {
    if (upload.phase !== 'stored') return watched.delete(upload)
    const verdict = verdictOn(item, upload.checksums, stores())
    if (verdict === 'verified') {
      watched.delete(upload)
      set(upload, { phase: 'verified', item, verdict })
    } else if (verdict === 'differs' && now() - upload.look.since > PATIENCE) {
      watched.delete(upload)
      set(upload, { phase: 'failed', item, verdict, reason: 'The service’s record has other checksums than this file. Somebody may have deposited another version since.' })
    } else {
      // While an older version's record is still there, its copies say nothing about this deposit.
      set(upload, { item: verdict === 'differs' ? null : item, verdict })
      later(upload)
    }
  }

  function later(upload) {
    const pause = Math.min(upload.look.pause * 1.5, LAST_LOOK)
    upload.look = { ...upload.look, pause, at: now() + pause }
  }

  return { watch, stop: () => { stopped = true; watched.clear() } }
}
