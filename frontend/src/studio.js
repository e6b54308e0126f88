// What the three editors have in common: the draft is loaded, saved, and what deployment says of it stands beside.
const holder = document.getElementById('editor')
export const language = holder.dataset.language

export async function load() {
  const answer = await fetch(holder.dataset.file)
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return answer.text()
}

// `read` gives the text of the draft, `select` shows the element with an id.
export function keep(read, select) {
  const told = document.getElementById('told'), button = document.getElementById('save')
  let revision = holder.dataset.revision, isSaved = true

  function choose(event) {
    const found = event.target.closest('[data-element]')
    if (found) select(found.dataset.element)
  }

  function list(problems) {
    const box = document.getElementById('problems')
    box.replaceChildren()
    if (!problems.length) {
      box.append(made('p', 'light green', holder.dataset.fine))
      return
    }
    const items = made('ul', 'plain problems')
    for (const one of problems) {
      const item = made('li'), find = made('button', 'find')
      find.type = 'button'
      find.dataset.element = one.element
      find.append(made('code', '', one.element))
      const [colour, word] = one.warning ? ['yellow', holder.dataset.warning] : ['red', holder.dataset.refused]
      item.append(find, ' ', made('span', `light ${colour}`, word), ' ', made('span', '', one.message), ' ', made('span', 'quiet', one.mend))
      items.append(item)
    }
    box.append(items)
  }

  async function save() {
    button.disabled = true
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
      isSaved = true
      told.textContent = holder.dataset.saved
      list(said.problems)
    } catch (error) {
      // What was drawn stays on the page; the person reads why it is not kept.
      told.textContent = `${holder.dataset.failed} ${error.message}`
    } finally {
      button.disabled = false
    }
  }

  document.getElementById('problems').addEventListener('click', choose)
  button.addEventListener('click', save)
  document.addEventListener('keydown', (event) => {
    if (event.key === 's' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      save()
    }
  })
  window.addEventListener('beforeunload', (event) => {
    if (!isSaved) event.preventDefault()
  })
  return () => {
    isSaved = false
    told.textContent = holder.dataset.unsaved
  }
}

function made(tag, className = '', text = '') {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}
