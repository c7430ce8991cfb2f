/** The main thread's side of the hashing worker: a file goes in, a promise of its checksums comes out. */

const newWorker = () => new Worker(new URL('./hash-worker.js', import.meta.url), { type: 'module' })

/** `hash(file, {signal, onProgress})` resolves to {md5, sha256} in hex; rejects with an AbortError or a sentence for the member. */
export function createHasher(start = newWorker) {
  const jobs = new Map()
  let worker = null
  let next = 1

  function running() {
    if (worker) return worker
    worker = start()
    worker.onmessage = ({ data }) => {
      const job = jobs.get(data.job)
      if (!job) return
      if (data.hashed !== undefined) return job.onProgress(data.hashed)
      if (data.checksums) end(data.job, job.resolve, data.checksums)
      else if (data.cancelled) end(data.job, job.reject, new DOMException('Cancelled', 'AbortError'))
      else end(data.job, job.reject, unreadable(data.failed))
    }
    worker.onerror = () => {
      worker.terminate()
      worker = null // the next file gets a new one
      for (const [number, job] of jobs) end(number, job.reject, new Error('The checksums could not be computed: the browser stopped the hashing program.'))
    }
    return worker
  }

  function end(number, settle, value) {
    const { signal, giveUp } = jobs.get(number)
    signal.removeEventListener('abort', giveUp)
    jobs.delete(number)
    settle(value)
  }

  return {
    hash: (file, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const job = next++
        const giveUp = () => worker?.postMessage({ job, giveUp: true })
        jobs.set(job, { resolve, reject, onProgress, signal, giveUp })
        signal.addEventListener('abort', giveUp)
        running().postMessage({ job, file })
      }),
    close: () => worker?.terminate(),
  }
}

function unreadable(name) {
  return new Error(
    name === 'NotReadableError' || name === 'NotFoundError'
      ? 'The file could not be read. Was it moved, renamed or changed? Choose it again.'
      : `The checksums could not be computed (${name}).`,
  )
}
