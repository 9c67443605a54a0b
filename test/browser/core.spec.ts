import { expect, test } from '@playwright/test'
import type * as Stowaway from 'stowaway'

test('a page gets a stored response from the bundled core', async ({ page }) => {
  await page.goto('/')
  const answers = await page.evaluate(async () => {
    const entry = '/index.js'
    // A module that only the server knows; its types are those of the source.
    const { createCache } = (await import(entry)) as typeof Stowaway
    const cache = createCache({ backend: 'memory' })
    const read = async () => {
      // The browser's own cache would answer too, and prove nothing.
      const response = await cache.fetch(`/count?${performance.timeOrigin}`)
      return { text: await response.text(), fromCache: response.fromCache }
    }
    return [await read(), await read()]
  })
  expect(answers.map(({ fromCache }) => fromCache)).toEqual([false, true])
  expect(answers[0]?.text).toBe(answers[1]?.text)
})
