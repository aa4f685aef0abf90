/**
 * Fields at the top of a request by which routers behind us (OpenRouter, LiteLLM, Vercel's gateway and others) choose models besides
 * `model`. In small letters. A token that is bound to some models must not reach others by them.
 */
const ROUTING_FIELDS = new Set([
  // OpenRouter: other models in order, the old word for it, a stored set of both, and plug-ins that choose one.
  ...['models', 'route', 'preset', 'plugins'],
  // LiteLLM: what to ask next, a router of the caller's own, where to send it instead, and what is put into the body before it is read.
  ...['fallbacks', 'default_fallbacks', 'context_window_fallbacks', 'content_policy_fallbacks'],
  ...['model_list', 'model_group', 'model_group_alias', 'router_settings', 'router_settings_override', 'user_config'],
  ...['litellm_params', 'custom_llm_provider', 'deployment_id', 'engine', 'api_base', 'base_url', 'extra_body'],
  // What others call the same.
  ...['provideroptions', 'provider_options', 'fallback', 'fallback_model', 'fallback_models', 'model_fallbacks'],
  ...['default_model', 'backup_model', 'model_id', 'model_ids', 'model_name'],
  // A second model that works beside the first.
  'draft_model',
]);

/**
 * `name`: in small letters. `provider` chooses one where it is a text; as an object it says which hosts of the same model may be
 * asked and what they may keep, and without it they might keep more.
 */
export const routesModels = (name: string, isObject: boolean): boolean =>
  ROUTING_FIELDS.has(name) || (name === 'provider' && !isObject);
