// Opens every kind of element that an editor draws, with all that its panel and its menus say of it.
window.kinds = (() => {
  const pause = (time = 0) => new Promise((done) => setTimeout(done, time))
  const frames = async (count = 2) => { for (let one = 0; one < count; one++) await new Promise(requestAnimationFrame) }

  // All groups of the panel opened, an item added to each list, and each of these opened too.
  async function openPanel() {
    const panel = document.getElementById('properties')
    for (let round = 0; round < 3; round++) {
      const closed = [
        ...panel.querySelectorAll('.bio-properties-panel-group-header:not(.open)'),
        ...panel.querySelectorAll('.bio-properties-panel-collapsible-entry:not(.open) .bio-properties-panel-collapsible-entry-header')
      ]
      if (!round) panel.querySelectorAll('.bio-properties-panel-add-entry').forEach((one) => one.click())
      closed.forEach((one) => one.click())
      await frames(1)
    }
  }

  // What is read on the page, outside of what people have written.
  function said(own) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT), found = new Set()
    const holders = '#editor, #properties, .djs-popup-parent, .bio-properties-panel-tooltip, .bio-properties-panel-popup, .fjs-editor-palette-container'
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const isText = node.nodeType === Node.TEXT_NODE, element = isText ? node.parentElement : node
      if (!element.closest(holders) || (isText ? element : element.parentElement).closest(own) || ['STYLE', 'SCRIPT', 'TITLE'].includes(element.tagName)) continue
      if (isText) found.add(node.data.trim())
      else for (const name of ['title', 'aria-label', 'placeholder', 'data-placeholder', 'alt']) found.add(element.getAttribute(name)?.trim() ?? '')
    }
    return [...found].filter(Boolean)
  }

  const events = {
    StartEvent: ['Message', 'Timer', 'Signal', 'Conditional'],
    IntermediateCatchEvent: ['Message', 'Timer', 'Signal', 'Conditional', 'Link'],
    IntermediateThrowEvent: ['Message', 'Signal', 'Escalation', 'Link', 'Compensate'],
    EndEvent: ['Message', 'Signal', 'Error', 'Escalation', 'Terminate', 'Cancel', 'Compensate'],
    BoundaryEvent: ['Message', 'Timer', 'Signal', 'Conditional', 'Error', 'Escalation', 'Cancel', 'Compensate']
  }
  const drawn = [
    ...['Task', 'UserTask', 'ServiceTask', 'SendTask', 'ReceiveTask', 'ScriptTask', 'ManualTask', 'BusinessRuleTask',
      'CallActivity', 'Transaction', 'AdHocSubProcess', 'SubProcess', 'ExclusiveGateway', 'ParallelGateway', 'InclusiveGateway',
      'EventBasedGateway', 'ComplexGateway', 'DataObjectReference', 'DataStoreReference', 'TextAnnotation', 'Group',
      'StartEvent', 'EndEvent', 'IntermediateThrowEvent'].map((type) => ({ type })),
    { type: 'SubProcess', isExpanded: true, triggeredByEvent: true },
    ...Object.entries(events).flatMap(([type, of]) => of.map((one) => ({ type, eventDefinitionType: `bpmn:${one}EventDefinition` })))
  ]

  async function bpmn(own) {
    const modeler = document.getElementById('editor').editor, read = new Set()
    const [modeling, factory, selection, popup, registry, canvas] =
      ['modeling', 'elementFactory', 'selection', 'popupMenu', 'elementRegistry', 'canvas'].map((name) => modeler.get(name))
    const note = () => said(own).forEach((text) => read.add(text))
    const root = canvas.getRootElement()
    const host = modeling.createShape(factory.createShape({ type: 'bpmn:UserTask' }), { x: 600, y: 120 }, root)

    async function look(element) {
      selection.select(element)
      await frames()
      await openPanel()
      popup.open(element, 'bpmn-replace', { x: 10, y: 10 })
      await frames()
      note()
      popup.close()
    }

    for (const { type, ...more } of drawn) {
      const shape = factory.createShape({ type: `bpmn:${type}`, ...more })
      const border = { x: host.x + 50, y: host.y + host.height }
      const element = type === 'BoundaryEvent' ? modeling.createShape(shape, border, host, { attach: true }) :
        modeling.createShape(shape, { x: 600, y: 320 }, root)
      await look(element)
      modeling.removeShape(element)
    }
    await look(registry.find(({ type }) => type === 'bpmn:SequenceFlow'))
    selection.select([])
    await frames()
    await openPanel()
    note()
    for (const [element, menu] of [[root, 'bpmn-create'], [host, 'bpmn-append'], [host, 'color-picker']]) {
      popup.open(element, menu, { x: 10, y: 10 })
      await frames()
      note()
      popup.close()
    }
    const pool = modeling.createShape(factory.createParticipantShape(), { x: 600, y: 120 }, root)
    await look(pool)
    await look(modeling.addLane(pool, 'bottom'))
    selection.select([])
    await frames()
    note()
    return [...read]
  }

  const types = ['string', 'number', 'boolean', 'date', 'time', 'dateTime', 'dayTimeDuration', 'yearMonthDuration', 'Any']
  const dmnFile = `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="all" name="全" namespace="x">
    <decision id="table" name="表"><decisionTable id="rows">
    ${types.map((type) => `<input id="in-${type}" label="列"><inputExpression id="says-${type}" typeRef="${type}"><text>a</text></inputExpression></input>`).join('')}
    <output id="out" label="果" name="b" typeRef="string" />
    <rule id="row">${types.map((type) => `<inputEntry id="cell-${type}"><text></text></inputEntry>`).join('')}
    <outputEntry id="gives"><text></text></outputEntry></rule></decisionTable></decision>
    <decision id="text" name="式"><variable id="v" name="c" typeRef="string" /><literalExpression id="e"><text>1</text></literalExpression></decision>
    <decision id="none" name="空" />
    <businessKnowledgeModel id="knows" name="知"><encapsulatedLogic id="f"><formalParameter id="p" name="d" typeRef="string" /><literalExpression id="g"><text>d</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
  </definitions>`

  async function dmn(own) {
    const modeler = document.getElementById('editor').editor, read = new Set()
    const note = () => said(own).forEach((text) => read.add(text))
    const editor = document.getElementById('editor')
    const press = async (element, kind = 'click') => {
      element.dispatchEvent(new MouseEvent(kind, { bubbles: true, button: kind === 'contextmenu' ? 2 : 0, clientX: 300, clientY: 300 }))
      await frames(1)
    }
    await modeler.importXML(dmnFile)
    for (const view of modeler.getViews()) {
      await modeler.open(view)
      await frames()
      note()
      if (view.type === 'drd') {
        const viewer = modeler.getActiveViewer()
        const [modeling, factory, selection, popup, canvas] =
          ['modeling', 'elementFactory', 'selection', 'popupMenu', 'canvas'].map((name) => viewer.get(name))
        for (const type of ['Decision', 'InputData', 'BusinessKnowledgeModel', 'KnowledgeSource', 'TextAnnotation']) {
          const element = modeling.createShape(factory.createShape({ type: `dmn:${type}` }), { x: 500, y: 300 }, canvas.getRootElement())
          selection.select(element)
          await frames()
          if (type === 'Decision' || type === 'BusinessKnowledgeModel') {
            popup.open(element, 'dmn-replace', { x: 10, y: 10 })
            await frames()
          }
          note()
          if (popup.isOpen()) popup.close()
          modeling.removeShape(element)
        }
        continue
      }
      // Each column has its head, its menu and, by its type, its own way to write a cell.
      for (const what of ['.hit-policy .dms-input', '.hit-policy', '.element-type', '.function-definition-kind', '.formal-parameters']) {
        const found = editor.querySelector(what)
        if (found) {
          await press(found)
          note()
        }
      }
      for (const cell of editor.querySelectorAll('th.input-cell, th.output-cell, td[data-element-id], td.rule-index')) {
        if (!cell.isConnected) continue
        await press(cell, 'mousedown')
        await press(cell)
        await press(cell, 'contextmenu')
        note()
        const simple = editor.querySelector('.simple-mode-button')
        if (simple) await press(simple)
        for (const choice of editor.querySelectorAll('.simple-mode-edit select')) {
          for (const { value } of [...choice.options]) {
            choice.value = value
            choice.dispatchEvent(new Event('change', { bubbles: true }))
            await frames(1)
            note()
          }
        }
        document.body.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }))
      }
      note()
    }
    return [...read]
  }

  const fields = ['textfield', 'textarea', 'number', 'datetime', 'expression', 'filepicker', 'checkbox', 'checklist', 'radio', 'select', 'taglist',
    'text', 'html', 'image', 'table', 'documentPreview', 'spacer', 'separator', 'group', 'dynamiclist', 'iframe', 'button']

  async function form(own) {
    const editor = document.getElementById('editor').editor, read = new Set()
    const note = () => said(own).forEach((text) => read.add(text))
    await editor.importSchema({ id: 'leer', type: 'default', schemaVersion: 19, components: [] })
    await frames()
    note()
    await editor.importSchema({ id: 'all', type: 'default', schemaVersion: 19, components: fields.map((type) => ({
      type, id: `field-${type}`, label: '名', key: `key_${type.toLowerCase()}`,
      ...type === 'datetime' && { subtype: 'datetime', dateLabel: '日', timeLabel: '时' },
      ...['group', 'dynamiclist'].includes(type) && { components: [], path: `path_${type}` },
      ...['radio', 'select', 'checklist', 'taglist'].includes(type) && { values: [{ label: '甲', value: 'a' }] }
    })) })
    await frames()
    for (const field of editor.get('formFieldRegistry').getAll()) {
      editor.get('selection').set(field)
      await frames()
      await openPanel()
      note()
      // Each way to tell choices, columns, sources and kinds of a date has fields of its own.
      for (const choice of document.querySelectorAll('#properties select')) {
        for (const { value } of [...choice.options]) {
          // How wide a field is says nothing else of it.
          if (!choice.isConnected || choice.options.length > 8) break
          choice.value = value
          choice.dispatchEvent(new Event('change', { bubbles: true }))
          await frames(1)
        }
      }
      await openPanel()
      note()
    }
    return [...read]
  }

  return { bpmn, dmn, form, said, openPanel, frames, pause }
})()
