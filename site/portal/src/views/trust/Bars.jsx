/** Bars over time as a picture that screen readers are told in one sentence, with the same figures as a table. */
import { number } from '../../words/trust.js'

const [WIDTH, HEIGHT, FOOT] = [640, 160, 22]

/** `data`: [{name, value, bad}]; a value of null was never counted. `words` name the two figures; `show` gives a value in words. */
export function Bars({ title, data, words, show = number }) {
  const most = Math.max(1, ...data.map(({ value }) => value ?? 0))
  const step = WIDTH / Math.max(1, data.length)
  const height = (value) => (value ? Math.max(2, (value / most) * (HEIGHT - FOOT - 16)) : 0)
  const every = Math.ceil(data.length / 7)
  const latest = data.findLast(({ value }) => value != null)
  const known = data.filter(({ value }) => value != null)
  const bad = data.reduce((sum, day) => sum + (day.bad ?? 0), 0)
  return (
    <section class="panel" aria-label={title}>
      <h2>{title}</h2>
      <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${latest ? `${show(latest.value)} on ${latest.name}, ` : ''}at most ${show(most)}, ${words[1] ? `${number(bad)} ${words[1]}, ` : ''}${known.length} of ${data.length} days counted. The figures are in the table below.`}>
        <line x1="0" x2={WIDTH} y1={HEIGHT - FOOT} y2={HEIGHT - FOOT} />
        {data.map(({ name, value, bad: problems }, at) => (
          <g key={name}>
            <rect x={at * step + step * 0.15} width={step * 0.7} y={HEIGHT - FOOT - height(value)} height={height(value)} />
            {problems > 0 && <path class="bad" d={`M${at * step + step / 2 - 7} ${HEIGHT - FOOT - height(value) - 3}h14l-7-12z`} />}
            {at % every === 0 && <text x={at * step + step / 2} y={HEIGHT - 6}>{name.slice(5)}</text>}
          </g>
        ))}
      </svg>
      <details class="small">
        <summary>As a table</summary>
        <table>
          <thead><tr><th scope="col">Day</th>{words.filter(Boolean).map((word) => <th key={word} scope="col">{word}</th>)}</tr></thead>
          <tbody>
            {data.map(({ name, value, bad: problems }) => (
              <tr key={name}><th scope="row">{name}</th><td>{value == null ? 'not counted' : show(value)}</td>{words[1] && <td>{number(problems)}</td>}</tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  )
}
