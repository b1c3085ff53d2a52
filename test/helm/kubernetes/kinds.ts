/** The kinds of Kubernetes itself that the chart makes, each by its definition in the API's schema. */
export const definitionOf: Readonly<Record<string, string>> = {
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler': 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'batch/v1 Job': 'io.k8s.api.batch.v1.Job',
  'networking.k8s.io/v1 Ingress': 'io.k8s.api.networking.v1.Ingress',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
  'v1 ConfigMap': 'io.k8s.api.core.v1.ConfigMap',
  'v1 Pod': 'io.k8s.api.core.v1.Pod',
  'v1 Service': 'io.k8s.api.core.v1.Service',
};

const operator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0/example/prometheus-operator-crd';
const keda = 'github.com/kedacore/keda/v2@v2.18.0/config/crd/bases';
const gateway = 'sigs.k8s.io/gateway-api@v1.4.0/config/crd/standard';

/** The kinds of operators that a cluster may have, each by the file of a Go module that defines it. */
export const customDefinitionOf: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io/v1 HTTPRoute': `${gateway}/gateway.networking.k8s.io_httproutes.yaml`,
  'keda.sh/v1alpha1 ScaledObject': `${keda}/keda.sh_scaledobjects.yaml`,
  'keda.sh/v1alpha1 TriggerAuthentication': `${keda}/keda.sh_triggerauthentications.yaml`,
  'monitoring.coreos.com/v1 PrometheusRule': `${operator}/monitoring.coreos.com_prometheusrules.yaml`,
  'monitoring.coreos.com/v1 ServiceMonitor': `${operator}/monitoring.coreos.com_servicemonitors.yaml`,
};

/** Strimzi publishes its definitions in no registry of packages; its operator checks them itself. */
export const unknownKinds: readonly string[] = ['kafka.strimzi.io/v1 KafkaTopic', 'kafka.strimzi.io/v1 KafkaUser'];
