// Writes the JSON Schemas of the configuration files to config/schema, from the compiled code: `npm run schema`.
import { mkdirSync, writeFileSync } from 'node:fs'

const { jsonSchemas, schemaText } = await import('../dist/src/daemon/config/json-schema.js')

mkdirSync('config/schema', { recursive: true })
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(`config/schema/${name}`, schemaText(schema))
  console.log(`config/schema/${name}`)
}
