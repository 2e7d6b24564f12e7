/** What stands in the place of a secret; as the Collector prints it. */
export const MASK = '[REDACTED]'

/** Masks each secret wherever it comes up in the text. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text)
}
