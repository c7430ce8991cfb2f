/** What may be looked at without danger, where scripts may come from, and copies and events in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { previewOf } from '../src/preview.js'
import { isOurs } from '../src/trusted-types.js'
import { chosenInWords, copiesInWords, eventInWords, meaningOf, toneOfEvent } from '../src/words/items.js'

const STORES = [{ id: '1', type: 'AMAZON_S3' }, { id: '2', type: 'SWIFT_S3' }]
const VERIFIED = { state: 'intact', verified_at: 'x' }

test('only what a browser shows without running it is looked at, whatever its name', () => {
  const kind = (content_type, size = 1) => previewOf({ content_type, size })?.kind
  assert.deepEqual(['image/png', 'audio/mpeg', 'video/mp4', 'text/plain; charset=utf-8', 'TEXT/CSV'].map((type) => kind(type)), ['image', 'audio', 'video', 'text', 'text'])
  for (const type of ['text/html', 'image/svg+xml', 'application/pdf', 'text/javascript', 'application/xhtml+xml', null, '', 'image/png, text/html']) {
    assert.equal(kind(type), undefined, type)
  }
  assert.equal(kind('image/png', 0), undefined)
  assert.equal(kind('image/png', 60_000_000), undefined)
  assert.equal(kind('text/plain', 1e12), 'text')
})

test('large things are looked at when somebody asks for it', () => {
  assert.equal(previewOf({ content_type: 'image/jpeg', size: 1_000_000 }).atOnce, true)
  assert.equal(previewOf({ content_type: 'image/jpeg', size: 20_000_000 }).atOnce, false)
  assert.equal(previewOf({ content_type: 'video/mp4', size: 10 }).atOnce, false)
})

test('scripts come from this site alone', () => {
  const here = 'https://portal.example/portal/'
  assert.ok(isOurs('./assets/worker.js', here))
  assert.ok(isOurs('https://portal.example/x.js', here))
  for (const other of ['https://evil.example/x.js', 'data:text/javascript,1', 'blob:https://evil.example/1', '//evil.example/x.js', 'http://portal.example/x.js']) {
    assert.ok(!isOurs(other, here), other)
  }
})

test('the copies of an item in a few words, the worst first', () => {
  const words = (...copies) => copiesInWords({ copies: copies.map((copy, at) => ({ store: String(at + 1), ...copy })) }, STORES)
  assert.deepEqual(words(VERIFIED, VERIFIED), { tone: 'good', words: 'verified in both copies' })
  assert.deepEqual(words(VERIFIED, { state: 'pending' }), { tone: 'open', words: 'verified in 1 of 2 copies' })
  assert.deepEqual(words({ state: 'pending' }), { tone: 'open', words: 'being verified' })
  assert.deepEqual(words({ state: 'pending' }, { state: 'damaged' }), { tone: 'bad', words: 'Swift (copy 2): damaged' })
})

test('every state says what it means, and that unreadable is not damaged', () => {
  for (const state of ['pending', 'intact', 'damaged', 'missing', 'unreadable']) assert.ok(meaningOf({ state, verified_at: 'x' }), state)
  assert.equal(meaningOf({ state: 'intact', verified_at: null }), meaningOf({ state: 'pending' }))
  assert.match(meaningOf({ state: 'pending', verified_at: 'x' }), /brought up to date/)
  assert.match(meaningOf({ state: 'unreadable' }), /says nothing about/)
})

test('events in words; those that this portal does not know are told as the service says them', () => {
  assert.equal(eventInWords({ kind: 'evidence kept' }), 'Damaged bytes kept as evidence')
  assert.equal(eventInWords({ kind: 'deposited', detail: { 'noticed-by': 'event' } }), 'Noticed in the store')
  assert.equal(eventInWords({ kind: 'something new' }), 'Something new')
  assert.equal(toneOfEvent({ kind: 'checked', detail: { verdict: 'damaged' } }), 'bad')
  assert.equal(toneOfEvent({ kind: 'checked', detail: { verdict: 'intact' } }), 'good')
  assert.equal(toneOfEvent({ kind: 'repaired' }), 'good')
})

test('what was chosen, in numbers', () => {
  assert.equal(chosenInWords([{ size: 1000 }, { size: 500 }]), '2 items, 1.5 kB')
})
