/** Trust: whether everything that was given to the service is still as it was, and how anybody can tell. */
import { TRUST_VIEWS } from '../../place.js'
import { Area } from '../Area.jsx'
import { Checks } from './Checks.jsx'
import { Growth } from './Growth.jsx'
import { Incidents } from './Incidents.jsx'
import { Overview } from './Overview.jsx'
import { Work } from './Work.jsx'

const NAMES = ['Overview', 'Incidents', 'Work in the background', 'Checks and what they cost', 'Growth']
const SHOWN = { copies: Overview, incidents: Incidents, work: Work, checks: Checks, growth: Growth }

export function View({ place, ...rest }) {
  const Shown = SHOWN[place.view]
  return (
    <Area area="trust" title="Trust" views={Object.fromEntries(TRUST_VIEWS.map((view, at) => [view, NAMES[at]]))} view={place.view}>
      <Shown key={place.view} query={place.query} {...rest} />
    </Area>
  )
}
