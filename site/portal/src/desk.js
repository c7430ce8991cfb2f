/** Puts the parts together for one signed-in member: hashing worker, notes, engine and watcher around one session. */
import { createAwake } from './awake.js'
import { walkHandle } from './chosen-files.js'
import { contentId, isJunk } from './content-id.js'
import { createDigest } from './digest.js'
import { createEngine } from './engine/engine.js'
import { createNotices } from './engine/notices.js'
import { createPace } from './engine/pace.js'
import { sleep } from './engine/retry.js'
import { summarise } from './engine/summary.js'
import { createWatcher } from './engine/watcher.js'
import { createHasher } from './hasher.js'
import { openNotebook } from './notebook.js'
import { put } from './put.js'
import { createReceiptsKeeper } from './receipts-keeper.js'
import { takeTurn } from './tabs.js'
import { uploadsApi } from './uploads-api.js'

const SLICE = 500 // files

/** `stores` is the list that /api/stores gave at sign-in; it decides what "every copy" means. */
export async function openDesk(session, stores, username) {
  const whole = createHasher()
  const parts = createHasher() // another worker: a large part must not wait for the whole
  const notices = createNotices()
  const bytes = createPace()
  const work = createPace() // files and bytes: a thousand small files take their time, too
  const awake = createAwake()
  const service = uploadsApi(session.json)
  const notebook = await openNotebook(username, { onTrouble: notices.tell })

  const engine = createEngine({
    service,
    put,
    hash: whole.hash,
    digest: createDigest(parts.hash),
    notebook,
    onStored(upload) {
      watcher.watch(upload)
      receipts.add(upload)
    },
    onChange: notices.tell,
  })
  const watcher = createWatcher({ items: session.items, stores: () => stores, set: engine.set })
  const receipts = createReceiptsKeeper({ write: session.writeReceipt, isBusy: (space) => (engine.totals.underWayBySpace.get(space) ?? 0) > 0 })
  const summary = () => summarise(engine.totals)

  let turn = null
  /** The first file asks for this tab's turn; it is given back when there is nothing to send. */
  function queue() {
    if (turn) return
    turn = new AbortController()
    takeTurn(`duracloud-uploads ${username}`, {
      onWait: () => engine.hold('other tab'),
      onTurn: () => engine.release('other tab'),
      signal: turn.signal,
    })
  }

  function giveBack() {
    turn?.abort()
    turn = null
    engine.release('other tab')
  }

  notices.listen(() => {
    const sum = summary()
    const going = sum.underWay > 0 && engine.holds.size === 0
    awake.update(going)
    for (const [pace, done] of [[bytes, sum.sent], [work, sum.done * sum.weight]]) going ? pace.note(done) : pace.rest()
    if (turn && sum.underWay === 0) giveBack()
    receipts.look()
  })

  return {
    engine,
    summary,
    /** {speed} in bytes a second and {seconds} left; null where nothing can be told yet. */
    pace() {
      const { done, weight } = summary()
      return { speed: bytes.speed(), seconds: work.secondsFor((1 - done) * weight) }
    },
    /** Queues what was chosen, in the order of the names; tells what was left out and why. Thousands are added in slices, so that the page never stands still. */
    async take(space, { found, unreadable, emptyFolders, handles = [] }) {
      for (const handle of handles) notebook.keepSource(space, handle)
      const sorted = found.map((each) => ({ ...each, id: contentId(each.path) })).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
      const wanted = sorted.filter(({ id }) => !isJunk(id))
      const junk = sorted.filter(({ id }) => isJunk(id)).map(({ file }) => file.name)
      const alreadyHere = []
      queue()
      for (let at = 0; at < wanted.length; at += SLICE) {
        if (at > 0) await sleep(0)
        alreadyHere.push(...engine.add(space, wanted.slice(at, at + SLICE)))
      }
      return { junk, alreadyHere, unreadable, emptyFolders }
    },
    /** Notes of files that were not finished when the portal was closed and have not been chosen again. */
    unfinished: (space) => notebook.notes().filter((note) => note.space === space && !engine.get(space, note.id)),
    /** What was dropped then and can be opened again: {id, handle}. */
    sources: notebook.sources,
    /** Opens such a source, with the member's leave, and queues what was not finished of it. False when he did not give it. */
    async goOn(space, { id, handle }) {
      if ((await handle.requestPermission({ mode: 'read' })) !== 'granted') return false
      const wanted = new Set(this.unfinished(space).map((note) => note.id))
      const { found } = await walkHandle(handle)
      await this.take(space, { found: found.filter(({ path }) => wanted.has(contentId(path))), unreadable: [], emptyFolders: [] })
      if (found.length === 0) notebook.dropSource(space, id)
      return true
    },
    forgetUnfinished(notes) {
      for (const note of notes) {
        if (note.upload) service.abort(note.space, note.upload).catch(() => {}) // the service forgets it after a week anyway
        notebook.drop(note)
      }
      notices.tell()
    },
    trouble: () => notebook.trouble,
    isBusy: () => summary().underWay > 0,
    onChange: notices.listen,
    close() {
      engine.stop()
      turn?.abort()
      watcher.stop()
      receipts.close()
      whole.close()
      parts.close()
      awake.close()
      notices.close()
      notebook.close()
    },
  }
}
