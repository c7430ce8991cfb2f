/** The bar on top: the way back to the site, the places that the member's role may go to, and the way out. */
import { linkToArea } from '../place.js'
import { usePlace } from './use-place.js'

export function Header({ me, onSignOut }) {
  const { area } = usePlace()
  const here = (name) => (area === name ? 'page' : undefined)
  return (
    <header class="bar">
      <a class="brand" href="/">
        <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
          <path d="M10 21.5h12.2a4.3 4.3 0 0 0 .6-8.55A6.6 6.6 0 0 0 10.3 13 4.4 4.4 0 0 0 10 21.5Z" />
          <path d="m12.8 17 2.3 2.3 4.3-4.5" />
        </svg>
        <span>DuraCloud</span>
      </a>
      {!me && <span class="bar-title">Portal</span>}
      {me && (
        <>
          <nav class="areas" aria-label="Portal">
            <a href="#/spaces" aria-current={here('spaces')}>Spaces</a>
            {mayAdminister(me) && <a href={linkToArea('trust')} aria-current={here('trust')}>Trust</a>}
            {mayAdminister(me) && <a href={linkToArea('admin')} aria-current={here('admin')}>Administer</a>}
          </nav>
          <div class="bar-member">
            <a class="bar-name" href={linkToArea('account')} aria-current={here('account')}><span class="unseen">Signed in as </span>{me.username}</a>
            <button type="button" class="on-bar" onClick={onSignOut}>Sign out</button>
          </div>
        </>
      )}
    </header>
  )
}

export const mayAdminister = (me) => me.roles.includes('admin')
export const isOwner = (me) => me.roles.includes('owner')
