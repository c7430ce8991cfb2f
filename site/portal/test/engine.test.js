/** The engine against a service that follows the contract, with everything that goes wrong on the way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LONG, NO_NOTES, file, setUp } from './engine-set-up.js'
import { checksumsOf, digest, fakeServer } from './fake-server.js'

/** A fault that gives these answers, one a time, to whoever matches. */
function answering(pattern, ...statuses) {
  return (what) => (pattern.test(what) ? statuses.shift() : undefined)
}

test('small files are asked about and completed together, and at most five are sent at a time', async () => {
  const server = fakeServer()
  const { engine, stored, atRest } = setUp(server)
  engine.add('maps', Array.from({ length: 120 }, (_, n) => file(`${n}`)))
  await atRest()
  assert.equal(stored.length, 120)
  assert.equal(server.items.size, 120)
  assert.equal(server.most, 5)
  assert.ok(server.calls.length < 60, `${server.calls.length} calls`)
})

test('a large file goes in parts, each with its checksum, several at a time', async () => {
  const server = fakeServer()
  const { engine, atRest, upload } = setUp(server)
  engine.add('maps', [file('long', LONG)])
  await atRest()
  assert.equal(upload('long').phase, 'stored')
  assert.deepEqual([...server.puts].sort(), ['long 1', 'long 2', 'long 3', 'long 4', 'long 5'])
  assert.equal(server.most, 5)
  assert.equal(server.calls.filter((call) => call === 'sign').length, 1)
  assert.equal(server.items.get('maps/long').sha256, (await checksumsOf(new Blob([LONG]))).sha256)
})

test('an empty file is a file', async () => {
  const server = fakeServer()
  const { engine, atRest, phases } = setUp(server)
  engine.add('maps', [file('empty', '')])
  await atRest()
  assert.deepEqual(phases(), { empty: 'stored' })
  assert.equal(server.items.get('maps/empty').size, 0)
})

test('a failed file does not stop the others, and says why', async () => {
  const server = fakeServer({ faults: answering(/put bad/, 405) })
  const { engine, atRest, phases, upload } = setUp(server)
  engine.add('maps', [file('a'), file('bad'), file('refused'), file('c')])
  await atRest()
  assert.deepEqual(phases(), { a: 'stored', bad: 'failed', refused: 'refused', c: 'stored' })
  assert.equal(upload('bad').reason, 'status 405')
  assert.equal(upload('refused').reason, 'This space keeps nothing of this name.')
  engine.retry(upload('bad'))
  await atRest()
  assert.equal(upload('bad').phase, 'stored')
})

for (const what of ['begin', 'sign', 'put long 2', 'complete']) {
  test(`503 and a lost connection are tried again: ${what}`, async () => {
    const server = fakeServer({ faults: answering(new RegExp(what), 503, 0, 503) })
    const { engine, atRest, phases } = setUp(server)
    engine.add('maps', [file('long', LONG)])
    await atRest()
    assert.deepEqual(phases(), { long: 'stored' })
  })
}

test('a service that stays away is given up after six tries, each with a longer pause; its own wish wins', async () => {
  const server = fakeServer({ faults: (what) => (what === 'put a 1' ? 503 : undefined) })
  const pauses = []
  const { engine, atRest, phases } = setUp(server, { wait: async (ms) => pauses.push(ms) })
  engine.add('maps', [file('a')])
  await atRest()
  assert.deepEqual(phases(), { a: 'failed' })
  assert.deepEqual(pauses.filter((ms) => ms >= 750), [750, 1500, 3000, 6000, 12000])
  const asked = Object.assign(fakeServer(), { put: async () => { throw Object.assign(new Error('busy'), { status: 503, retryAfter: 7 }) } })
  const wishes = []
  const second = setUp(asked, { wait: async (ms) => wishes.push(ms) })
  second.engine.add('maps', [file('a')])
  await second.atRest()
  assert.deepEqual(wishes.filter((ms) => ms >= 750), Array(5).fill(7000))
})

