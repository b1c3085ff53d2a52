{{/*
How a process is let in by its servers: variables, and the files that they name. Who asks is a login: a service, `operator`
of the command line, or `admin` of provision. Takes root, login, servers, kafkaUsername, secret, and keys, of further files.
*/}}
{{- define "trunkline.accessEnv" -}}
{{- $kafka := .root.Values.kafka -}}
{{- if has "kafka" .servers }}
- { name: TRUNKLINE_KAFKA_BROKERS, value: {{ join "," $kafka.brokers | quote }} }
{{- if include "trunkline.usesTls" .root }}
- { name: TRUNKLINE_KAFKA_TLS, value: 'on' }
{{- if (include "trunkline.authority" (list .root "kafka") | fromJson).secret }}
- { name: TRUNKLINE_KAFKA_CA_FILE, value: /etc/trunkline/ca/kafka.crt }
{{- end }}
{{- if $kafka.tls.clientCertificates }}
- { name: TRUNKLINE_KAFKA_CERT_FILE, value: /etc/trunkline/secrets/kafka-cert }
- { name: TRUNKLINE_KAFKA_KEY_FILE, value: /etc/trunkline/secrets/kafka-key }
{{- end }}
{{- end }}
{{- with include "trunkline.sasl" .root }}
- { name: TRUNKLINE_KAFKA_SASL_MECHANISM, value: {{ . }} }
- { name: TRUNKLINE_KAFKA_USERNAME, value: {{ $.kafkaUsername | quote }} }
- { name: TRUNKLINE_KAFKA_PASSWORD_FILE, value: /etc/trunkline/secrets/kafka-password }
{{- end }}
{{- end }}
{{- if has "registry" .servers }}
- { name: TRUNKLINE_REGISTRY_URL, value: {{ .root.Values.registry.url | quote }} }
{{- with .root.Values.registry.username }}
- { name: TRUNKLINE_REGISTRY_USERNAME, value: {{ . | quote }} }
- { name: TRUNKLINE_REGISTRY_PASSWORD_FILE, value: /etc/trunkline/secrets/registry-password }
{{- end }}
{{- if .root.Values.registry.ca.secret }}
- { name: TRUNKLINE_REGISTRY_CA_FILE, value: /etc/trunkline/ca/registry.crt }
{{- end }}
{{- end }}
{{- if has "postgres" .servers }}
- { name: TRUNKLINE_DATABASE_URL_FILE, value: /etc/trunkline/secrets/database-url }
{{- end }}
{{- if and (has "redis" .servers) .root.Values.redis.enabled }}
- { name: TRUNKLINE_REDIS_URL_FILE, value: /etc/trunkline/secrets/redis-url }
{{- if .root.Values.redis.ca.secret }}
- { name: TRUNKLINE_REDIS_CA_FILE, value: /etc/trunkline/ca/redis.crt }
{{- end }}
{{- end }}
{{- end -}}

{{/* The files that these variables name, as sources of the projected volume of secrets. The same. */}}
{{- define "trunkline.accessFiles" -}}
{{- $kafka := .root.Values.kafka -}}
- secret:
    name: {{ .secret }}
    items:
{{- range .keys }}
      - { key: {{ . }}, path: {{ . }} }
{{- end }}
{{- if has "kafka" .servers }}
{{- if and $kafka.tls.clientCertificates (include "trunkline.usesTls" .root) }}
      - { key: kafka-cert-{{ .login }}, path: kafka-cert }
      - { key: kafka-key-{{ .login }}, path: kafka-key }
{{- end }}
{{- if and (include "trunkline.sasl" .root) (not .root.Values.strimzi.enabled) }}
      - { key: kafka-password-{{ .login }}, path: kafka-password }
{{- end }}
{{- end }}
{{- if and (has "registry" .servers) .root.Values.registry.username }}
      - { key: registry-password, path: registry-password }
{{- end }}
{{- if has "postgres" .servers }}
      - { key: database-url-{{ .login }}, path: database-url }
{{- end }}
{{- if and (has "redis" .servers) .root.Values.redis.enabled }}
      - { key: redis-url, path: redis-url }
{{- end }}
{{- if and (has "kafka" .servers) .root.Values.strimzi.enabled }}
# Of the user, made by Strimzi; until it has, the pod waits.
- secret:
    name: {{ .kafkaUsername }}
    items:
      - { key: password, path: kafka-password }
{{- end }}
{{- end -}}

{{/* The authorities, as sources of a projected volume; nothing where Node's own are enough. The same. */}}
{{- define "trunkline.authorities" -}}
{{- range $server := .servers }}
{{- $ca := include "trunkline.authority" (list $.root $server) | fromJson }}
{{- if $ca.secret }}
- secret: { name: {{ $ca.secret }}, items: [{ key: {{ $ca.key }}, path: {{ $server }}.crt }] }
{{- end }}
{{- end }}
{{- end -}}

{{/* Strimzi's listeners for logins are secured ones, signed by an authority of its own. */}}
{{- define "trunkline.usesTls" -}}
{{- if or .Values.kafka.tls.enabled .Values.strimzi.enabled -}}true{{- end -}}
{{- end -}}

{{- define "trunkline.sasl" -}}
{{- if .Values.strimzi.enabled -}}scram-sha-512{{- else -}}{{ .Values.kafka.sasl }}{{- end -}}
{{- end -}}

{{/* Of a server the Secret with its authorities and the key there, as JSON; no Secret: Node's own are enough. Takes root and server. */}}
{{- define "trunkline.authority" -}}
{{- $values := (first .).Values -}}
{{- $ca := (index $values (last .)).ca -}}
{{- if and (eq (last .) "kafka") $values.strimzi.enabled (not $ca.secret) -}}
{{- $ca = dict "secret" (printf "%s-cluster-ca-cert" $values.strimzi.cluster) "key" "ca.crt" -}}
{{- end -}}
{{- toJson $ca -}}
{{- end -}}

{{/* The volumes of secrets and authorities. The same. */}}
{{- define "trunkline.accessVolumes" -}}
{{ include "trunkline.tmp" . }}
- name: secrets
  projected:
    # 0440
    defaultMode: 288
    sources: {{- include "trunkline.accessFiles" . | nindent 6 }}
{{- with include "trunkline.authorities" . | trim }}
- name: authorities
  projected:
    sources: {{- . | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "trunkline.accessMounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: secrets, mountPath: /etc/trunkline/secrets, readOnly: true }
{{- if include "trunkline.authorities" . | trim }}
- { name: authorities, mountPath: /etc/trunkline/ca, readOnly: true }
{{- end }}
{{- end -}}
