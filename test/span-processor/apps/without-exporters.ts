import { registerHooks } from 'node:module'

/** Lets no OTLP exporter be found, as where none is installed. */
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('@opentelemetry/exporter-')) {
      throw Object.assign(new Error(`Cannot find package '${specifier}'`), {
        code: 'ERR_MODULE_NOT_FOUND',
      })
    }
    return next(specifier, context)
  },
})
