// What the three editors have in common: the draft is opened and saved, nothing that was drawn is lost, and what the rules
// say of it stands beside.
export const holder = document.getElementById('editor')
export const language = holder.dataset.language
const told = document.getElementById('told')
const place = `draft ${location.pathname}`
const PAUSE = 800

// Opens the draft by `show`; what was drawn here before and never saved is offered, if nobody has saved since.
export async function begin(show) {
  const answer = await fetch(holder.dataset.file)
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  const saved = await answer.text(), kept = JSON.parse(localStorage.getItem(place))
  await show(saved)
  if (!kept || kept.content === saved) return
  const offer = document.getElementById('kept')
  document.getElementById('kept-at').textContent = kept.at
  document.getElementById('take').addEventListener('click', async () => {
    await show(kept.content)
    offer.hidden = true
    holder.dispatchEvent(new Event('taken'))
  })
  document.getElementById('leave').addEventListener('click', () => {
    localStorage.removeItem(place)
    offer.hidden = true
  })
  offer.hidden = false
}

// `read` gives the text of the draft, `select` shows the element with an id. Answers what to call when it was changed.
export function keep(read, select) {
  const button = document.getElementById('save'), list = listIn('problems', select)
  let revision = holder.dataset.revision, changes = 0, saved = 0, timer

  async function save() {
    button.disabled = true
    const mine = changes
    try {
      const sent = new FormData()
      sent.set('content', await read())
      sent.set('revision', revision)
      const answer = await fetch(holder.dataset.save, {
        method: 'POST', body: sent, headers: { Accept: 'application/json' }
      })
      const said = await answer.json()
      if (!answer.ok) throw new Error(said.detail)
      revision = String(said.revision)
      saved = mine
      localStorage.removeItem(place)
      told.textContent = mine === changes ? holder.dataset.saved : holder.dataset.unsaved
      list(said.problems)
    } catch (error) {
      // What was drawn stays on the page and in the browser; the person reads why it is not kept.
      told.textContent = `${holder.dataset.failed} ${error.message}`
    } finally {
      button.disabled = false
    }
  }

  async function remember() {
    if (saved === changes) return
    const now = new Date()
    const at = `${now.toLocaleDateString('sv')} ${now.toLocaleTimeString('sv').slice(0, 5)}`
    try {
      localStorage.setItem(place, JSON.stringify({ at, content: await read() }))
    } catch (error) {
      // No room in the browser: only saving keeps it, and the page says that it is not saved.
      console.warn(error.message)
    }
  }

  function changed() {
    changes += 1
    told.textContent = holder.dataset.unsaved
    clearTimeout(timer)
    timer = setTimeout(remember, PAUSE)
  }

  document.getElementById('problems').addEventListener('click', (event) => {
    const found = event.target.closest('[data-element]')
    if (found) select(found.dataset.element)
  })
  button.addEventListener('click', save)
  document.addEventListener('keydown', (event) => {
    if (event.key === 's' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      save()
    }
  })
  window.addEventListener('beforeunload', (event) => {
    if (saved !== changes) event.preventDefault()
  })
  holder.addEventListener('taken', changed)
  if (location.hash) select(decodeURIComponent(location.hash.slice(1)))
  return changed
}

// Shows problems in the box with an id, each with a button that leads to its element.
export function listIn(id, select) {
  const box = document.getElementById(id)
  return (problems) => {
    if (!problems.length) {
      box.replaceChildren(made('p', 'light green', holder.dataset.fine))
      return
    }
    const items = made('ul', 'plain problems')
    for (const one of problems) {
      const item = made('li'), find = made('button', 'find')
      find.type = 'button'
      find.dataset.element = one.element
      find.append(made('code', '', one.element))
      if (id !== 'problems') find.addEventListener('click', () => select(one.element))
      const [colour, word] = one.warning ? ['yellow', holder.dataset.warning] : ['red', holder.dataset.refused]
      item.append(find, ' ', made('span', `light ${colour}`, word), ' ', made('span', '', one.message), ' ', made('span', 'quiet', one.mend))
      items.append(item)
    }
    box.replaceChildren(items)
  }
}

function made(tag, className = '', text = '') {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}
