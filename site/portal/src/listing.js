/** The items of a space, page by page, as a flat list or as one folder's level of a tree. */

/** Rows of one page {items, folders}: {kind: "folder", key: "a/b/", name: "b/"} and {kind: "item", key, item}, in the order of their ids. */
export function rowsOf({ items, folders = [] }, prefix) {
  const above = prefix.lastIndexOf('/') + 1 // what stands behind it may be the beginning of a name only
  const rows = [
    ...folders.map((key) => ({ kind: 'folder', key, name: key.slice(above) })),
    ...items.map((item) => ({ kind: 'item', key: item.id, item })),
  ]
  return folders.length ? rows.sort((one, other) => (one.key < other.key ? -1 : 1)) : rows
}

/** Reads on and on: `fetchPage({prefix, after, limit, delimiter, …wanted})` gives {items, folders, next}. */
export function createListing(fetchPage, { prefix = '', tree = false, wanted = {}, limit = 500 } = {}) {
  const listing = {
    rows: [],
    done: false,
    loading: null,
    /** Appends a page; asked twice while one is on its way, it is the same one. Rejects as fetchPage does, and may be asked again. */
    more: () => (listing.loading ??= read().finally(() => (listing.loading = null))),
    /** Nobody waits for it any more: a search that finds nothing would look through all of a space. */
    stop: () => (listing.done = true),
  }
  let after = ''

  async function read() {
    // A page may be empty although there are more: the service looks through a limited number of records for each.
    for (let rows = []; !listing.done && rows.length === 0; ) {
      const page = await fetchPage({ prefix, after, limit, delimiter: tree ? '/' : '', ...wanted })
      rows = rowsOf(page, prefix)
      listing.rows = [...listing.rows, ...rows]
      listing.done ||= page.next === null
      after = page.next
    }
  }
  return listing
}

/** "a/b/c/" -> [{name: "a", path: "a/"}, …]: the way from the top to a folder. */
export function wayTo(folder) {
  const names = folder.split('/').slice(0, -1)
  return names.map((name, at) => ({ name: name || '(no name)', path: `${names.slice(0, at + 1).join('/')}/` }))
}
