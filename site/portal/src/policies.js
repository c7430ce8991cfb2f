/** Where copies are kept, in the form of the original service's files: lists of pairs of stores. */

/** The stores beside the primary that keep a space (null: spaces without a rule); null where nothing of its own is said. */
export function destinations(policies, space) {
  const pairs = space === null ? policies.defaultPolicies : policies.spaceDuplicationStorePolicies[space]
  return pairs?.map(({ destStoreId }) => destStoreId) ?? null
}

/** All policies with another rule for one space (null: the default); `stores` null takes its rule away. */
export function withRule(policies, space, stores, primary) {
  const pairs = stores?.map((store) => ({ srcStoreId: primary, destStoreId: store })) ?? null
  if (space === null) return { ...policies, defaultPolicies: pairs }
  const { [space]: _, ...others } = policies.spaceDuplicationStorePolicies
  return { ...policies, spaceDuplicationStorePolicies: pairs ? { ...others, [space]: pairs } : others }
}

/** The stores that keep a space (null: spaces without a rule) now and would not with the rule; `others` are all beside the primary. */
export function storesLost(policies, space, stores, others) {
  const before = destinations(policies, space) ?? destinations(policies, null) ?? others
  const after = stores ?? (space === null ? others : (destinations(policies, null) ?? others))
  return before.filter((store) => !after.includes(store))
}
