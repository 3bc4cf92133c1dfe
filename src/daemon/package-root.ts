export { packageRoot } from '#adapters/package-root.js'
