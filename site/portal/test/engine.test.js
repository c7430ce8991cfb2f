/** The engine with a fake hasher and a fake service that remembers what it was given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../src/api.js'
import { createEngine } from '../src/engine/engine.js'

const bytes = (text) => new Blob([text])
const file = (path, text = path) => ({ path, file: bytes(text) })
const checksumsOf = async (blob) => ({ md5: `md5 ${await blob.text()}`, sha256: `sha256 ${await blob.text()}` })

/** Each id may have a list of statuses to answer with before it is stored. */
function fakeService(answers = {}) {
  const service = { items: new Map(), sent: [], most: 0, hold: null }
  let now = 0
  service.find = async (space, id) => service.items.get(`${space}/${id}`) ?? null
  service.send = async ({ space, id, file, md5 }, { signal, onProgress }) => {
    service.sent.push(id)
    service.most = Math.max(service.most, ++now)
    try {
      onProgress(file.size)
      await (service.hold ?? new Promise((resolve) => setTimeout(resolve, 1)))
      signal.throwIfAborted()
      const status = answers[id]?.shift()
      if (status !== undefined && status !== 201) throw new ApiError(status, `status ${status}`)
      const checksums = await checksumsOf(file)
      assert.equal(md5, checksums.md5)
      service.items.set(`${space}/${id}`, { id, ...checksums })
    } finally {
      now--
    }
  }
  return service
}

function setUp(service, ports = {}) {
  const stored = []
  let wake = () => {}
  const engine = createEngine({
    hash: (blob) => checksumsOf(blob),
    find: service.find,
    send: service.send,
    onStored: (upload) => stored.push(upload.id),
    onChange: () => wake(),
    wait: async (_, signal) => signal.throwIfAborted(),
    random: () => 0.5,
    ...ports,
  })
  const until = (condition) =>
    new Promise((resolve) => {
      wake = () => condition() && resolve()
      wake()
    })
  const atRest = () => until(() => engine.uploads().every(({ phase }) => ['stored', 'failed', 'refused', 'cancelled'].includes(phase)))
  const phases = () => Object.fromEntries(engine.uploads().map(({ id, phase }) => [id, phase]))
  return { engine, stored, until, atRest, phases, upload: (id) => engine.uploads().find((each) => each.id === id) }
}

test('files are hashed, sent and stored, at most three at a time', async () => {
  const service = fakeService()
  const { engine, stored, atRest } = setUp(service)
  engine.add('maps', Array.from({ length: 10 }, (_, n) => file(`${n}.txt`)))
  await atRest()
  assert.equal(stored.length, 10)
  assert.equal(service.items.size, 10)
  assert.equal(service.most, 3)
})

test('a failed file does not stop the others', async () => {
  const service = fakeService({ 'bad.txt': [403] })
  const { engine, atRest, phases, upload } = setUp(service, { lanes: 1 })
  engine.add('maps', [file('a.txt'), file('bad.txt'), file('c.txt')])
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'stored', 'bad.txt': 'failed', 'c.txt': 'stored' })
  assert.equal(upload('bad.txt').reason, 'You may not write in this space.')
})

test('503 and a lost connection are tried again', async () => {
  const service = fakeService({ 'a.txt': [503, 0, 503, 201] })
  const { engine, atRest, phases } = setUp(service)
  engine.add('maps', [file('a.txt')])
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'stored' })
  assert.equal(service.sent.length, 4)
})

test('a service that stays away is given up after six tries, each with a longer pause', async () => {
  const service = fakeService({ 'a.txt': Array(20).fill(503) })
  const pauses = []
  const { engine, atRest, phases } = setUp(service, { wait: async (ms) => pauses.push(ms) })
  engine.add('maps', [file('a.txt')])
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'failed' })
  assert.equal(service.sent.length, 6)
  assert.deepEqual(pauses, [750, 1500, 3000, 6000, 12000])
})

test('a checksum mismatch (409) is not tried again by itself, and hashed anew when the member retries', async () => {
  const service = fakeService({ 'a.txt': [409] })
  let hashed = 0
  const { engine, atRest, phases, upload } = setUp(service, { hash: (blob) => (hashed++, checksumsOf(blob)) })
  engine.add('maps', [file('a.txt')])
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'failed' })
  assert.match(upload('a.txt').reason, /Nothing was stored/)
  assert.equal(service.sent.length, 1)
  engine.retry(upload('a.txt'))
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'stored' })
  assert.equal(hashed, 2)
})

