// Parts of pages in sight that follow what others do: a stream tells that something has changed, the page is asked for
// again as anybody would, and what is new in it is put in; whoever writes or chooses there is told, and not disturbed.
const REST = 800
const parts = [...document.querySelectorAll('[data-live]')]

function isBusy(part) {
  const at = document.activeElement
  const isTyping = part.contains(at) && at.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')
  const isChanged = [...part.querySelectorAll('input, textarea, select')].some((one) => one.type === 'checkbox' || one.type === 'radio'
    ? one.checked !== one.defaultChecked
    : one instanceof HTMLSelectElement
      ? [...one.options].some(({ selected, defaultSelected }) => selected !== defaultSelected && one.selectedIndex > 0)
      : one.type !== 'hidden' && one.value !== one.defaultValue)
  return part.dataset.liveKeeps !== undefined || isTyping || isChanged || part.querySelector('dialog[open]') !== null
}

// How somebody comes back to what they were at, in a part that is new.
function mark(part) {
  const at = document.activeElement
  if (!part.contains(at)) return null
  const row = at.closest('[data-row]')
  return { id: at.id, href: at.getAttribute('href'), name: at.getAttribute('name'), value: at.value, row: row && [...part.querySelectorAll('[data-row]')].indexOf(row) }
}

function back(part, was) {
  if (!was) return
  const same = [...part.querySelectorAll('a, button, input, select, summary, [tabindex]')].find((one) =>
    (was.id && one.id === was.id) || (was.href && one.getAttribute('href') === was.href) ||
    (was.name && one.getAttribute('name') === was.name && one.value === was.value))
  const rows = part.querySelectorAll('[data-row]')
  const near = was.row !== null && rows[Math.min(was.row, rows.length - 1)]?.querySelector('[data-open]')
  ;(same ?? (near || null))?.focus({ preventScroll: true })
}

function tell(part) {
  if (part.previousElementSibling?.classList.contains('changed')) return
  const bar = document.createElement('p')
  bar.className = 'changed notice'
  bar.setAttribute('role', 'status')
  part.before(bar)
  const show = document.createElement('a')
  show.href = location.href
  show.textContent = part.dataset.liveShow
  // Said once it stands there: so it is read aloud.
  requestAnimationFrame(() => bar.append(part.dataset.liveSaid, ' ', show))
}

// What was opened stays open.
function open(part, fresh) {
  const opened = [...part.querySelectorAll('details')].map((one) => one.open)
  fresh.querySelectorAll('details').forEach((one, at) => { if (opened[at] !== undefined) one.open = opened[at] })
}

// What of a part tells that others have changed it; all of it, where it names nothing.
function said(part) {
  const marks = [...part.querySelectorAll('[data-live-mark]')]
  return part.dataset.liveKeeps !== undefined && marks.length ? marks.map((one) => one.textContent).join('\n') : part.textContent
}

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } })
  if (answer.status === 403 || answer.status === 404) return parts.forEach(tell)
  if (!answer.ok || answer.redirected) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of parts) {
    const other = fresh.getElementById(part.id)
    if (!other || other.innerHTML === part.dataset.liveSeen) continue
    if (part.dataset.liveSeen === undefined && other.innerHTML === part.innerHTML) continue
    if (isBusy(part)) {
      if (said(other) !== said(part)) tell(part)
      continue
    }
    const was = mark(part)
    const seen = other.innerHTML
    open(part, other)
    part.replaceChildren(...other.childNodes)
    part.dataset.liveSeen = seen
    back(part, was)
    part.dispatchEvent(new Event('renewed', { bubbles: true }))
  }
}

let source, timer, wasAway = false

function listen() {
  source = new EventSource(parts[0].dataset.live)
  source.onmessage = () => {
    clearTimeout(timer)
    timer = setTimeout(() => look().catch(() => {}), REST)
  }
  source.onopen = () => {
    if (wasAway) source.onmessage()
    wasAway = true
  }
}

// Only pages in sight hold a stream: browsers open but a few to one place.
function follow() {
  if (document.visibilityState === 'visible') {
    if (!source) listen()
  } else {
    source?.close()
    source = undefined
  }
}

document.addEventListener('visibilitychange', follow)
addEventListener('pagehide', () => source?.close())
addEventListener('pageshow', ({ persisted }) => { if (persisted) { source = undefined; follow() } })
follow()
