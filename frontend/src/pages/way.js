// The replay: the diagram stands in the page, a step is marked on it and a point runs along the flows that led there;
// who wants less motion sees the steps without it. Without this file each step is a page of its own.
const MARKED = { stroke: '#b4430f', fill: '#ffe3c7' }
const CURRENT = { stroke: '#0b5cad', fill: '#d5e7fb' }
const NAMES = ['stroke', 'fill', 'stroke-width', 'marker-end']
const SVG = 'http://www.w3.org/2000/svg'

const replay = document.getElementById('replay')
const rows = [...document.querySelectorAll('tr[data-step]')]
const steps = rows.map((row) => ({
  id: row.dataset.element,
  flows: row.dataset.flows ? row.dataset.flows.split(' ') : [],
  waits: row.dataset.waits !== undefined
}))
const isStill = matchMedia('(prefers-reduced-motion: reduce)')

if (replay && steps.length) start(replay).catch(() => {})

async function start(replay) {
  const answer = await fetch(replay.dataset.source)
  if (!answer.ok) return
  const read = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml').documentElement
  if (read.nodeName !== 'svg') return
  const svg = document.importNode(read, true)
  svg.setAttribute('role', 'img')
  const stage = replay.querySelector('[data-stage]')
  svg.setAttribute('aria-label', stage.querySelector('img').alt)
  const parts = partsOf(svg)
  stage.replaceChildren(svg)
  const point = svg.appendChild(make('circle', { r: 8, fill: CURRENT.stroke, stroke: '#fff', 'stroke-width': 2 }))
  const badges = svg.appendChild(make('g', {}))
  point.setAttribute('visibility', 'hidden')

  const slider = replay.querySelector('input[type=range]')
  const play = replay.querySelector('[data-go=play]')
  const words = { play: play.getAttribute('aria-label'), pause: play.dataset.pause }
  replay.querySelector('[data-show]').hidden = true
  play.hidden = false
  let at = Number(slider.value)
  let run = 0
  let isPlaying = false

  const mark = () => {
    for (const part of parts.values()) for (const one of part) restore(one)
    const visits = new Map()
    for (const step of steps.slice(0, at)) {
      for (const id of [step.id, ...step.flows]) dress(parts.get(id), MARKED, 'marked')
      visits.set(step.id, (visits.get(step.id) ?? 0) + 1)
    }
    const now = steps[at - 1]
    if (now) for (const id of [now.id, ...now.flows]) dress(parts.get(id), CURRENT, 'current')
    badges.replaceChildren(...[...visits].flatMap(([id, times]) =>
      badge(parts.get(id), times, at === steps.length && steps.some((one) => one.id === id && one.waits))))
    slider.value = at
    replay.querySelector('[data-at]').textContent = at
    replay.querySelector('[data-said]').textContent = at ? ` · ${rows[at - 1].dataset.said}` : ''
    rows.forEach((row, index) => index === at - 1 ? row.setAttribute('aria-current', 'step') : row.removeAttribute('aria-current'))
    const address = new URL(location)
    address.searchParams.set('process', replay.querySelector('[name=process]').value)
    address.searchParams.set('step', at)
    history.replaceState(null, '', address)
  }

  const see = (id) => {
    const part = parts.get(id)?.[0]
    if (!part) return
    const box = part.getBoundingClientRect()
    const frame = stage.getBoundingClientRect()
    stage.scrollBy({
      left: box.left + box.width / 2 - frame.left - frame.width / 2,
      top: box.top + box.height / 2 - frame.top - frame.height / 2,
      behavior: isStill.matches ? 'instant' : 'smooth'
    })
  }

  const go = async (to) => {
    const mine = ++run
    const next = Math.max(0, Math.min(to, steps.length))
    if (next === at + 1 && !isStill.matches) await move(steps[next - 1].flows, () => mine === run)
    if (mine !== run) return false
    at = next
    mark()
    if (at) see(steps[at - 1].id)
    return true
  }

  const move = async (flows, isOn) => {
    for (const flow of flows) {
      const line = parts.get(flow)?.find((one) => one.nodeName === 'polyline')
      if (!line) continue
      const length = line.getTotalLength()
      const lasts = Math.min(900, 150 + length * 1.5)
      const begin = performance.now()
      point.setAttribute('visibility', 'visible')
      while (isOn()) {
        const part = Math.min(1, (performance.now() - begin) / lasts)
        const { x, y } = line.getPointAtLength(length * part)
        point.setAttribute('cx', x)
        point.setAttribute('cy', y)
        if (part === 1) break
        await new Promise(requestAnimationFrame)
      }
    }
    point.setAttribute('visibility', 'hidden')
  }

  const stop = () => {
    isPlaying = false
    play.textContent = '▶'
    play.setAttribute('aria-label', words.play)
  }

  const playOn = async () => {
    if (isPlaying) return stop()
    isPlaying = true
    play.textContent = '❚❚'
    play.setAttribute('aria-label', words.pause)
    if (at === steps.length) await go(0)
    while (isPlaying && at < steps.length && await go(at + 1)) await new Promise((done) => setTimeout(done, 600))
    stop()
  }

  const acts = { first: () => 0, back: () => at - 1, on: () => at + 1, last: () => steps.length }
  const act = (name) => {
    if (name === 'play') return playOn()
    stop()
    return go(acts[name]())
  }
  replay.addEventListener('click', (event) => {
    const name = event.target.closest('[data-go]')?.dataset.go
    if (!name) return
    event.preventDefault()
    act(name)
  })
  slider.addEventListener('input', () => {
    stop()
    go(Number(slider.value))
  })
  document.querySelector('table.steps').addEventListener('click', (event) => {
    const to = event.target.closest('[data-to]')?.dataset.to
    if (to === undefined || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    stop()
    go(Number(to))
  })
  const keys = { ArrowLeft: 'back', ArrowRight: 'on', Home: 'first', End: 'last', p: 'play' }
  replay.addEventListener('keydown', (event) => {
    if (event.target === slider && event.key !== 'p') return
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return
    event.preventDefault()
    act(keys[event.key])
  })
  mark()
  if (at && at < steps.length) see(steps[at - 1].id)
}

// What is drawn of each element, with how it looks unmarked.
function partsOf(svg) {
  const parts = new Map()
  for (const one of svg.querySelectorAll('[data-id]')) {
    const id = one.getAttribute('data-id')
    one.plain = NAMES.map((name) => one.getAttribute(name))
    parts.set(id, [...(parts.get(id) ?? []), one])
  }
  return parts
}

function restore(one) {
  NAMES.forEach((name, index) => one.plain[index] === null
    ? one.removeAttribute(name) : one.setAttribute(name, one.plain[index]))
}

function dress(parts, look, arrow) {
  parts?.forEach((one, index) => {
    one.setAttribute('stroke', look.stroke)
    if (index === 0) {
      one.setAttribute('stroke-width', 3)
      if (one.nodeName === 'polyline') one.setAttribute('marker-end', `url(#arrow-${arrow})`)
      else if (one.getAttribute('fill') !== 'none') one.setAttribute('fill', look.fill)
    }
  })
}

function badge(parts, times, waits) {
  if (!parts) return []
  const box = parts[0].getBBox()
  const width = waits ? 34 : 20
  const x = box.x + box.width
  const said = make('text', { x, y: box.y + 4, fill: '#1b2733', 'text-anchor': 'middle' })
  said.textContent = waits ? `▶ ${times}` : times
  return [make('rect', {
    x: x - width / 2, y: box.y - 9, width, height: 18, rx: 9, fill: waits ? '#ffe3c7' : '#fff', stroke: '#b4430f'
  }), said]
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [one, value] of Object.entries(attributes)) made.setAttribute(one, value)
  return made
}
