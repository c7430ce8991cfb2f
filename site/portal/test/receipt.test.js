/** Receipts: every stored file once, names as they are, nothing claimed that was not verified. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asCsv, asManifest } from '../src/receipt.js'

const STORES = [{ id: '1' }, { id: '2' }]
const checksums = { md5: 'm', sha256: 's' }
const uploads = [
  { id: 'b,"x"\n100%.txt', size: 3, phase: 'stored', checksums, storedAt: '2026-11-20T12:00:00Z', item: { copies: [{ store: '1', state: 'intact', verified_at: 'T1' }, { store: '2', state: 'damaged', verified_at: 'T0' }] } },
  { id: 'a/é.tif', size: 2, phase: 'verified', checksums, item: { copies: [{ store: '1', state: 'intact', verified_at: 'T1' }, { store: '2', state: 'intact', verified_at: 'T2' }] } },
  { id: 'c', size: 1, phase: 'failed', checksums },
  { id: 'd', size: 1, phase: 'sending' },
]

test('a table with one line a stored file, and a time only where a copy was verified', () => {
  assert.equal(asCsv('maps', uploads, STORES), [
    'space,content id,size in bytes,md5,sha256,state,confirmed at,copy 1 verified at,copy 2 verified at',
    'maps,a/é.tif,2,m,s,verified,,T1,T2',
    'maps,"b,""x""\n100%.txt",3,m,s,"stored, not verified yet",2026-11-20T12:00:00Z,T1,',
    '',
  ].join('\r\n'))
})

test('manifests as BagIt wants them: line ends and percent signs are escaped', () => {
  assert.equal(asManifest('md5', uploads), 'm  data/a/é.tif\nm  data/b,"x"%0A100%25.txt\n')
  assert.equal(asManifest('sha256', uploads), 's  data/a/é.tif\ns  data/b,"x"%0A100%25.txt\n')
})