test('while the network is away for everybody no tries are used up', async () => {
  let away = 200
  const server = fakeServer({ faults: () => (away-- > 0 ? 0 : undefined) })
  const { engine, atRest, phases } = setUp(server)
  engine.add('maps', [file('a'), file('long', LONG)])
  await atRest()
  assert.deepEqual(phases(), { a: 'stored', long: 'stored' })
})

test('an address that has expired is asked for anew, of a part and of a whole file', async () => {
  const server = fakeServer({ faults: answering(/^put/, 403, 403, 403) })
  const { engine, atRest, phases } = setUp(server)
  engine.add('maps', [file('a'), file('long', LONG)])
  await atRest()
  assert.deepEqual(phases(), { a: 'stored', long: 'stored' })
})

test('a part that arrives damaged is sent again; three times, and the file has failed and is not there', async () => {
  const server = fakeServer()
  let times = 1
  server.damage = (id, number) => number === 2 && times-- > 0
  const { engine, atRest, phases, upload } = setUp(server)
  engine.add('maps', [file('long', LONG)])
  await atRest()
  assert.deepEqual(phases(), { long: 'stored' })
  assert.equal(server.puts.filter((put) => put === 'long 2').length, 2)

  server.damage = (id) => id !== 'long'
  engine.add('maps', [file('whole', 'abc'), file('other', LONG)])
  await atRest()
  assert.deepEqual(phases(), { long: 'stored', whole: 'failed', other: 'failed' })
  assert.match(upload('other').reason, /Nothing was stored/)
  assert.equal(server.items.size, 1)

  server.damage = () => false
  engine.retry(upload('other'))
  await atRest()
  assert.equal(upload('other').phase, 'stored')
})

test('a file that is changed while it is sent has failed, and is hashed anew when the member tries again', async () => {
  const server = fakeServer()
  const { engine, atRest, upload } = setUp(server)
  const changing = file('long', LONG)
  const before = changing.file.slice.bind(changing.file)
  let times = 0
  changing.file.slice = (from, to) => (from === 4 && times++ < 1 ? new Blob(['XXXX']) : before(from, to))
  engine.add('maps', [changing])
  await atRest()
  assert.equal(upload('long').phase, 'failed')
  assert.equal(server.items.size, 0)
  engine.retry(upload('long'))
  await atRest()
  assert.equal(upload('long').phase, 'stored')

  const moved = file('moved', 'abc')
  const gone = setUp(server, { hash: async () => { throw new Error('could not be read') } })
  gone.engine.add('maps', [moved])
  await gone.atRest()
  assert.equal(gone.upload('moved').reason, 'could not be read')
})

test('an unreadable part stops its file at once and no other', async () => {
  const server = fakeServer()
  const { engine, atRest, phases } = setUp(server, { digest: async (blob) => { if (blob.size === 4) throw new Error('could not be read'); return digest(blob) } })
  engine.add('maps', [file('long', LONG), file('a')])
  await atRest()
  assert.deepEqual(phases(), { long: 'failed', a: 'stored' })
})

test('signed out in the middle: everything waits, and goes on after signing in', async () => {
  let signedIn = true
  const server = fakeServer({ faults: (what) => (what.startsWith('put') || signedIn ? undefined : 401) })
  const { engine, until, atRest, phases } = setUp(server)
  engine.add('maps', [file('long', LONG), file('a')])
  signedIn = false
  await until(() => engine.holds.has('sign-in'))
  engine.add('maps', [file('b')])
  assert.equal(phases().b, 'waiting')
  signedIn = true
  engine.release('sign-in')
  await atRest()
  assert.deepEqual(phases(), { long: 'stored', a: 'stored', b: 'stored' })
})

test('a pause stops what is being sent; afterwards only what is missing goes', async () => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const server = fakeServer()
  const put = server.put
  const { engine, until, atRest, phases } = setUp(server, {
    put: async (address, blob, options) => {
      if (address.url.includes('/4/') && !engine.held) {
        engine.held = true
        await Promise.race([held, new Promise((_, reject) => options.signal.addEventListener('abort', () => reject(options.signal.reason)))])
      }
      return put(address, blob, options)
    },
  })
  engine.add('maps', [file('long', LONG)])
  await until(() => server.uploads.size && [...server.uploads.values()][0].parts.size === 4)
  engine.pause()
  engine.add('maps', [file('later')])
  await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(phases(), { long: 'sending', later: 'waiting' })
  server.puts.length = 0
  release()
  engine.resume()
  await atRest()
  assert.deepEqual(phases(), { long: 'stored', later: 'stored' })
  assert.deepEqual(server.puts.filter((put) => put.startsWith('long')), ['long 4'])
})

