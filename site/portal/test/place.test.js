/** Places in the address; listings as list and as tree. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createListing, rowsOf, wayTo } from '../src/listing.js'
import { linkTo, linkToArea, linkToItem, placeFrom } from '../src/place.js'

const AWKWARD = ['a/b.tif', 'a//b', '/leading', 'trailing/', 'é +%.txt', "it's (1)!*", 'what#about&this=that', '100%', '🗺️/מפה']

test('every place of a space has an address, whatever the item is called', () => {
  assert.deepEqual(placeFrom(''), { area: 'spaces', space: '', view: 'deposit', item: null, query: {} })
  assert.deepEqual(placeFrom(linkTo('maps')), { area: 'spaces', space: 'maps', view: 'deposit', item: null, query: {} })
  assert.deepEqual(placeFrom(linkTo('maps', 'deleted')).view, 'deleted')
  for (const id of AWKWARD) {
    assert.deepEqual(placeFrom(linkToItem('maps', id)), { area: 'spaces', space: 'maps', view: 'items', item: id, query: {} })
    assert.deepEqual(placeFrom(linkTo('maps', 'items', { in: id, as: '' })).query, { in: id })
  }
})

test('spaces may be called like the other places', () => {
  for (const name of ['trust', 'admin', 'spaces', 'account']) assert.equal(placeFrom(linkTo(name, 'items')).space, name)
})

test('trust and administration have addresses, and a mistyped one leads to the nearest place', () => {
  assert.deepEqual(placeFrom('#/trust'), { area: 'trust', view: 'copies', query: {} })
  assert.deepEqual(placeFrom(linkToArea('trust', 'incidents', { space: 'maps' })), { area: 'trust', view: 'incidents', query: { space: 'maps' } })
  assert.equal(placeFrom('#/admin/nonsense').view, 'users')
  assert.equal(placeFrom('#/constructor').area, 'spaces')
  assert.equal(placeFrom('#/spaces/%E0%A4%A').space, '')
})

test('a list has every item in its order, a tree one level with its folders', async () => {
  const asked = []
  const pages = [
    { items: [{ id: 'a/1' }, { id: 'a/x' }], folders: ['a/deep/'], next: 'a/x' },
    { items: [], folders: [], next: 'a/y' },
    { items: [{ id: 'a/z' }], folders: [], next: null },
  ]
  const listing = createListing(async (page) => (asked.push(page), pages[asked.length - 1]), { prefix: 'a/', tree: true, limit: 3 })
  await listing.more()
  assert.equal(asked.length, 1)
  await listing.more()
  assert.deepEqual(listing.rows.map(({ key }) => key), ['a/1', 'a/deep/', 'a/x', 'a/z'])
  assert.equal(listing.rows[1].name, 'deep/')
  assert.deepEqual(asked.map(({ after, delimiter }) => [after, delimiter]), [['', '/'], ['a/x', '/'], ['a/y', '/']])
  await listing.more()
  assert.equal(asked.length, 3)
})

test('a page that is on its way is not asked for twice, and one that failed may be asked for again', async () => {
  let calls = 0
  const listing = createListing(async () => {
    if (++calls === 1) throw new Error('no answer')
    return { items: [{ id: 'x' }], next: null }
  })
  await assert.rejects(Promise.all([listing.more(), listing.more()]))
  await Promise.all([listing.more(), listing.more()])
  assert.deepEqual([calls, listing.rows.length, listing.done], [2, 1, true])
})

test('an empty folder name is a folder, too, and the beginning of a name is none', () => {
  assert.equal(rowsOf({ items: [], folders: ['/'] }, '')[0].name, '/')
  assert.equal(rowsOf({ items: [], folders: ['a/deep/'] }, 'a/d')[0].name, 'deep/')
  assert.deepEqual(wayTo('a//b/').map(({ path }) => path), ['a/', 'a//', 'a//b/'])
})
