/** Why a file did not get there, in the words of the portal. */

/** Something of this name with other bytes is in the space: only the member can decide. `there` has its md5, sha256 and size. */
export class Conflict extends Error {
  constructor(there) {
    super('The space already holds an item of this name with other content. Nothing was sent.')
    this.there = there
  }
}

/** The service will not take this file, whatever is tried. */
export class Refused extends Error {
  constructor(reason) {
    super(reason)
    this.refused = true
  }
}

/** The address or the whole upload is no longer good: a new one may be. */
export class Expired extends Error {
  constructor(reason) {
    super(reason)
    this.expired = true
  }
}

/** Not stored yet, but it may be the next time: the service's own word. */
export class Again extends Error {}

/** What arrived is not what was hashed here; the store kept none of it. */
export class Corrupted extends Error {
  constructor() {
    super('The bytes that arrived differ from the bytes hashed here, three times. Nothing was stored. Something between this browser and the service changes them.')
  }
}

/** The file is not the one any more that was chosen. */
export class Changed extends Error {
  constructor() {
    super('The file was changed while it was being sent. Nothing was stored. Choose it again.')
  }
}

/** The sentence for the member. */
export function inWords(error) {
  if (error?.status === 403) return 'You may not write in this space.'
  return error?.message ?? String(error)
}
