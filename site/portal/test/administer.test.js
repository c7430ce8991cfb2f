/** Access rules, policies, roles, and the figures of trust in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { opened, rulesFor, withAccess } from '../src/access.js'
import { destinations, storesLost, withRule } from '../src/policies.js'
import { placeFrom } from '../src/place.js'
import { rolesToGive } from '../src/words/people.js'
import { ageOf, dollars, incidentState, number, problemInWords, selfTest, together } from '../src/words/trust.js'

test('opening a space to everybody leaves all other rules as they are', () => {
  const rules = { jane: 'WRITE', 'group-curators': 'READ' }
  assert.deepEqual(opened(rules, true), { ...rules, 'group-public': 'READ' })
  assert.deepEqual(opened({ ...rules, 'Group-Public': 'READ' }, false), rules)
  assert.deepEqual(rulesFor(opened(rules, true)), [['group-curators', 'READ'], ['jane', 'WRITE']])
})

test('a rule replaces the one of the same name, whatever the case of its letters', () => {
  assert.deepEqual(withAccess({ Jane: 'READ', tom: 'READ' }, 'jane', 'WRITE'), { tom: 'READ', jane: 'WRITE' })
  assert.deepEqual(withAccess({ Jane: 'READ' }, 'JANE', null), {})
})

test('policies: one rule is changed, everything else stays as the service told it', () => {
  const pair = (store) => ({ srcStoreId: '1', destStoreId: store })
  const policies = { defaultPolicies: null, spacesToIgnore: ['tmp'], spaceDuplicationStorePolicies: { maps: [pair('2')] } }
  assert.equal(destinations(policies, null), null)
  assert.deepEqual(destinations(policies, 'maps'), ['2'])
  assert.deepEqual(destinations(withRule(policies, 'maps', [], '1'), 'maps'), [])
  assert.equal(destinations(withRule(policies, 'maps', null, '1'), 'maps'), null)
  const changed = withRule(policies, null, ['2', '3'], '1')
  assert.deepEqual(changed, { ...policies, defaultPolicies: [pair('2'), pair('3')] })
})

test('a rule that keeps a space in fewer stores is known before it is saved', () => {
  const pair = (store) => ({ srcStoreId: '1', destStoreId: store })
  const policies = { defaultPolicies: [pair('2'), pair('3')], spacesToIgnore: [], spaceDuplicationStorePolicies: { maps: [pair('2')] } }
  const lost = (space, stores) => storesLost(policies, space, stores, ['2', '3'])
  assert.deepEqual([lost('maps', []), lost('maps', ['3']), lost('maps', ['2', '3']), lost('maps', null)], [['2'], ['2'], [], []])
  assert.deepEqual([lost('other', ['2']), lost(null, ['2']), lost(null, null)], [['3'], ['3'], []])
  assert.deepEqual(storesLost({ ...policies, defaultPolicies: null }, null, [], ['2', '3']), ['2', '3'])
})

test('nobody is offered a role that he may not give', () => {
  assert.deepEqual(rolesToGive({ roles: ['user', 'admin'] }), ['user'])
  assert.deepEqual(rolesToGive({ roles: ['user', 'admin', 'owner'] }), ['user', 'admin', 'owner'])
  assert.deepEqual(rolesToGive({ roles: ['user', 'admin', 'owner', 'root'] }).at(-1), 'root')
})

test('what was never counted is not 0, and small sums are not nothing', () => {
  assert.deepEqual([number(null), number(0), number(1234)], ['not known', '0', '1,234'])
  assert.deepEqual([dollars(null), dollars(0), dollars(0.001), dollars(1234.5)], ['not known', '$0.00', 'less than $0.01', '$1,234.50'])
})

test('ages in words', () => {
  const now = new Date('2026-11-20T12:00:00Z').getTime()
  const age = (iso) => ageOf(iso, now)
  assert.deepEqual(
    ['2026-11-20T11:59:30Z', '2026-11-20T11:59:00Z', '2026-11-20T11:01:00Z', '2026-11-20T10:00:00Z', '2026-11-10T12:00:00Z'].map(age),
    ['less than a minute', '1 minute', '59 minutes', '2 hours', '10 days'],
  )
})

test('figures of several stores in one: sums, and the oldest time; one that was never measured makes it unknown', () => {
  const row = (intact, damaged, oldest_check, measured_at) => ({ copies: { intact, damaged, missing: 0, unreadable: 0, never_checked: 1, undecided: 0 }, overdue: 1, oldest_check, measured_at })
  const all = together([row(3, 1, '2026-11-02', '2026-11-20'), row(4, 0, '2026-11-01', '2026-11-19')])
  assert.deepEqual([all.copies.intact, all.copies.damaged, all.overdue, all.oldest_check, all.measured_at], [7, 1, 2, '2026-11-01', '2026-11-19'])
  assert.equal(together([row(0, 0, null, null), row(1, 0, null, '2026-11-19')]).measured_at, null)
})

test('problems, states and the self-test in words; what this portal does not know is told as the service says it', () => {
  assert.equal(problemInWords('lost'), 'No intact copy is left')
  assert.equal(incidentState('needs a person'), 'needs a person')
  assert.equal(selfTest('silent')[0], 'bad')
  assert.deepEqual([problemInWords('new'), selfTest('new')], ['new', ['open', 'new']])
})

test('a code from an e-mail is used at a place of its own', () => {
  assert.equal(placeFrom('#/welcome').area, 'welcome')
})
