/** Gathers single questions into few calls. */
import { sleep } from './retry.js'

/**
 * `ask(question)` resolves to its answer. `call(questions)` gives the answers in order, or rejects for all of them. One call is under way at a
 * time and those who come meanwhile go with the next one, so that a slow connection makes batches larger instead of more.
 */
export function createBatches({ call, most = 50, linger = 10, wait = sleep }) {
  let waiting = []
  let busy = false

  async function work() {
    busy = true
    if (waiting.length < most) await wait(linger)
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const answers = await call(batch.map(({ question }) => question))
        batch.forEach(({ resolve, reject }, at) => (answers[at] ? resolve(answers[at]) : reject(new Error('The service left a question without an answer.'))))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    busy = false
  }

  return function ask(question) {
    return new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject })
      if (!busy) work()
    })
  }
}
