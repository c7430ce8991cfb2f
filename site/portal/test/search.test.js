/** Searches as the address has them, as the service is asked, and in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createListing } from '../src/listing.js'
import { asked, propertyOf, searchIn } from '../src/search.js'
import { searchInWords } from '../src/words/items.js'

const STORES = [{ id: '1', type: 'AMAZON_S3' }, { id: '2', type: 'SWIFT_S3' }]

test('an address says what is searched for, and what says nothing is left out', () => {
  assert.equal(searchIn({ in: 'a/', name: ' ', tag: '' }), null)
  assert.deepEqual(searchIn({ in: 'a/', name: ' plate ', checksum: 'ab cd\n', state: 'pending' }), { name: 'plate', checksum: 'abcd', state: 'pending' })
  assert.equal(searchIn({ state: 'never' }), null)
})

test('a property and its value are one field, whatever the value has in it', () => {
  const form = new Map([['property', 'creator'], ['value', 'Ada: a life'], ['name', 'e\u0301']])
  assert.deepEqual([asked(form).property, asked(form).name], ['creator:Ada: a life', '\u00e9'])
  assert.deepEqual(propertyOf({ property: 'creator:Ada: a life' }), ['creator', 'Ada: a life'])
  assert.deepEqual(propertyOf({ property: 'creator' }), ['creator', ''])
  assert.equal(asked(new Map([['value', 'Ada']])).property, '')
})

test('a search in words', () => {
  assert.equal(searchInWords({ name: 'plate' }, STORES), 'whose name has “plate”')
  assert.equal(searchInWords({ tag: 'maps', property: 'creator:Ada', state: 'damaged' }, STORES), 'with the tag “maps”, whose creator is “Ada” and of which a copy is damaged')
  assert.equal(searchInWords({ state: 'unreadable', store: '2' }, STORES), 'whose copy in Swift (copy 2) could not be read')
  assert.equal(searchInWords({ store: '2' }, STORES), 'with a copy in Swift (copy 2)')
})

test('a list asks for what is wanted, passes over empty pages, and stops when nobody waits any more', async () => {
  const pages = []
  const listing = createListing(
    async (page) => {
      pages.push(page)
      if (pages.length === 3) listing.stop()
      return { items: [], folders: [], next: String(pages.length) }
    },
    { wanted: { state: 'pending' } },
  )
  await listing.more()
  assert.deepEqual([pages.length, pages[2].after, pages[0].state, listing.done], [3, '2', 'pending', true])
})
