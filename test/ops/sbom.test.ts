import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { tempDir } from '../support/temp-dir.js'

interface Component {
  readonly name: string
  readonly purl?: string
  readonly licenses?: readonly unknown[]
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
}

describe('npm run sbom', () => {
  it('lists every package that runs, with its licence, and the native addon with its hash', () => {
    const file = join(tempDir(), 'sbom.json')
    execFileSync(process.execPath, ['scripts/sbom.mjs', file], { cwd: packageRoot, stdio: 'pipe' })
    const text = readFileSync(file, 'utf8')
    const bom = JSON.parse(text) as { bomFormat: string; metadata: { component: Component }; components: Component[] }
    expect([bom.bomFormat, bom.metadata.component.name]).toEqual(['CycloneDX', 'ballast'])
    const listed = new Set(bom.components.map(({ purl }) => decodeURIComponent(purl ?? '')))
    const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    for (const [name, version] of Object.entries(dependencies)) {
      // The one package that goes under another name here is listed under its own.
      const own = version.startsWith('npm:') ? version.slice('npm:'.length) : `${name}@${version}`
      expect(listed).toContain(`pkg:npm/${own}`)
    }
    expect(bom.components.filter(({ licenses }) => (licenses ?? []).length === 0).map(({ name }) => name)).toEqual([])
    const addon = readFileSync(join(packageRoot, 'build/Release/ballast.node'))
    expect(bom.components.find(({ name }) => name === 'ballast-native')?.hashes).toEqual([
      { alg: 'SHA-256', content: createHash('sha256').update(addon).digest('hex') },
    ])
    expect(bom.components.some(({ name }) => name === 'vitest')).toBe(false)
  })
})
