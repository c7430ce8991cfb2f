/** A part of the portal with several views: their names on one side, the chosen one on the other. */
import { linkToArea } from '../place.js'
import { useHeading } from './use-heading.js'

/** `views` are the names of the views by their place in the address. */
export function Area({ area, title, views, view, children }) {
  return (
    <>
      <nav class="spaces" aria-label={title}>
        <h2>{title}</h2>
        <ul>
          {Object.entries(views).map(([place, name]) => (
            <li key={place}><a href={linkToArea(area, place)} aria-current={place === view ? 'page' : undefined}><span class="name">{name}</span></a></li>
          ))}
        </ul>
      </nav>
      <main>{children}</main>
    </>
  )
}

/** What stands on top of a view: its name, which gets the focus, and what can be done with all of it. */
export function Top({ title, children }) {
  const heading = useHeading(title)
  return <div class="list-head"><h1 {...heading}>{title}</h1><div class="row top-actions">{children}</div></div>
}

/** What `useLoaded` gives: a problem with a way to try again, or that it is being read. */
export function Told({ loaded, what }) {
  const { value, problem, loading, again } = loaded
  if (problem) return <p class="notice bad" role="alert"><span>{problem.message}</span><button type="button" class="small" onClick={again}>Try again</button></p>
  return loading && value === null ? <p class="quiet" role="status">Reading {what} …</p> : null
}
