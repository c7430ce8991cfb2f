/** Starts the portal in the page. */
import './trusted-types.js'
import { render } from 'preact'
import { App } from './views/App.jsx'

render(<App />, document.getElementById('portal'))