test('the same bytes already there are not sent again, small or large', async () => {
  const server = fakeServer()
  const first = setUp(server)
  first.engine.add('maps', [file('a'), file('long', LONG)])
  await first.atRest()
  const sent = server.puts.length
  const second = setUp(server)
  second.engine.add('maps', [file('a'), file('long', LONG)])
  await second.atRest()
  assert.deepEqual(second.phases(), { a: 'stored', long: 'stored' })
  assert.ok(second.upload('a').alreadyThere && second.upload('long').alreadyThere)
  assert.equal(server.puts.length, sent)
})

test('other content under the same name is left alone, replaced, or kept beside, as the member says', async () => {
  const server = fakeServer()
  const before = setUp(server)
  before.engine.add('maps', [file('a', 'old'), file('b', 'old')])
  await before.atRest()
  const { engine, atRest, phases, upload } = setUp(server)
  engine.add('maps', [file('a', 'new!'), file('b', LONG)])
  await atRest()
  assert.deepEqual(phases(), { a: 'conflict', b: 'conflict' })
  assert.equal(upload('a').conflict.size, 3)
  engine.retry(upload('a'), { replace: true })
  engine.retry(upload('b'), { id: 'b (2)' })
  await atRest()
  assert.deepEqual(phases(), { a: 'stored', 'b (2)': 'stored' })
  assert.equal(server.items.get('maps/a').size, 4)
  assert.equal(server.items.get('maps/b').size, 3)
  assert.equal(engine.totals.files, 2)
})

test('the answer to a completion got lost: it is asked for again, nothing is sent twice', async () => {
  const server = fakeServer()
  const complete = server.service.complete
  let lost = false
  server.service.complete = async (...all) => {
    const answer = await complete(...all)
    if (!lost) {
      lost = true
      throw Object.assign(new Error('lost'), { status: 0 })
    }
    return answer
  }
  const { engine, atRest, phases } = setUp(server)
  engine.add('maps', [file('a')])
  await atRest()
  assert.deepEqual(phases(), { a: 'stored' })
  assert.equal(server.puts.length, 1)
})

test('after a crash only the missing parts are sent, and parts of another file are not believed', async () => {
  for (const [text, parts] of [[LONG, ['long 3']], [`XX${LONG.slice(2)}`, ['long 1', 'long 3']]]) {
    const server = fakeServer()
    const first = setUp(server, { put: (address, blob, options) => (address.url.includes('/3/') ? new Promise(() => {}) : server.put(address, blob, options)) })
    first.engine.add('maps', [file('long', LONG)])
    await first.until(() => [...server.uploads.values()][0]?.parts.size === 4)
    const [[name]] = server.uploads
    const before = server.puts.length
    const notebook = { ...NO_NOTES, sessionOf: () => ({ state: 'parts', upload: name, part_size: 4, resumed: true }) }
    const second = setUp(server, { notebook })
    second.engine.add('maps', [file('long', text)])
    await second.atRest()
    assert.deepEqual(second.phases(), { long: 'stored' })
    assert.deepEqual(server.puts.slice(before).sort(), parts)
  }
})

test('what the service says has not arrived is sent again, and nothing else', async () => {
  let lost = false
  const server = fakeServer({ faults: (what) => {
    if (what === 'complete' && !lost) lost = [...server.uploads.values()][0].parts.delete(2)
  } })
  const { engine, atRest, phases } = setUp(server)
  engine.add('maps', [file('long', LONG)])
  await atRest()
  assert.deepEqual(phases(), { long: 'stored' })
  assert.deepEqual([...server.puts].sort(), ['long 1', 'long 2', 'long 2', 'long 3', 'long 4', 'long 5'])
})

