// Draws a table as a chart: the table says everything, and stays where it is.
import * as echarts from 'echarts/core'
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { SVGRenderer } from 'echarts/renderers'

echarts.use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

const MOST_ROWS = 12
// By sign as well as by colour.
const SIGNS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle']
const LINES = ['solid', 'dashed', 'dotted', [8, 3, 2, 3], [2, 6]]

// What a cell says as a number; none where it says that it may not be told, or that there is none.
function number({ dataset, textContent }) {
  const said = dataset.value ?? textContent.replace(/[\s,%]/g, '')
  return said === '' || Number.isNaN(Number(said)) ? null : Number(said)
}

// The columns that are drawn are those whose heads say so; the first column has the labels, and where a click leads.
function read(table, of, isRows) {
  const heads = [...table.tHead.rows[0].cells]
  const linked = (row) => row.cells[0].querySelector('a')?.href
  // What has no value of its own would be longer than all others.
  const rows = [...table.tBodies[0].rows].filter((row) => !isRows || linked(row)).slice(0, isRows ? MOST_ROWS : undefined)
  const isDrawn = ({ dataset }) => dataset.series !== undefined && (of === undefined || dataset.series === of)
  return {
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    links: rows.map(linked),
    series: heads.flatMap((head, at) => !isDrawn(head) ? [] : [{
      name: head.textContent.trim(),
      isPast: head.dataset.series === 'past',
      unit: head.dataset.unit ?? '',
      values: rows.map((row) => number(row.cells[at]))
    }])
  }
}

function option(kind, label, told) {
  const style = getComputedStyle(document.documentElement)
  const token = (name) => style.getPropertyValue(`--${name}`).trim()
  const [ink, quiet, line, paper] = ['ink', 'quiet', 'line', 'paper'].map(token)
  const isRows = kind === 'rows'
  const unit = told.series[0]?.unit ?? ''
  const text = { color: ink, fontFamily: style.fontFamily, fontSize: 13 }
  const names = {
    type: 'category',
    data: told.labels,
    inverse: isRows,
    axisLine: { lineStyle: { color: token('edge') } },
    axisTick: { show: false },
    axisLabel: { ...text, ...(isRows ? { width: 150, overflow: 'truncate' } : { hideOverlap: true }) }
  }
  const numbers = {
    type: 'value',
    minInterval: unit ? 0 : 1,
    axisLabel: { ...text, color: quiet, formatter: `{value}${unit && ' %'}`, hideOverlap: true },
    splitLine: { lineStyle: { color: line } }
  }
  return {
    aria: { enabled: true, label: { description: label }, decal: { show: told.series.length > 1 } },
    animation: false,
    textStyle: text,
    color: told.series.some(({ isPast }) => isPast)
      ? [token('link'), token('edge')]
      : ['link', 'yellow', 'green', 'red', 'edge'].map(token),
    grid: { left: 8, right: 24, top: told.series.length > 1 ? 40 : 12, bottom: 8, outerBoundsMode: 'same' },
    legend: told.series.length > 1 ? { top: 0, left: 0, textStyle: text } : undefined,
    // Without HTML of its own, whose styles a page of this service does not allow.
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      backgroundColor: paper,
      borderColor: line,
      textStyle: text,
      axisPointer: { type: kind === 'line' ? 'line' : 'shadow' },
      valueFormatter: (value) => value === null || value === undefined ? '–' : `${value.toLocaleString()}${unit && ' %'}`
    },
    xAxis: isRows ? numbers : names,
    yAxis: isRows ? names : numbers,
    series: told.series.map(({ name, values }, at) => ({
      name,
      type: kind === 'line' ? 'line' : 'bar',
      data: values,
      barMaxWidth: 28,
      cursor: 'pointer',
      symbol: SIGNS[at],
      symbolSize: 7,
      lineStyle: { width: 2.5, type: LINES[at] },
      connectNulls: true
    }))
  }
}

export function draw(holder) {
  const table = document.getElementById(holder.dataset.chart)
  const kind = holder.dataset.kind
  const told = read(table, holder.dataset.of, kind === 'rows')
  if (told.series.every(({ values }) => values.every((value) => value === null))) {
    holder.hidden = true
    return
  }
  holder.replaceChildren()
  holder.setAttribute('role', 'img')
  const height = kind === 'rows' ? 60 + 30 * told.labels.length : 320
  const chart = echarts.init(holder, null, { renderer: 'svg', height })
  const paint = () => chart.setOption(option(kind, holder.dataset.label, told), true)
  paint()
  holder.dataset.isDrawn = ''
  // What the chart says of itself; the table says it in full.
  if (!holder.getAttribute('aria-label')) holder.setAttribute('aria-label', holder.dataset.label)
  chart.on('click', ({ dataIndex }) => {
    if (told.links[dataIndex]) location.assign(told.links[dataIndex])
  })
  new ResizeObserver(() => chart.resize()).observe(holder.parentElement)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint)
}
