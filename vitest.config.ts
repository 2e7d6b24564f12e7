import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Most tests wait for servers and timers more than they compute.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      thresholds: {
        'src/{engine,selection}/**': { lines: 100, branches: 100, functions: 100, statements: 100 },
      },
    },
  },
})
