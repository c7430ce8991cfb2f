/** Verdicts, totals and the words made of them; the service's own reasons; walking dropped folders. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSession, reasonFrom, resumed, signIn } from '../src/api.js'
import { filesFromDrop, walk, walkHandle } from '../src/chosen-files.js'
import { spoken, summarise } from '../src/engine/summary.js'
import { totalsOf } from '../src/engine/uploads.js'
import { comesFrom, heldInWords, leftOut, paceInWords, phaseInWords, size } from '../src/words.js'

const STORES = [{ id: '1', type: 'AMAZON_S3' }, { id: '2', type: 'SWIFT_S3' }]

test('phases in words', () => {
  const words = (upload) => phaseInWords(upload, STORES)
  assert.equal(words({ phase: 'hashing', hashed: 50, size: 200 }), 'hashing 25 %')
  assert.equal(words({ phase: 'hashing', hashed: 200, size: 200, checksums: {} }), 'hashed, waiting')
  assert.equal(words({ phase: 'sending', sent: 199, size: 200 }), 'sending 99 %')
  assert.equal(words({ phase: 'sending', sent: 200, size: 200, checksums: {} }), 'sent, waiting for the answer')
  assert.equal(words({ phase: 'sending', sent: 200, hashed: 20, size: 200 }), 'sent, hashing 10 %')
  assert.equal(words({ phase: 'conflict' }), 'other content is there')
  assert.equal(words({ phase: 'stored' }), 'stored – being verified')
  assert.equal(words({ phase: 'verified', item: { copies: [] } }), 'verified in both copies')
  const item = { copies: [{ store: '1', state: 'intact', verified_at: 'x' }, { store: '2', state: 'damaged' }] }
  assert.equal(words({ phase: 'stored', verdict: 'trouble', item }), 'stored – Swift (copy 2): damaged')
})

test('where a deleted item comes back from', () => {
  assert.equal(comesFrom({ from: ['1', '2'] }, STORES), 'Kept in Amazon S3 (copy 1) and Swift (copy 2).')
  assert.equal(comesFrom({ from: [] }, STORES), 'No store is known to keep its bytes.')
})

test('bringing back names the item in the address, whatever is in its name', async () => {
  const asked = []
  const session = openSession(async (path, { method }) => {
    asked.push(`${method} ${path}`)
    return new Response('{"readable": true, "items": [], "next": null}', { headers: { 'Content-Type': 'application/json' } })
  })
  await session.deleted('maps', { after: 'a b' })
  assert.deepEqual(await session.undelete('maps', 'a/é +%.tif'), { readable: true, items: [], next: null })
  assert.deepEqual(asked, ['GET /api/spaces/maps/deleted?after=a%20b&limit=100', 'POST /api/spaces/maps/deleted/a/%C3%A9%20%2B%25.tif'])
})

test('sizes', () => {
  assert.deepEqual([0, 1, 999, 1000, 1536, 999_960, 5_000_000_000_000].map(size), ['0 bytes', '1 byte', '999 bytes', '1.0 kB', '1.5 kB', '1.0 MB', '5.0 TB'])
})

test('the total counts confirmed and running bytes, and speaks in tenths', () => {
  const uploads = [
    { phase: 'verified', size: 100 },
    { phase: 'stored', size: 100 },
    { phase: 'sending', sent: 50, size: 100 },
    { phase: 'failed', size: 999 },
    { phase: 'cancelled', size: 999 },
  ]
  const sum = summarise(totalsOf(uploads))
  assert.deepEqual([sum.files, sum.bytes, sum.sent, sum.stored, sum.verified, sum.failed], [4, 300, 250, 2, 1, 1])
  assert.equal(spoken(sum), 'About 60 percent sent, 4 files in all. 1 file failed.')
  assert.equal(spoken(summarise(totalsOf(uploads.slice(0, 2)))), '2 files stored, being verified.')
  assert.equal(spoken(summarise(totalsOf(uploads.slice(0, 1)))), '1 file verified in every copy.')
  assert.equal(spoken(summarise(totalsOf([{ phase: 'conflict', size: 1 }]))), '1 file to be decided.')
  assert.equal(spoken(summarise(totalsOf([]))), '')
})

test('speed and time left', () => {
  assert.equal(paceInWords(null, null), null)
  assert.deepEqual([30, 90, 3599, 7200, 200_000].map((seconds) => paceInWords(1_250_000, seconds)), [
    '1.3 MB/s, less than a minute left', '1.3 MB/s, about 2 minutes left', '1.3 MB/s, about 1 hour left', '1.3 MB/s, about 2 hours left', '1.3 MB/s, about 2 days left',
  ])
  assert.equal(heldInWords(new Set()), null)
  assert.match(heldInWords(new Set(['member', 'sign-in'])), /sign in again/)
})

test('what was left out is named', () => {
  const nothing = { junk: [], alreadyHere: [], unreadable: [], emptyFolders: [] }
  assert.equal(leftOut(nothing), null)
  assert.equal(leftOut({ ...nothing, junk: ['.DS_Store', '.DS_Store'] }), '2 system files left out (.DS_Store).')
})

test('the reason is the service’s own sentence where there is one', () => {
  assert.equal(reasonFrom(404, 'application/problem+json', '{"title":"Not found","detail":"There is no such space."}'), 'There is no such space.')
  assert.equal(reasonFrom(400, 'text/plain; charset=utf-8', 'A Space ID must begin with a lowercase letter.\n'), 'A Space ID must begin with a lowercase letter.')
  assert.equal(reasonFrom(502, 'text/html', '<h1>Bad gateway</h1>'), 'The service answered with status 502.')
  assert.equal(reasonFrom(500, 'application/json', 'not json'), 'The service answered with status 500.')
})

test('a password is sent once, at sign-in; after a reload the cookie is enough, and without one nobody is signed in', async () => {
  const asked = []
  const service = (status) => async (path, { method, headers, body, credentials }) => {
    asked.push([method, path, body, headers?.Authorization, credentials])
    return new Response(status === 204 ? null : '{}', { status })
  }
  const session = await signIn('anna', 'pä:ß', service(201))
  await session.me()
  assert.equal(await resumed(service(204)), null)
  assert.ok(await resumed(service(200)))
  assert.deepEqual(asked.slice(0, 2), [
    ['POST', '/api/session', '{"username":"anna","password":"pä:ß"}', undefined, 'same-origin'],
    ['GET', '/api/me', undefined, undefined, 'same-origin'],
  ])
})

test('signed in again with the right password, and not with a wrong one', async () => {
  const session = openSession(async (_, { body }) => new Response('{}', { status: JSON.parse(body).password === 'new' ? 201 : 401 }))
  await assert.rejects(session.again('jane', 'wrong'), { status: 401 })
  await session.again('jane', 'new')
})

test('an item is found by a page of one, and a longer name is not taken for it', async () => {
  const asked = []
  const session = (items) => openSession(async (path) => {
    asked.push(path)
    return new Response(JSON.stringify({ items, next: null }))
  })
  assert.equal(await session([{ id: 'a+b%.txt.bak' }]).find('maps', 'a+b%.txt'), null)
  assert.deepEqual(await session([{ id: 'a+b%.txt' }]).find('maps', 'a+b%.txt'), { id: 'a+b%.txt' })
  assert.equal(asked[0], '/api/spaces/maps/items?prefix=a%2Bb%25.txt&limit=1')
})

test('a dropped folder is walked through, a hundred children at a time', async () => {
  const leaf = (fullPath) => ({ isFile: true, fullPath, file: (done) => done({ name: fullPath }) })
  const broken = { isFile: true, fullPath: '/d/broken', file: (_, fail) => fail(new Error('gone')) }
  const folder = (fullPath, children) => ({
    isFile: false,
    fullPath,
    createReader: () => ({ readEntries: (done) => done(children.splice(0, 100)) }),
  })
  const many = Array.from({ length: 250 }, (_, n) => leaf(`/d/many/${n}`))
  const result = await walk([folder('/d', [folder('/d/many', many), folder('/d/empty', []), broken]), leaf('/x.txt')])
  assert.equal(result.found.length, 251)
  assert.equal(result.found[0].path, 'd/many/0')
  assert.equal(result.found[250].path, 'x.txt')
  assert.deepEqual(result.unreadable, ['d/broken'])
  assert.deepEqual(result.emptyFolders, ['d/empty'])
})

test('what was dropped is walked, and its handles are kept for another day', async () => {
  const leaf = (name) => ({ kind: 'file', name, getFile: async () => ({ name }) })
  const box = { kind: 'directory', name: 'box', values: async function* () { yield leaf('a'); yield { kind: 'directory', name: 'sub', values: async function* () { yield leaf('b') } }; yield { kind: 'file', name: 'gone', getFile: async () => { throw new Error('gone') } } } }
  const again = await walkHandle(box)
  assert.deepEqual(again.found.map(({ path }) => path).sort(), ['box/a', 'box/sub/b'])
  assert.deepEqual(again.unreadable, ['box/gone'])
  const entry = { isFile: true, fullPath: '/x.txt', file: (done) => done({ name: 'x.txt' }) }
  const dropped = await filesFromDrop({ items: [{ kind: 'string' }, { kind: 'file', webkitGetAsEntry: () => entry, getAsFileSystemHandle: async () => box }] })
  assert.deepEqual([dropped.found.length, dropped.handles], [1, [box]])
  assert.deepEqual((await filesFromDrop({ items: [{ kind: 'file', webkitGetAsEntry: () => entry }] })).handles, [])
})
