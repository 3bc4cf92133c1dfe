// Writes a CycloneDX list of what a running Ballast is made of: `npm run sbom [file]`, default build/sbom.cdx.json.
// npm lists the packages; the native addon, built from native/ with nothing of anybody else's, is added with its hashes.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = resolve(process.argv[2] ?? join(root, 'build/sbom.cdx.json'))
const { name, version, license, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const listed = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})
const bom = JSON.parse(listed)
bom.metadata.component.name = name // npm takes the folder's

// What runs is what can be reached from the dependencies: npm's own --omit dev also leaves out what both kinds need.
const edges = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
const own = bom.dependencies.find(({ ref }) => ref === bom.metadata.component['bom-ref'])
const direct = Object.entries(dependencies).map(([as, pin]) =>
  pin.replace(/^npm:/, '') === pin ? `${as}@${pin}` : pin.slice(4),
)
const kept = new Set()
const reach = (ref) => {
  if (kept.has(ref)) return
  kept.add(ref)
  for (const next of edges.get(ref) ?? []) reach(next)
}
for (const ref of direct) {
  if (!edges.has(ref)) throw new Error(`package-lock.json does not hold ${ref}`)
  reach(ref)
}
own.dependsOn = direct
bom.components = bom.components.filter((row) => kept.has(row['bom-ref']))
bom.dependencies = bom.dependencies.filter(({ ref }) => ref === own.ref || kept.has(ref))

const sha256 = (data) => createHash('sha256').update(data).digest('hex')
/** One hash over every source file, by path. */
const sources = readdirSync(join(root, 'native'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
const ofSources = sha256(sources.map((path) => `${path.slice(root.length)} ${sha256(readFileSync(path))}\n`).join(''))
const addon = join(root, 'build/Release/ballast.node')

const native = {
  'bom-ref': `${name}-native@${version}`,
  type: 'library',
  name: `${name}-native`,
  version,
  description:
    'The Mean-CVaR optimiser: C++20 sources in native/, a Node-API addon, the C++ standard library and no other.',
  scope: 'required',
  licenses: [{ license: { id: license } }],
  ...(existsSync(addon) ? { hashes: [{ alg: 'SHA-256', content: sha256(readFileSync(addon)) }] } : {}),
  properties: [
    { name: 'ballast:sources:sha256', value: ofSources },
    { name: 'ballast:sources:files', value: String(sources.length) },
  ],
}
bom.components.push(native)
own.dependsOn.push(native['bom-ref'])
bom.dependencies.push({ ref: native['bom-ref'], dependsOn: [] })

mkdirSync(dirname(out), { recursive: true })
writeFileSync(out, `${JSON.stringify(bom, null, 2)}\n`)
console.log(`${out}: ${bom.components.length} components`)
