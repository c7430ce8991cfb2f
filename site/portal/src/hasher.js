/** The main thread's side of the hashing worker: a file goes in, a promise of its checksums comes out. */

/** `hash(file, {signal, onProgress})` resolves to {md5, sha256} in hex; rejects with an AbortError or a sentence for the member. */
export function createHasher() {
  const worker = new Worker(new URL('./hash-worker.js', import.meta.url), { type: 'module' })
  const jobs = new Map()
  let next = 1

  worker.onmessage = ({ data }) => {
    const job = jobs.get(data.job)
    if (!job) return
    if (data.hashed !== undefined) return job.onProgress(data.hashed)
    jobs.delete(data.job)
    if (data.checksums) job.resolve(data.checksums)
    else if (data.cancelled) job.reject(new DOMException('Cancelled', 'AbortError'))
    else job.reject(unreadable(data.failed))
  }
  worker.onerror = () => {
    for (const job of jobs.values()) job.reject(new Error('The checksums could not be computed: the browser stopped the hashing program.'))
    jobs.clear()
  }

  return {
    hash: (file, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        const job = next++
        jobs.set(job, { resolve, reject, onProgress })
        signal.addEventListener('abort', () => worker.postMessage({ job, giveUp: true }), { once: true })
        worker.postMessage({ job, file })
      }),
    close: () => worker.terminate(),
  }
}

function unreadable(name) {
  return new Error(
    name === 'NotReadableError' || name === 'NotFoundError'
      ? 'The file could not be read. Was it moved, renamed or changed? Choose it again.'
      : `The checksums could not be computed (${name}).`,
  )
}
