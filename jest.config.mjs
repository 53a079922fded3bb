export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-strip-types.mjs' },
  coverageProvider: 'v8',
  modulePathIgnorePatterns: ['<rootDir>/(dist|cdk.out|tools|[.]stryker-tmp)/'],
  setupFiles: ['<rootDir>/test/support/property-seed.mjs'],
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  // By default one core is left idle, and that is half of a machine with two.
  maxWorkers: '100%',
  // Modules of a file stay behind it: a worker would grow to 2.4 GB, and take too long to leave.
  workerIdleMemoryLimit: '1GB',
  // Nothing here is timed; a busy machine is no failure.
  testTimeout: 30_000,
  snapshotSerializers: ['<rootDir>/test/support/asset-hash-serializer.mjs'],
};
