/** Administer: who may do what, where copies are kept, and work that was given up. */
import { ADMIN_VIEWS } from '../../place.js'
import { Area } from '../Area.jsx'
import { DeadLetters } from './DeadLetters.jsx'
import { Groups } from './Groups.jsx'
import { Invitations } from './Invitations.jsx'
import { Policies } from './Policies.jsx'
import { Stores } from './Stores.jsx'
import { Users } from './Users.jsx'

const NAMES = ['Users', 'Groups', 'Invitations', 'Stores', 'Where copies are kept', 'Work given up']
const SHOWN = { users: Users, groups: Groups, invitations: Invitations, stores: Stores, policies: Policies, 'dead-letters': DeadLetters }

export function View({ place, ...rest }) {
  const Shown = SHOWN[place.view]
  return (
    <Area area="admin" title="Administer" views={Object.fromEntries(ADMIN_VIEWS.map((view, at) => [view, NAMES[at]]))} view={place.view}>
      <Shown key={place.view} {...rest} />
    </Area>
  )
}
