{{/*
The services that are on, as JSON by their names: what files/services.json says of each, and as `values` what holds for it.
*/}}
{{- define "trunkline.services" -}}
{{- $enabled := dict -}}
{{- range $name, $service := .Files.Get "files/services.json" | fromJson -}}
{{- $values := include "trunkline.overlaid" (list $.Values.defaults (index $.Values.services $name)) | fromJson -}}
{{- if $values.enabled -}}
{{- $_ := set $enabled $name (merge (dict "values" $values "scales" (include "trunkline.scales" (list $service $values))) $service) -}}
{{- end -}}
{{- end -}}
{{- toJson $enabled -}}
{{- end -}}

{{/* Of two maps the second over the first, at every depth. The functions of Sprig would not take a false over a true. */}}
{{- define "trunkline.overlaid" -}}
{{- $result := deepCopy (first .) -}}
{{- range $key, $value := index . 1 -}}
{{- $below := index $result $key -}}
{{- if and (kindIs "map" $value) (kindIs "map" $below) -}}
{{- $_ := set $result $key (include "trunkline.overlaid" (list $below $value) | fromJson) -}}
{{- else -}}
{{- $_ := set $result $key $value -}}
{{- end -}}
{{- end -}}
{{- toJson $result -}}
{{- end -}}

{{/* By what a service scales: `cpu`, `lag`, or nothing. Takes the service and its values. */}}
{{- define "trunkline.scales" -}}
{{- $service := first . -}}
{{- if (index . 1).autoscaling.enabled -}}
{{- if $service.takesWebhooks -}}cpu{{- else if $service.groups -}}lag{{- end -}}
{{- end -}}
{{- end -}}

{{/* A number as it is written: YAML's are floats to Helm, and 1048576 would come out as 1.048576e+06. */}}
{{- define "trunkline.text" -}}
{{- if kindIs "float64" . -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* What a variable is for a service, or nothing: its own setting, else that of all. Takes root, service, variable. */}}
{{- define "trunkline.setting" -}}
{{- $own := index .service.values.config .variable -}}
{{- $common := index .root.Values.config .variable -}}
{{- if not (kindIs "invalid" $own) -}}{{ include "trunkline.text" $own }}
{{- else if not (kindIs "invalid" $common) -}}{{ include "trunkline.text" $common }}
{{- end -}}
{{- end -}}

{{/* Seconds from SIGTERM to the end of the process. Takes root and service. */}}
{{- define "trunkline.graceSeconds" -}}
{{- $ms := include "trunkline.setting" (merge (dict "variable" "TRUNKLINE_GRACE_MS") .) | default "9000" -}}
{{- div (add (int64 $ms) 999) 1000 -}}
{{- end -}}
