import { defineConfig } from 'vitest/config'

/** Tests that remove what all sandboxes of the engine share, or that need the machine for themselves. */
const ALONE = '__test__/alone/**/*.test.ts'

/** Tests that create and install the packages. */
const PACKAGE = '__test__/package/**/*.test.ts'

/** Tests of the output of `npm run pack`, which runs them itself. */
const PACKED = '__test__/packed/**/*.test.ts'

/** Tests that install and build a Nuxt app, once for all of them. */
const NUXT = '__test__/nuxt/**/*.test.ts'

export default defineConfig({
  test: {
    globalSetup: '__test__/support/global-setup.ts',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['__test__/**/*.test.ts'],
          exclude: [ALONE, PACKAGE, PACKED, NUXT],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: [PACKAGE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: [ALONE],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      ...(process.env.COFFERDAM_TEST_PACKED ? [{ extends: true as const, test: { name: 'packed', include: [PACKED], maxWorkers: 1, sequence: { groupOrder: 3 } } }] : []),

      {
        extends: true,
        test: {
          name: 'nuxt',
          include: [NUXT],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
