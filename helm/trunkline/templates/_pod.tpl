{{/* What no pod of this chart is without; test/helm holds each line to be there. Takes root. */}}
{{- define "trunkline.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  # The user of the image.
  runAsUser: 1000
  runAsGroup: 1000
  # So that it may read the files of its Secrets.
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The same of a container. Takes root. */}}
{{- define "trunkline.container" -}}
image: {{ include "trunkline.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  privileged: false
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* All that can be written to. */}}
{{- define "trunkline.tmp" -}}
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 16Mi }
{{- end -}}
