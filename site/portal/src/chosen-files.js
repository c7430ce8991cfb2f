/** Turns what a member dropped or chose into a flat list of files with their relative paths. */

/** Files of an <input type="file">, with the folder path when a folder was chosen. */
export function filesFromInput(fileList) {
  return { found: Array.from(fileList, (file) => ({ file, path: file.webkitRelativePath || file.name })), unreadable: [], emptyFolders: [] }
}

/**
 * Files and folders of a drop event. Must be called within the event: the browser empties the list afterwards. `handles` are the same once more, in the
 * form in which some browsers let a page open them again after a reload.
 */
export async function filesFromDrop(dataTransfer) {
  const items = Array.from(dataTransfer.items ?? []).filter((item) => item.kind === 'file')
  const asked = items.map((item) => item.getAsFileSystemHandle?.().catch(() => null))
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
  const chosen = entries.length === 0 ? filesFromInput(dataTransfer.files) : await walk(entries)
  return { ...chosen, handles: (await Promise.all(asked)).filter(Boolean) }
}

/** Walks what was kept of an earlier drop. */
export async function walkHandle(root) {
  const result = { found: [], unreadable: [], emptyFolders: [] }
  const todo = [{ handle: root, path: root.name }]
  while (todo.length > 0) {
    const { handle, path } = todo.pop()
    try {
      if (handle.kind === 'file') result.found.push({ path, file: await handle.getFile() })
      else for await (const child of handle.values()) todo.push({ handle: child, path: `${path}/${child.name}` })
    } catch {
      result.unreadable.push(path)
    }
  }
  return result
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
