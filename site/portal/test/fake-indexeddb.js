/** As much of IndexedDB as the notebook uses, with an end to its room. */

export function fakeIndexedDB({ quota = Infinity } = {}) {
  const databases = new Map()
  const answer = (value) => {
    const request = { result: value }
    setImmediate(() => request.onsuccess?.())
    return request
  }
  const fake = {
    transactions: 0,
    written: 0,
    open(name) {
      const isNew = !databases.has(name)
      if (isNew) databases.set(name, new Map())
      const stores = databases.get(name)
      const request = { result: { objectStoreNames: { contains: (store) => stores.has(store) }, createObjectStore: (store) => stores.set(store, new Map()), close() {}, transaction: (store, mode) => begin(stores.get(store), mode) } }
      setImmediate(() => {
        if (isNew) request.onupgradeneeded?.()
        request.onsuccess?.()
      })
      return request
    },
    /** Resolves when so many writes have been committed, or after a moment. */
    async settled(writes = 1) {
      for (let n = 0; n < 400 && fake.written < writes; n++) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  }

  function begin(rows, mode) {
    const changed = []
    const transaction = {
      objectStore: () => ({
        put: (value, key) => changed.push(() => rows.set(key, structuredClone(value))),
        delete: (key) => changed.push(() => rows.delete(key)),
        getAll: () => answer([...rows.values()]),
      }),
    }
    if (mode === 'readwrite') {
      fake.transactions++
      setImmediate(() => {
        if (rows.size + changed.length > quota) {
          transaction.error = new DOMException('full', 'QuotaExceededError')
          return transaction.onabort()
        }
        for (const change of changed) change()
        fake.written += changed.length
        transaction.oncomplete()
      })
    }
    return transaction
  }
  return fake
}
