/** Changes of many items: what a form asks for, and what became of each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeAll, changeIn } from '../src/bulk.js'
import { changedInWords } from '../src/words/items.js'

const ids = Array.from({ length: 250 }, (_, at) => `${at}`)

test('a form says what is to be changed, and what is empty is left as it is', () => {
  assert.equal(changeIn(new Map([['set', ' '], ['value', 'lost'], ['add', ' | ']])), null)
  assert.deepEqual(changeIn(new Map([['set', 'creator '], ['value', 'Ada'], ['take', 'draft'], ['add', 'maps| of 1710 ']])), {
    properties: { creator: 'Ada', draft: null },
    add_tags: ['maps', 'of 1710'],
  })
})

test('items are changed a hundred at a time, and each that is refused is told with its reason', async () => {
  const sizes = []
  const result = await changeAll(ids, async (some) => {
    sizes.push(some.length)
    if (some.includes('100')) throw new Error('The service did not answer.')
    return some.map((id) => (id === '7' ? { id, state: 'failed', reason: 'too long' } : id === '8' ? { id, state: 'missing' } : { id, state: 'done' }))
  })
  assert.deepEqual(sizes, [100, 100, 50])
  assert.deepEqual([result.changed, result.refused.length], [148, 102])
  assert.deepEqual(result.refused.slice(0, 2), [{ id: '7', reason: 'too long' }, { id: '8', reason: 'It is not there any more.' }])
  assert.equal(changedInWords(result), '148 items changed, 102 refused')
})

test('what the service refuses as a whole at once changes nothing', async () => {
  await assert.rejects(changeAll(ids, async () => { throw new Error('Tag "" must be …') }), /Tag/)
})
