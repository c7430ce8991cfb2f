/** Turns what a member dropped or chose into a flat list of files with their relative paths. */

/** Files of an <input type="file">, with the folder path when a folder was chosen. */
export function filesFromInput(fileList) {
  return { found: Array.from(fileList, (file) => ({ file, path: file.webkitRelativePath || file.name })), unreadable: [], emptyFolders: [] }
}

/** Files and folders of a drop event. Must be called within the event: the browser empties the list afterwards. */
export function filesFromDrop(dataTransfer) {
  const entries = Array.from(dataTransfer.items ?? [], (item) => (item.kind === 'file' ? item.webkitGetAsEntry?.() : null)).filter(Boolean)
  if (entries.length === 0) return Promise.resolve(filesFromInput(dataTransfer.files))
  return walk(entries)
}

/** Walks file-system entries; what cannot be read is named, not silently dropped. */
export async function walk(entries) {
  const result = { found: [], unreadable: [], emptyFolders: [] }
  const todo = [...entries].reverse()
  while (todo.length > 0) {
    const entry = todo.pop()
    const path = entry.fullPath.replace(/^\//, '')
    try {
      if (entry.isFile) {
        result.found.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) })
      } else {
        const children = await childrenOf(entry)
        if (children.length === 0) result.emptyFolders.push(path)
        todo.push(...children.reverse())
      }
    } catch {
      result.unreadable.push(path)
    }
  }
  return result
}

/** A reader hands out at most a hundred children at a time and says "done" with an empty list. */
async function childrenOf(folder) {
  const reader = folder.createReader()
  const children = []
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return children
    children.push(...some)
  }
}
