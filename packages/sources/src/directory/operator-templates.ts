/**
 * What whoever runs the installation can be told: the one list that the file of the installation, the services that ask and
 * the texts that are sent know. All begin with `operator_`, which is how an alert is known as one. A name is never changed or
 * used again, because it is part of the ids of what has been told already.
 */
export const operatorTemplates = {
  operator_connection_unusable: 'an account at a provider cannot be called as it should be, or its access was revoked',
  operator_endpoint_failing: 'an endpoint of a tenant takes no messages and will be disabled',
  operator_endpoint_disabled: 'an endpoint of a tenant is disabled after failures',
  operator_filter_failed: 'the filter of an endpoint cannot judge events, which are not sent',
  operator_messages_held: 'messages to people may have been sent, and wait for a decision',
  operator_messages_failed: 'messages to people could not be sent',
  operator_dead_letters: 'events fail of a cause that is new, or back',
  operator_dead_letters_grow: 'ever more events fail of a cause that is known',
  operator_job_stopped: 'a job with dead letters or deliveries has stopped by itself',
} as const satisfies Readonly<Record<`operator_${string}`, string>>;

export type OperatorTemplate = keyof typeof operatorTemplates;

// The keys of a closed object are its templates.
export const operatorTemplateNames = Object.keys(operatorTemplates) as readonly OperatorTemplate[];

export function isOperatorTemplate(text: string): text is OperatorTemplate {
  return Object.hasOwn(operatorTemplates, text);
}
