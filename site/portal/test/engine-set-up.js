/** An engine on a service of the test's own, and ways to wait for it. */
import { createEngine } from '../src/engine/engine.js'
import { isUnderWay } from '../src/engine/uploads.js'
import { checksumsOf, digest } from './fake-server.js'

export const file = (path, text = path) => ({ path, file: new File([text], path, { lastModified: 1_700_000_000_000 }) })
export const LONG = '0123456789abcdefghij' // five parts of four bytes
export const NO_NOTES = { keep() {}, drop() {}, sessionOf: () => null }

export function setUp(server, ports = {}) {
  const stored = []
  let wake = () => {}
  const engine = createEngine({
    service: server.service,
    put: server.put,
    hash: (blob) => checksumsOf(blob),
    digest,
    notebook: NO_NOTES,
    onStored: (upload) => stored.push(upload.id),
    onChange: () => wake(),
    wait: async (_, signal) => signal?.throwIfAborted(),
    random: () => 0.5,
    ...ports,
  })
  const until = (condition) => new Promise((resolve) => {
    wake = () => condition() && resolve()
    wake()
  })
  const atRest = () => until(() => !engine.uploads().some(isUnderWay))
  const phases = () => Object.fromEntries(engine.uploads().map(({ id, phase }) => [id, phase]))
  return { engine, stored, until, atRest, phases, upload: (id) => engine.uploads().find((each) => each.id === id) }
}
