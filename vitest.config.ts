import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '#runtime': fileURLToPath(new URL('adapters/runtime/node.ts', import.meta.url)) } },
  test: { include: ['test/node/**/*.test.ts'], testTimeout: 20_000 },
})
