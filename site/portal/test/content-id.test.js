/** Ids: which are possible, how they are encoded, what is junk. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentId, encodeId, formEncodedLength, isJunk, justBefore, nameBeside, plain, problemWithId } from '../src/content-id.js'

test('a decomposed name becomes the composed one', () => {
  assert.equal(contentId('cafe\u0301/e\u0301te\u0301.txt'), 'caf\u00e9/\u00e9t\u00e9.txt')
})

test('the relative path is kept, a leading slash is not', () => {
  assert.equal(contentId('/maps/1890/a.tif'), 'maps/1890/a.tif')
})

test('ordinary and awkward names are possible', () => {
  for (const id of ['a', 'maps/1890/a b.tif', 'carte d’été +1%.txt', 'x#y&z;|"\'[]', 'ends.', 'a//b', '🗺️.png', '...', '<b>']) {
    assert.equal(problemWithId(id), null, id)
  }
})

test('each impossible name gets its own reason', () => {
  const reasons = new Map([
    ['', /no name/],
    ['what?.txt', /question mark/],
    ['a\\b', /backslash/],
    ['a/../b', /folder is named/],
    ['./a', /folder is named/],
    ['a\ud800b', /valid text/],
    ['é'.repeat(171), /too long: 1026 bytes/],
  ])
  for (const [id, reason] of reasons) assert.match(problemWithId(id), reason)
})

test('the length is counted in the form-url-encoded id', () => {
  assert.equal(formEncodedLength('a b'), 3)
  assert.equal(formEncodedLength('a/b'), 5)
  assert.equal(formEncodedLength('é'), 6)
  assert.equal(formEncodedLength('A9.*_-'), 6)
  assert.equal(formEncodedLength('~'), 3)
  assert.equal(problemWithId('a'.repeat(1024)), null)
  assert.match(problemWithId('a'.repeat(1025)), /1025 bytes/)
  assert.equal(problemWithId(' '.repeat(1024)), null)
})

test('slashes are kept, everything doubtful is encoded, and decoding gives the id back', () => {
  assert.equal(encodeId("dir/carte d'été +1%.txt"), 'dir/carte%20d%27%C3%A9t%C3%A9%20%2B1%25.txt')
  assert.equal(encodeId("!'()*"), '%21%27%28%29%2A')
  for (const id of ['a/b#c?', 'x/%2F/y', 'a&b=c+d', '日本/語']) assert.equal(decodeURIComponent(encodeId(id)), id)
})

test('junk is recognised by its last part only', () => {
  for (const id of ['.DS_Store', 'a/.DS_Store', 'a/b/Thumbs.db', 'desktop.ini']) assert.ok(isJunk(id), id)
  for (const id of ['my.DS_Store', '.DS_Store/a', 'thumbs.db.txt', 'a']) assert.ok(!isJunk(id), id)
})

test('justBefore sorts before the id in UTF-8 order, and after the ids before it', () => {
  const utf8 = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  for (const id of ['a', 'photo1', 'a/b', 'é', '\ue000', '\u{10000}', 'x\u{1f5fa}']) {
    assert.ok(utf8(justBefore(id), id) < 0, id)
  }
  assert.ok(utf8('photo-999', justBefore('photo1')) < 0)
  assert.ok(utf8('photo0zzz', justBefore('photo1')) < 0)
  assert.equal(justBefore('a\0'), 'a')
})

test('companion files of the Macintosh are junk, names with a dot are not', () => {
  assert.ok(isJunk('a/._photo.tif'))
  assert.ok(!isJunk('a/.htaccess') && !isJunk('._folder/photo.tif'))
})

test('a name beside one that is taken', () => {
  assert.equal(nameBeside('a.b/photo.tif', () => false), 'a.b/photo (2).tif')
  assert.equal(nameBeside('a.b/photo', (id) => id === 'a.b/photo (2)'), 'a.b/photo (3)')
  assert.equal(nameBeside('.profile', () => false), '.profile (2)')
})

test('a name that turns the direction of writing is shown as it is', () => {
  assert.equal(plain('\u202egpj.exe'), '‹U+202E›gpj.exe')
  assert.equal(plain('שלום.txt'), 'שלום.txt')
})
