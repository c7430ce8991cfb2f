/** What a second try of the engine need not do again: hashing that is going on, or that was right. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LONG, file, setUp } from './engine-set-up.js'
import { checksumsOf, fakeServer } from './fake-server.js'

test('hashing goes on while the parts fail, and is not begun again by the next try; who gives up stops it', async () => {
  const hashes = []
  const hash = (blob, { signal }) => new Promise((resolve, reject) => {
    hashes.push({ finish: async () => resolve(await checksumsOf(blob)), signal })
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  let broken = true
  const server = fakeServer({ faults: (what) => (broken && what === 'put long 3' ? 503 : undefined) })
  const { engine, until, atRest, upload } = setUp(server, { hash })
  engine.add('maps', [file('long', LONG), file('other', LONG)])
  await until(() => upload('long').phase === 'failed' && hashes.length === 2)
  assert.equal(hashes[0].signal.aborted, false)
  broken = false
  engine.retry(upload('long'))
  await until(() => upload('long').phase === 'sending')
  engine.cancel(upload('other'))
  await hashes[0].finish()
  await atRest()
  assert.deepEqual([upload('long').phase, upload('other').phase], ['stored', 'cancelled'])
  assert.deepEqual([hashes.length, hashes[1].signal.aborted], [2, true])
})

test('bytes that are damaged on the way are no reason to hash the file again', async () => {
  const server = fakeServer()
  let times = 0
  const { engine, atRest, upload } = setUp(server, { hash: async (blob) => { times++; return checksumsOf(blob) } })
  server.damage = (id, number) => number === 2
  engine.add('maps', [file('long', LONG)])
  await atRest()
  assert.equal(upload('long').phase, 'failed')
  server.damage = () => false
  engine.retry(upload('long'))
  await atRest()
  assert.deepEqual([upload('long').phase, times], ['stored', 1])
})
