/** Puts the parts together for one signed-in member: hashing worker, engine and watcher around one session. */
import { isJunk, contentId } from './content-id.js'
import { createEngine, isUnderWay } from './engine/engine.js'
import { createWatcher } from './engine/watcher.js'
import { createHasher } from './hasher.js'
import { sendFile } from './send.js'

const FRAME = 100 // ms: the page is told at most ten times a second

/** `stores` is the list that /api/stores gave at sign-in; it decides what "every copy" means. */
export function openDesk(session, stores) {
  const hasher = createHasher()
  const listeners = new Set()
  let timer = null

  function tell() {
    timer ??= setTimeout(() => {
      timer = null
      for (const listener of listeners) listener()
    }, FRAME)
  }

  const engine = createEngine({
    hash: hasher.hash,
    find: session.find,
    send: (file, options) => sendFile(session.authorization, file, options),
    onStored: (upload) => watcher.watch(upload),
    onChange: tell,
  })
  const watcher = createWatcher({ items: session.items, stores: () => stores, set: engine.set })

  return {
    engine,
    /** Queues what was chosen; tells what was left out and why. */
    take(space, { found, unreadable, emptyFolders }) {
      const wanted = found.filter(({ path }) => !isJunk(contentId(path)))
      const junk = found.filter(({ path }) => isJunk(contentId(path))).map(({ file }) => file.name)
      const alreadyHere = engine.add(space, wanted)
      return { junk, alreadyHere, unreadable, emptyFolders }
    },
    isBusy: () => engine.uploads().some(isUnderWay),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      engine.stop()
      watcher.stop()
      hasher.close()
      clearTimeout(timer)
    },
  }
}
