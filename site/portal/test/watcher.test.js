/** The watcher with a fake clock: "verified" comes from the record and from nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWatcher } from '../src/engine/watcher.js'

const STORES = [{ id: '1' }, { id: '2' }]
const checksums = { md5: 'm', sha256: 's' }
const intact = (store) => ({ store, state: 'intact', verified_at: '2026-11-20T12:00:00Z' })
const verified = (id, over = {}) => ({ id, ...checksums, copies: [intact('1'), intact('2')], ...over })

/** `answer(time, query)` gives the page at a time in ms; a time past `until` ends the run. */
async function run(uploads, answer, until = 300_000) {
  let time = 0
  const asked = []
  const watcher = createWatcher({
    now: () => time,
    wait: async (ms) => {
      time += ms
      if (time > until) watcher.stop()
    },
    stores: () => STORES,
    items: async (space, query) => {
      asked.push({ space, time, ...query })
      return { items: answer(time, query) }
    },
    set: Object.assign,
  })
  for (const upload of uploads) watcher.watch(upload)
  while (time <= until && uploads.some(({ phase }) => phase === 'stored')) await new Promise(setImmediate)
  return asked
}
const stored = (id) => ({ id, space: 'maps', phase: 'stored', checksums })

test('verified once the record has the same checksums and every copy is verified', async () => {
  const upload = stored('a')
  await run([upload], (time) => (time < 2000 ? [] : time < 5000 ? [verified('a', { copies: [intact('1')] })] : [verified('a')]))
  assert.equal(upload.phase, 'verified')
})

test('not verified while a checksum is unknown or a copy has no time of reading', async () => {
  for (const item of [verified('a', { sha256: null }), verified('a', { copies: [intact('1'), { store: '2', state: 'intact', verified_at: null }] })]) {
    const upload = stored('a')
    await run([upload], () => [item])
    assert.equal(upload.phase, 'stored')
  }
})

test('a damaged copy is told and watched further, until it has been repaired', async () => {
  const upload = stored('a')
  const seen = new Set()
  await run([upload], (time) => {
    seen.add(upload.verdict)
    return [time < 60_000 ? verified('a', { copies: [intact('1'), { store: '2', state: 'damaged' }] }) : verified('a')]
  })
  assert.ok(seen.has('trouble'))
  assert.equal(upload.phase, 'verified')
})

test('an older version’s record is waited out; other checksums for a minute are a failure', async () => {
  const replaced = stored('a')
  await run([replaced], (time) => [time < 20_000 ? verified('a', { md5: 'old' }) : verified('a')])
  assert.equal(replaced.phase, 'verified')
  const other = stored('a')
  await run([other], () => [verified('a', { md5: 'old' })])
  assert.equal(other.phase, 'failed')
  assert.match(other.reason, /other checksums/)
})

test('an error while looking is not an error of the deposit', async () => {
  const upload = stored('a')
  await run([upload], (time) => {
    if (time < 10_000) throw new Error('503')
    return [verified('a')]
  })
  assert.equal(upload.phase, 'verified')
})

test('one page answers for many uploads, and the pauses grow', async () => {
  const uploads = Array.from({ length: 250 }, (_, n) => stored(`f/${String(n).padStart(3, '0')}`))
  const all = uploads.map(({ id }) => verified(id))
  const asked = await run(uploads, (_, { after, limit }) => all.filter(({ id }) => id > after).slice(0, limit))
  assert.ok(uploads.every(({ phase }) => phase === 'verified'))
  assert.equal(asked.length, 3)
  const alone = await run([stored('a')], () => [])
  assert.ok(alone.length < 25, `${alone.length} looks in five minutes`)
})
