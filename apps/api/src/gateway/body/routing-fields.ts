/**
 * Fields at the top of a request by which routers behind us (OpenRouter, LiteLLM, Vercel's gateway and others) choose
 * models besides `model`. In small letters. A token that is bound to some models must not reach others by them.
 */
const ROUTING_FIELDS = new Set([
  // OpenRouter: other models in order, the old word for it, a stored set of both, and plug-ins that choose one.
  'models',
  'route',
  'preset',
  'plugins',
  // LiteLLM: what to ask next, a router of the caller's own, where to send it instead, and what is put into the body
  // before it is read.
  'fallbacks',
  'default_fallbacks',
  'context_window_fallbacks',
  'content_policy_fallbacks',
  'model_list',
  'model_group',
  'model_group_alias',
  'router_settings',
  'router_settings_override',
  'user_config',
  'litellm_params',
  'custom_llm_provider',
  'deployment_id',
  'engine',
  'api_base',
  'base_url',
  'extra_body',
  // What others call the same.
  'provideroptions',
  'router',
  'router_config',
  'optional_params',
  'extra_query',
  'proxy_server_request',
  // Weights that are put upon the model's own make another one of it.
  'adapter',
  'adapter_id',
  'adapter_source',
  'lora',
  'lora_request',
  'lora_adapter',
]);

/**
 * Words for a model, or for what comes in its place, in the name of a field: `fallback_models`, `draft_model`,
 * `deployment_id`.
 */
const NAMES_MODEL = /model|fallback|deployment/;
/** Of a name with other signs between its words, or with signs that nobody sees, only letters and digits count. */
const BETWEEN_WORDS = /[^a-z0-9]/g;
const PLAIN_FIELDS = new Set([...ROUTING_FIELDS].map((name) => name.replaceAll(BETWEEN_WORDS, '')));

/**
 * `name`: in small letters. `provider` chooses one where it is a text; as an object it says which hosts of the same
 * model may be asked and what they may keep, and without it they might keep more.
 */
export function routesModels(name: string, isObject: boolean): boolean {
  if (name === '' || name === 'model') return false;
  if (name === 'provider') return !isObject;
  const plain = name.replaceAll(BETWEEN_WORDS, '');
  return PLAIN_FIELDS.has(plain) || NAMES_MODEL.test(plain);
}