test('an unreadable file fails with its reason and nothing is sent', async () => {
  const service = fakeService()
  const { engine, atRest, upload } = setUp(service, { hash: async () => { throw new Error('could not be read') } })
  engine.add('maps', [file('a.txt')])
  await atRest()
  assert.equal(upload('a.txt').reason, 'could not be read')
  assert.deepEqual(service.sent, [])
})

test('an impossible name is refused before anything is hashed or sent', async () => {
  const service = fakeService()
  const { engine, atRest, phases, upload } = setUp(service)
  engine.add('maps', [file('what?.txt'), file('fine.txt')])
  await atRest()
  assert.deepEqual(phases(), { 'what?.txt': 'refused', 'fine.txt': 'stored' })
  assert.match(upload('what?.txt').reason, /question mark/)
  assert.deepEqual(service.sent, ['fine.txt'])
})

test('the same bytes already there are not sent again', async () => {
  const service = fakeService()
  const first = setUp(service)
  first.engine.add('maps', [file('a.txt')])
  await first.atRest()
  const second = setUp(service)
  second.engine.add('maps', [file('a.txt')])
  await second.atRest()
  assert.equal(second.upload('a.txt').phase, 'stored')
  assert.equal(second.upload('a.txt').alreadyThere, true)
  assert.deepEqual(service.sent, ['a.txt'])
})

test('other content under the same name is replaced only when the member says so', async () => {
  const service = fakeService()
  service.items.set('maps/a.txt', { id: 'a.txt', md5: 'other', sha256: 'other' })
  const { engine, atRest, upload } = setUp(service)
  engine.add('maps', [file('a.txt')])
  await atRest()
  assert.equal(upload('a.txt').phase, 'failed')
  assert.ok(upload('a.txt').conflict)
  assert.deepEqual(service.sent, [])
  engine.retry(upload('a.txt'), { replace: true })
  await atRest()
  assert.equal(upload('a.txt').phase, 'stored')
  assert.deepEqual(service.sent, ['a.txt'])
})

test('an answer that got lost is not a conflict: the next try finds its own bytes', async () => {
  const service = fakeService()
  const send = service.send
  let lost = false
  service.send = async (...all) => {
    await send(...all)
    if (!lost) {
      lost = true
      throw new ApiError(0, 'lost')
    }
  }
  const { engine, atRest, phases } = setUp(service)
  engine.add('maps', [file('a.txt')])
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'stored' })
  assert.equal(service.sent.length, 1)
})

test('a file under way is not queued twice; one that is stored may be', async () => {
  const service = fakeService()
  const { engine, atRest } = setUp(service)
  assert.deepEqual(engine.add('maps', [file('a.txt')]), [])
  assert.deepEqual(engine.add('maps', [file('a.txt')]), ['a.txt'])
  assert.deepEqual(engine.add('other', [file('a.txt')]), [])
  await atRest()
  assert.deepEqual(engine.add('maps', [file('a.txt')]), [])
  await atRest()
  assert.equal(engine.uploads().length, 2)
})

test('cancelling stops a file that is being sent and leaves the others alone', async () => {
  const service = fakeService()
  let release
  service.hold = new Promise((resolve) => (release = resolve))
  const { engine, atRest, until, phases, upload } = setUp(service)
  engine.add('maps', [file('a.txt'), file('b.txt')])
  await until(() => upload('a.txt').phase === 'sending' && service.sent.length === 2)
  engine.cancel(upload('a.txt'))
  release()
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'cancelled', 'b.txt': 'stored' })
  engine.retry(upload('a.txt'))
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'stored', 'b.txt': 'stored' })
})

test('while paused nothing new begins', async () => {
  const service = fakeService()
  const { engine, atRest, phases } = setUp(service)
  engine.pause()
  engine.add('maps', [file('a.txt')])
  await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(phases(), { 'a.txt': 'waiting' })
  engine.resume()
  await atRest()
  assert.deepEqual(phases(), { 'a.txt': 'stored' })
})

test('twenty thousand files are queued in well under three seconds', () => {
  const { engine } = setUp(fakeService())
  engine.pause()
  const one = bytes('x')
  const begin = performance.now()
  engine.add('maps', Array.from({ length: 20_000 }, (_, n) => ({ path: `folder/${n}.tif`, file: one })))
  assert.ok(performance.now() - begin < 3000)
  assert.equal(engine.uploads().length, 20_000)
})
