/** The only texts that may become scripts: addresses of this site. Everything else the browser refuses (Trusted Types). */

/** Whether a script may be loaded from there. */
export function isOurs(address, here = globalThis.location.href) {
  return URL.canParse(address, here) && new URL(address, here).origin === new URL(here).origin
}

globalThis.trustedTypes?.createPolicy('default', {
  createScriptURL(address) {
    if (!isOurs(address)) throw new TypeError(`Scripts are loaded from this site only, not from ${address}`)
    return address
  },
})
