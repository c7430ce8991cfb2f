/** The smaller parts of the engine: notices, lanes, batches, pace, notes, turns of tabs, answers of stores. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAwake } from '../src/awake.js'
import { createBatches } from '../src/engine/batches.js'
import { createEngine } from '../src/engine/engine.js'
import { Corrupted, Expired } from '../src/engine/failures.js'
import { createLanes } from '../src/engine/lanes.js'
import { createNotices } from '../src/engine/notices.js'
import { createPace } from '../src/engine/pace.js'
import { createHasher } from '../src/hasher.js'
import { openNotebook } from '../src/notebook.js'
import { failureOf } from '../src/put.js'
import { takeTurn } from '../src/tabs.js'
import { fakeIndexedDB } from './fake-indexeddb.js'

const turns = async (times = 20) => { for (let n = 0; n < times; n++) await new Promise(setImmediate) }

test('twenty thousand changes within a second are told ten times', () => {
  let time = 0
  let timer = null
  let told = 0
  const notices = createNotices({ now: () => time, later: (ring, ms) => (timer = { ring, at: time + ms }) })
  notices.listen(() => told++)
  const engine = createEngine({ notebook: { keep() {}, sessionOf: () => null }, onChange: notices.tell })
  engine.pause()
  for (let n = 0; n < 20_000; n++) {
    time = n / 20
    if (timer && timer.at <= time) {
      const { ring } = timer
      timer = null
      ring()
    }
    engine.add('maps', [{ path: `${n}`, file: new Blob([]) }])
  }
  assert.ok(told <= 11 && told >= 9, `${told} notices`)
})

test('a hold interrupts what is in a lane, and it begins again afterwards', async () => {
  const lanes = createLanes(1)
  let begun = 0
  const done = lanes.run((signal) => new Promise((resolve, reject) => {
    if (++begun === 2) return resolve('sent')
    signal.addEventListener('abort', () => reject(signal.reason))
  }), new AbortController().signal)
  await turns()
  lanes.hold('member')
  lanes.hold('sign-in')
  await turns()
  lanes.release('member')
  await turns()
  assert.equal(begun, 1)
  lanes.release('sign-in')
  assert.equal(await done, 'sent')
})

test('who gives up while waiting for a lane takes none', async () => {
  const lanes = createLanes(1)
  let free
  lanes.run(() => new Promise((resolve) => (free = resolve)), new AbortController().signal)
  await turns()
  const abort = new AbortController()
  const second = lanes.run(() => assert.fail('was run'), abort.signal)
  const third = lanes.run(async () => 'third', new AbortController().signal)
  abort.abort()
  await assert.rejects(second, { name: 'AbortError' })
  free()
  assert.equal(await third, 'third')
})

test('questions that come while one call is under way go together with the next', async () => {
  const calls = []
  const ask = createBatches({ most: 50, wait: async () => {}, call: async (questions) => { calls.push(questions.length); await turns(2); return questions.map((q) => `${q}!`) } })
  const answers = await Promise.all(Array.from({ length: 120 }, (_, n) => ask(n)))
  assert.equal(answers[119], '119!')
  assert.deepEqual(calls, [50, 50, 20])
})

test('the speed is that of the last ten seconds', () => {
  let time = 0
  const pace = createPace(() => time)
  pace.note(0)
  assert.equal(pace.speed(), null)
  for (; time <= 60_000; time += 100) pace.note(time < 30_000 ? time : 30_000 + (time - 30_000) / 10)
  assert.ok(Math.abs(pace.speed() - 100) < 5, `${pace.speed()}`)
  assert.ok(Math.abs(pace.secondsFor(1000) - 10) < 1)
  pace.rest()
  assert.equal(pace.secondsFor(1000), null)
})

const noted = (id, over = {}) => ({ space: 'maps', id, size: 5, file: { lastModified: 7 }, ...over })

test('notes outlive the page, and belong to a file of this size and time of change only', async () => {
  const indexedDB = fakeIndexedDB()
  const first = await openNotebook('jane', { indexedDB })
  first.keep(noted('a', { session: { state: 'parts', upload: 'u', part_size: 4 } }))
  first.keep(noted('b'))
  first.keep(noted('c'))
  first.drop(noted('c'))
  await indexedDB.settled()
  const second = await openNotebook('jane', { indexedDB })
  assert.deepEqual(second.notes().map(({ id }) => id), ['a', 'b'])
  assert.deepEqual(second.sessionOf(noted('a')), { state: 'parts', upload: 'u', part_size: 4, resumed: true })
  assert.equal(second.sessionOf(noted('a', { size: 6 })), null)
  assert.equal(second.sessionOf(noted('a', { file: { lastModified: 8 } })), null)
  assert.equal(second.sessionOf(noted('b')), null)
  assert.deepEqual((await openNotebook('john', { indexedDB })).notes(), [])
})

test('what was dropped can be opened again as long as something of its space is not finished', async () => {
  const indexedDB = fakeIndexedDB()
  const first = await openNotebook('jane', { indexedDB })
  first.keep(noted('a'))
  await first.keepSource('maps', { name: 'box' })
  await first.keepSource('done', { name: 'other' })
  await indexedDB.settled(3)
  const second = await openNotebook('jane', { indexedDB })
  assert.deepEqual(second.sources('maps').map(({ id }) => id), ['box'])
  assert.deepEqual(second.sources('done'), [])
})

test('twenty thousand notes are a few transactions', async () => {
  const indexedDB = fakeIndexedDB()
  const book = await openNotebook('jane', { indexedDB, later: (flush) => setTimeout(flush, 1) })
  for (let n = 0; n < 20_000; n++) book.keep(noted(`${n}`))
  await indexedDB.settled(20_000)
  assert.ok(indexedDB.transactions <= 22, `${indexedDB.transactions}`)
})

test('a browser without room for notes says so once, and goes on', async () => {
  const told = []
  const indexedDB = fakeIndexedDB({ quota: 3 })
  const book = await openNotebook('jane', { indexedDB, onTrouble: (sentence) => told.push(sentence), later: (flush) => setTimeout(flush, 1) })
  for (let n = 0; n < 10; n++) book.keep(noted(`${n}`))
  await new Promise((resolve) => setTimeout(resolve, 20))
  book.keep(noted('more'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(told.length, 1)
  assert.match(book.trouble, /QuotaExceededError/)
  assert.equal(book.notes().length, 11)
  const none = await openNotebook('jane', { indexedDB: undefined })
  none.keep(noted('a'))
  assert.match(none.trouble, /keeps no notes/)
})

test('one tab sends at a time; the other one’s turn comes when the first has finished', async () => {
  const holders = []
  const waiting = []
  const locks = {
    request(name, { ifAvailable, signal }, grant) {
      if (ifAvailable && holders.length > 0) return Promise.resolve(grant(null))
      if (holders.length === 0) {
        holders.push(1)
        return Promise.resolve(grant({})).then(() => { holders.pop(); waiting.shift()?.() })
      }
      return new Promise((resolve) => waiting.push(() => { holders.push(1); resolve(grant({})) }))
    },
  }
  const [first, second] = [new AbortController(), new AbortController()]
  const log = []
  takeTurn('q', { locks, signal: first.signal, onTurn: () => log.push('first'), onWait: () => assert.fail() })
  takeTurn('q', { locks, signal: second.signal, onTurn: () => log.push('second'), onWait: () => log.push('second waits') })
  await turns()
  assert.deepEqual(log, ['first', 'second waits'])
  first.abort()
  await turns()
  assert.deepEqual(log, ['first', 'second waits', 'second'])
  takeTurn('q', { locks: undefined, onTurn: () => log.push('no locks here') })
  assert.equal(log.at(-1), 'no locks here')
})

test('the machine is kept awake while something is sent, and again when its window comes back', async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const held = new Set()
  const wakeLock = { request: async () => {
    const lock = Object.assign(new EventTarget(), { release() { held.delete(lock); lock.dispatchEvent(new Event('release')) } })
    held.add(lock)
    return lock
  } }
  const awake = createAwake({ wakeLock, page })
  awake.update(true)
  await turns()
  assert.equal(held.size, 1)
  for (const lock of held) lock.release() // the window was hidden
  page.dispatchEvent(new Event('visibilitychange'))
  await turns()
  assert.equal(held.size, 1)
  awake.update(false)
  await turns()
  assert.equal(held.size, 0)
  createAwake({ wakeLock: undefined, page }).update(true)
})

test('a hashing program that was stopped fails its files, and the next file gets a new one', async () => {
  const workers = []
  const hasher = createHasher(() => workers[workers.push({ sent: [], postMessage(data) { this.sent.push(data) }, terminate() {} }) - 1])
  const { signal } = new AbortController()
  const first = hasher.hash('file', { signal, onProgress() {} })
  workers[0].onerror()
  await assert.rejects(first, /stopped the hashing program/)
  const second = hasher.hash('file', { signal, onProgress() {} })
  workers[1].onmessage({ data: { job: 2, checksums: { md5: 'm' } } })
  assert.deepEqual(await second, { md5: 'm' })
})

test('answers of stores and gateway: expired, corrupted, may pass', () => {
  const s3 = (code) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`
  for (const status of [403, 404, 410, 412]) assert.ok(failureOf(status, 'application/xml', s3('AccessDenied')) instanceof Expired)
  assert.ok(failureOf(409, 'application/problem+json', '{"detail":"other bytes"}') instanceof Corrupted)
  assert.ok(failureOf(400, 'application/xml', s3('BadDigest')) instanceof Corrupted)
  assert.ok(failureOf(400, 'application/xml', s3('XAmzContentSHA256Mismatch')) instanceof Corrupted)
  assert.equal(failureOf(400, 'application/xml', s3('RequestTimeout')).status, 503)
  assert.equal(failureOf(409, 'application/xml', s3('ConditionalRequestConflict')).status, 503)
  assert.equal(failureOf(503, 'text/plain', 'Slow down', 9).retryAfter, 9)
})
