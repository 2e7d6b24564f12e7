import { describe, expect, it } from 'vitest'
import { mayHold, mayHoldInGroup } from '../../src/alerting-options/guarded-attributes.ts'

describe('mayHold', () => {
  it.each([
    ['prompts', 'gen_ai.input.messages'],
    ['prompts', 'gen_ai.output.messages'],
    ['prompts', 'gen_ai.system_instructions'],
    ['prompts', 'gen_ai.prompt.0.content'],
    ['prompts', 'gen_ai.completion.0.content'],
    ['prompts', 'gen_ai.tool.call.arguments'],
    ['prompts', 'llm.prompts'],
    ['prompts', 'llm.input_messages.0.message.content'],
    ['prompts', 'llm.openai.messages'],
    ['prompts', 'input.value'],
    ['prompts', 'output.value'],
    ['prompts', 'traceloop.entity.input'],
    ['prompts', 'ai.prompt.messages'],
    ['prompts', 'ai.response.text'],
    ['prompts', 'exception.message'],
    ['prompts', 'exception.stacktrace'],
    ['e-mails', 'metadata.user_api_key_user_email'],
    ['e-mails', 'metadata.user_api_key_user_id'],
    ['e-mails', 'metadata.user_api_key_end_user_id'],
    ['e-mails', 'user.email'],
    ['e-mails', 'enduser.id'],
    ['e-mails', 'user.id'],
    ['e-mails', 'llm.user'],
    ['keys', 'metadata.user_api_key'],
    ['keys', 'metadata.user_api_key_hash'],
    ['keys', 'http.request.header.authorization'],
    ['keys', 'http.request.header.x-api-key'],
    ['keys', 'db.password'],
    ['keys', 'client_secret'],
    ['keys', 'session.access_token'],
  ])('%s: %s', (holds, key) => {
    expect(mayHold(key)).toBe(holds)
  })

  it.each([
    'service.name',
    'deployment.environment.name',
    'gen_ai.request.model',
    'gen_ai.provider.name',
    'gen_ai.usage.input_tokens',
    'llm.model_name',
    'llm.token_count.prompt',
    'llm.is_streaming',
    'metadata.user_api_key_alias',
    'metadata.user_api_key_team_alias',
    'litellm.team.alias',
    'http.route',
    'http.response.status_code',
    'http.request.header.x-tenant',
    'k8s.namespace.name',
    'error.type',
    'exception.type',
    'ai.model.id',
    'input_type',
  ])('nothing: %s', (key) => {
    expect(mayHoldInGroup(key)).toBeUndefined()
  })

  it.each(['http.target', 'http.url', 'url.full', 'url.query'])(
    '%s may be tested, not grouped by',
    (key) => {
      expect(mayHold(key)).toBeUndefined()
      expect(mayHoldInGroup(key)).toBe('keys')
    },
  )
})
