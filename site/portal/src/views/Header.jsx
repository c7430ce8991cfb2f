/** The bar on top: the way back to the site, who is signed in, and the way out. */

export function Header({ username, onSignOut }) {
  return (
    <header class="bar">
      <a class="brand" href="/">
        <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
          <path d="M10 21.5h12.2a4.3 4.3 0 0 0 .6-8.55A6.6 6.6 0 0 0 10.3 13 4.4 4.4 0 0 0 10 21.5Z" />
          <path d="m12.8 17 2.3 2.3 4.3-4.5" />
        </svg>
        <span>DuraCloud</span>
      </a>
      <span class="bar-title">Portal</span>
      {username && (
        <div class="bar-member">
          <span class="bar-name"><span class="unseen">Signed in as </span>{username}</span>
          <button type="button" class="on-bar" onClick={onSignOut}>Sign out</button>
        </div>
      )}
    </header>
  )
}
