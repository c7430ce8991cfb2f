/** Roles, stores and their modes in plain words; which roles a role may give. */

export const ROLES = ['user', 'admin', 'owner', 'root']
const ROLE_NAMES = { user: 'user', admin: 'administrator', owner: 'owner', root: 'root user' }
export const roleName = (role) => ROLE_NAMES[role] ?? role

/** Administrators manage users; owners also administrators and owners; root users everybody. */
export function rolesToGive(me) {
  if (me.roles.includes('root')) return ROLES
  return me.roles.includes('owner') ? ROLES.slice(0, 3) : ROLES.slice(0, 1)
}

/** What the service does with a store in each mode. */
export const MODES = {
  'in-service': ['in service', 'It is read and written.'],
  filling: ['being filled', 'It gets everything that it lacks; meanwhile lists come from the index.'],
  'read-only': ['read only', 'It is read; nothing new is written to it.'],
  'out-of-service': ['out of service', 'It is neither read nor written; other stores give what it has.'],
}
