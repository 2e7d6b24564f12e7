export * as api from '@opentelemetry/api'
export * as sdk from '@opentelemetry/sdk-trace'