test('an upload that the service has forgotten is begun again', async () => {
  const server = fakeServer()
  const notebook = { ...NO_NOTES, sessionOf: () => ({ state: 'parts', upload: 'forgotten', part_size: 4, resumed: true }) }
  const { engine, atRest, phases } = setUp(server, { notebook })
  engine.add('maps', [file('long', LONG)])
  await atRest()
  assert.deepEqual(phases(), { long: 'stored' })
})

test('cancelling stops a file, gives its upload up and leaves the others alone', async () => {
  const server = fakeServer()
  const { engine, until, atRest, phases, upload } = setUp(server, { put: (address, blob, options) => (upload('long').phase !== 'sending' || engine.go ? server.put(address, blob, options) : new Promise((_, reject) => options.signal.addEventListener('abort', () => reject(options.signal.reason)))) })
  engine.add('maps', [file('long', LONG)])
  await until(() => upload('long').session && upload('long').sent === 0 && upload('long').phase === 'sending')
  engine.cancel(upload('long'))
  await atRest()
  assert.deepEqual(phases(), { long: 'cancelled' })
  engine.go = true
  engine.add('maps', [file('a')])
  engine.retry(upload('long'))
  await atRest()
  assert.deepEqual(phases(), { long: 'stored', a: 'stored' })
  assert.ok(server.calls.includes('abort'))
})

test('cancelled while waiting and taken up again, a file is sent once', async () => {
  const server = fakeServer()
  const { engine, atRest, upload } = setUp(server)
  engine.pause()
  engine.add('maps', [file('long', LONG)])
  engine.cancel(upload('long'))
  engine.retry(upload('long'))
  engine.resume()
  await atRest()
  assert.equal(server.puts.length, 5)
})

test('a file under way is not queued twice; one that is stored may be', async () => {
  const { engine, atRest } = setUp(fakeServer())
  assert.deepEqual(engine.add('maps', [file('a')]), [])
  assert.deepEqual(engine.add('maps', [file('a')]), ['a'])
  assert.deepEqual(engine.add('other', [file('a')]), [])
  await atRest()
  assert.deepEqual(engine.add('maps', [file('a')]), [])
  await atRest()
  assert.equal(engine.uploads().length, 2)
})

test('an impossible name is refused before anything is hashed or sent', async () => {
  const server = fakeServer()
  const { engine, atRest, phases, upload } = setUp(server)
  engine.add('maps', [file('what?'), file('fine')])
  await atRest()
  assert.deepEqual(phases(), { 'what?': 'refused', fine: 'stored' })
  assert.match(upload('what?').reason, /question mark/)
})

test('a sparse file of 60 GiB is cut, signed and counted without ever being held', async () => {
  const PART = 16 << 20
  let largest = 0
  const sparse = (size) => ({ size, type: '', lastModified: 1, slice: (from, to) => ((largest = Math.max(largest, to - from)), sparse(to - from)) })
  let signed = 0
  const service = {
    largestWhole: PART,
    begin: async (_, files) => files.map(({ id }) => ({ id, state: 'parts', upload: 'u', part_size: PART, parts: 3840 })),
    sign: async (_, __, parts) => ((signed += parts.length), parts.map(({ number }) => ({ number, url: 'x' }))),
    complete: async (_, uploads) => uploads.map(() => ({ state: 'stored' })),
  }
  let sent = 0
  const { engine, atRest, upload } = setUp({ service, put: async (_, blob) => { sent += blob.size } }, { hash: async () => ({ md5: 'm', sha256: 's' }), digest: async () => 'd' })
  engine.add('maps', [{ path: 'sparse', file: sparse(60 * 2 ** 30) }])
  await atRest()
  assert.equal(upload('sparse').phase, 'stored')
  assert.deepEqual([signed, sent, largest], [3840, 60 * 2 ** 30, PART])
})

test('twenty thousand files are queued in well under three seconds', () => {
  const { engine } = setUp(fakeServer())
  engine.pause()
  const one = new Blob(['x'])
  const begin = performance.now()
  engine.add('maps', Array.from({ length: 20_000 }, (_, n) => ({ path: `folder/${n}.tif`, file: one })))
  assert.ok(performance.now() - begin < 3000)
  assert.equal(engine.uploads().length, 20_000)
  assert.equal(engine.totals.phases.waiting, 20_000)
})
