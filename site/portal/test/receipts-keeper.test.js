/** Receipts that the service keeps: asked for at the right time, again after what passes, and never for ever. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReceiptsKeeper } from '../src/receipts-keeper.js'

const settled = () => new Promise((resolve) => setImmediate(resolve))
const add = (keeper, number, space = 'maps') => Array.from({ length: number }, (_, at) => keeper.add({ space, id: `${at}` }))

function kept({ fails = [], busy = false } = {}) {
  const state = { written: [], waits: 0, busy }
  const keeper = createReceiptsKeeper({
    write: async (space, ids) => {
      const status = fails.shift()
      if (status !== undefined) throw Object.assign(new Error('x'), { status })
      state.written.push([space, ids.length])
    },
    isBusy: () => state.busy,
    wait: async () => state.waits++,
  })
  return { keeper, state }
}

test('one receipt is written of a space when nothing of it is under way any more', async () => {
  const { keeper, state } = kept({ busy: true })
  add(keeper, 3)
  keeper.look()
  await settled()
  assert.deepEqual(state.written, [])
  state.busy = false
  keeper.look()
  keeper.look()
  await settled()
  assert.deepEqual(state.written, [['maps', 3]])
})

test('a large deposit has receipts of a thousand files, the first before its end', async () => {
  const { keeper, state } = kept({ busy: true })
  add(keeper, 1000)
  await settled()
  assert.deepEqual(state.written, [['maps', 1000]])
  add(keeper, 1500)
  state.busy = false
  await settled()
  keeper.look()
  await settled()
  assert.deepEqual(state.written.map(([, number]) => number), [1000, 1000, 500])
})

test('what passes is tried again, what is refused is not', async () => {
  const passing = kept({ fails: [0, 503, 401] })
  add(passing.keeper, 2)
  passing.keeper.look()
  for (let turn = 0; turn < 10; turn++) await settled()
  assert.deepEqual([passing.state.written, passing.state.waits], [[['maps', 2]], 3])
  const refused = kept({ fails: [403] })
  add(refused.keeper, 2)
  refused.keeper.look()
  for (let turn = 0; turn < 10; turn++) await settled()
  assert.deepEqual([refused.state.written, refused.state.waits], [[], 0])
})
