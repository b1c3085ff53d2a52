{{/* The whole environment of a service, but what the image sets. Takes root, service, access. */}}
{{- define "trunkline.serviceEnv" -}}
{{- $service := .service -}}
# The probes and Prometheus come from outside of the pod.
- { name: TRUNKLINE_OPERATOR_HOST, value: 0.0.0.0 }
- { name: TRUNKLINE_OPERATOR_PORT, value: '8089' }
- { name: TRUNKLINE_OPERATOR_TOKEN_FILE, value: /etc/trunkline/secrets/operator-token }
{{- if $service.takesWebhooks }}
- { name: TRUNKLINE_INGRESS_PORT, value: '8080' }
{{- end }}
{{- with $service.api }}
- { name: {{ . }}_HOST, value: 0.0.0.0 }
- { name: {{ . }}_PORT, value: '8081' }
{{- end }}
{{- include "trunkline.accessEnv" .access }}
{{- with .root.Values.kafka.namespace }}
- { name: TRUNKLINE_NAMESPACE, value: {{ . | quote }} }
{{- end }}
{{- if $service.needsInstallationKey }}
- { name: TRUNKLINE_INSTALLATION_KEY_FILE, value: /etc/trunkline/secrets/installation-key }
{{- end }}
{{- if $service.seals }}
{{- $keys := list }}
{{- range .root.Values.secrets.vaultKeys }}{{ $keys = append $keys (printf "%s:file:/etc/trunkline/secrets/%s" .name .key) }}{{ end }}
- { name: TRUNKLINE_VAULT_KEYS, value: {{ join "," $keys | quote }} }
{{- end }}
{{- if $service.readsSources }}
- { name: TRUNKLINE_SOURCES, value: /etc/trunkline/sources/trunkline.yaml }
{{- end }}
{{- if $service.isNamed }}
- { name: TRUNKLINE_DELIVERY_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
{{- end }}
{{- with .root.Values.telemetry.tracesEndpoint }}
- { name: OTEL_TRACES_EXPORTER, value: otlp }
- { name: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- range $variable := $service.settings | sortAlpha }}
{{- with include "trunkline.setting" (dict "root" $.root "service" $service "variable" $variable) }}
- { name: {{ $variable }}, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end -}}

{{- define "trunkline.sourcesName" -}}
{{ .Values.sources.existingConfigMap | default (printf "%s-sources" (include "trunkline.fullname" .)) }}
{{- end -}}
