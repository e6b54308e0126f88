// Bundles each page's part into the folder that is served; --watch keeps at it.
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, '../service/web/console/static/dist')

// @camunda/linting asks for its rules by `require`, which a split bundle does not have.
const rules = {
  name: 'rules',
  setup(build) {
    build.onResolve({ filter: /^bpmnlint-plugin-camunda-compat$/ }, (asked) =>
      asked.importer.startsWith(here + '/src') ? null : { path: join(here, 'src/rules.js') })
  }
}

const options = {
  entryPoints: readdirSync(join(here, 'src/pages')).map((name) => join(here, 'src/pages', name)),
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: false,
  legalComments: 'linked',
  metafile: true,
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file', '.svg': 'dataurl' },
  plugins: [rules],
  logLevel: 'info'
}

rmSync(out, { recursive: true, force: true })
if (process.argv.includes('--watch')) {
  await (await esbuild.context(options)).watch()
} else {
  await esbuild.build(options)
}
