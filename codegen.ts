import type { CodegenConfig } from '@graphql-codegen/cli';

/** Runs after schema/print-schema.ts has written the schema as clients see it. */
const config: CodegenConfig = {
  schema: 'schema/generated/schema.graphql',
  generates: {
    'schema/generated/server.ts': {
      plugins: ['./schema/generated-mark.ts', 'typescript'],
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        importExtension: '.ts',
        immutableTypes: true,
        avoidOptionals: { field: true, inputValue: false },
        skipTypename: true,
        strictScalars: true,
        defaultScalarType: 'unknown',
        /** As resolvers see them: times are milliseconds, log indexes whole numbers. */
        scalars: {
          ID: { input: 'string', output: 'string' },
          DateTime: { input: 'number', output: 'number' },
          LogIndex: { input: 'number', output: 'number' },
          Sequence: { input: 'number', output: 'number' },
          JSON: { input: 'unknown', output: 'unknown' },
          JSONObject: { input: 'Readonly<Record<string, unknown>>', output: 'Readonly<Record<string, unknown>>' },
        },
      },
    },
    'web/generated/': {
      documents: 'web/documents/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        importExtension: '.ts',
        strictScalars: true,
        /** As they are on the wire. */
        scalars: {
          ID: 'string',
          DateTime: 'string',
          JSON: 'unknown',
          JSONObject: 'Record<string, unknown>',
          LogIndex: 'string',
          Sequence: 'string',
        },
      },
    },
  },
};

export default config;
