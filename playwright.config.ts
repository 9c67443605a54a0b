import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { defineConfig } from '@playwright/test'

const PORT = 4173

export default defineConfig({
  testDir: 'test/browser',
  testMatch: '*.spec.ts',
  forbidOnly: true,
  reporter: 'list',
  use: { baseURL: `http://localhost:${PORT}`, video: 'off' },
  webServer: {
    command: `node test/browser/serve.ts ${PORT}`,
    url: `http://localhost:${PORT}`,
    reuseExistingServer: false,
  },
  projects: [
    {
      name: 'chromium',
      use: {
        browserName: 'chromium',
        launchOptions: {
          executablePath: process.env.CHROMIUM ?? onPath('chromium') ?? onPath('google-chrome') ?? 'chromium',
          // It calls out else, and a test run must not depend on what answers.
          args: [
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-sync',
          ],
        },
      },
    },
  ],
})

/** The system's own browser; Playwright would look only for one that it has downloaded. */
function onPath(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
