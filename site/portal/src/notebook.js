/** Notes of what is not finished, kept by the browser across reloads and crashes: names and sizes, never bytes. */

const STORE = 'unfinished'
const SOURCES = 'sources' // what was dropped, where the browser lets a page open it again
const FLUSH = 250 // ms: twenty thousand notes are a few transactions, not twenty thousand
const AT_ONCE = 1000

/**
 * Opens the notes of one member. Never rejects: a browser that keeps nothing (private window, full disk) gives a notebook that says so in
 * `trouble`, and everything else works as before.
 */
export async function openNotebook(username, { indexedDB = globalThis.indexedDB, onTrouble = () => {}, later = setTimeout } = {}) {
  const notes = new Map()
  const sources = new Map()
  const changed = new Map() // by key: the note, or null for one that goes
  let timer = null
  let database = null
  const book = {
    trouble: null,
    /** Dropped files and folders of a space: {space, id, handle}. */
    sources: (space) => [...sources.values()].filter((source) => source.space === space),
    async keepSource(space, handle) {
      const source = { space, id: handle.name, handle }
      sources.set(keyOf(source), source)
      await written(SOURCES, (store) => store.put(source, keyOf(source)))
    },
    async dropSource(space, id) {
      sources.delete(keyOf({ space, id }))
      await written(SOURCES, (store) => store.delete(keyOf({ space, id })))
    },
  }

  const all = (name) => database.transaction(name).objectStore(name).getAll()

  async function written(name, change) {
    if (book.trouble) return
    try {
      const transaction = database.transaction(name, 'readwrite')
      change(transaction.objectStore(name))
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve
        transaction.onabort = transaction.onerror = () => reject(transaction.error)
      })
    } catch (error) {
      fail(error)
    }
  }

  function fail(error) {
    if (book.trouble) return
    book.trouble = `This browser keeps no notes of unfinished files (${error?.name ?? error}). They are sent as always; after a reload they must be chosen again.`
    changed.clear()
    onTrouble(book.trouble)
  }

  try {
    database = await opened(indexedDB, `duracloud-uploads ${username}`)
    for (const note of await finished(all(STORE))) notes.set(keyOf(note), note)
    for (const source of await finished(all(SOURCES))) sources.set(keyOf(source), source)
    for (const { space, id } of sources.values()) if (![...notes.values()].some((note) => note.space === space)) await book.dropSource(space, id)
  } catch (error) {
    fail(error)
  }

  async function flush() {
    timer = null
    const some = [...changed].slice(0, AT_ONCE)
    for (const [key] of some) changed.delete(key)
    await written(STORE, (store) => {
      for (const [key, note] of some) note ? store.put(note, key) : store.delete(key)
    })
    if (changed.size > 0) write()
  }

  function write() {
    if (!book.trouble) timer ??= later(flush, FLUSH)
  }

  return Object.assign(book, {
    keep(upload) {
      const { space, id, size, file, session } = upload
      const note = { space, id, size, modified: file.lastModified ?? null, upload: session?.state === 'parts' ? session.upload : null, part_size: session?.part_size ?? null }
      notes.set(keyOf(note), note)
      changed.set(keyOf(note), note)
      write()
    },
    drop(upload) {
      if (!notes.delete(keyOf(upload))) return
      changed.set(keyOf(upload), null)
      write()
    },
    /** The upload session in which parts of this very file (size and time of change) were sent before, or null. */
    sessionOf({ space, id, size, file }) {
      const note = notes.get(keyOf({ space, id }))
      if (!note?.upload || note.size !== size || note.modified !== (file.lastModified ?? null)) return null
      return { state: 'parts', upload: note.upload, part_size: note.part_size, resumed: true }
    },
    /** All notes: {space, id, size, modified, upload}. */
    notes: () => [...notes.values()],
    close: () => database?.close(),
  })
}

const keyOf = ({ space, id }) => `${space}/${id}`

async function opened(indexedDB, name) {
  const request = indexedDB.open(name, 2)
  request.onupgradeneeded = () => [STORE, SOURCES].forEach((each) => request.result.objectStoreNames.contains(each) || request.result.createObjectStore(each))
  return finished(request)
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new DOMException('blocked', 'BlockedError'))
  })
}
