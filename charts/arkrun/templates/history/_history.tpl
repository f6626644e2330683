{{- define "arkrun.historyName" -}}
{{ include "arkrun.fullname" . }}-history
{{- end -}}

{{/* Retention and sealing are separate switches of one component. */}}
{{- define "arkrun.historyRuns" -}}
{{- if or .Values.history.enabled .Values.seal.enabled }}true{{ end -}}
{{- end -}}

{{- define "arkrun.sealSecret" -}}
{{- default (printf "%s-seal" (include "arkrun.fullname" .)) .Values.seal.existingSecret -}}
{{- end -}}

{{/* The user name of the only account that may write seals. */}}
{{- define "arkrun.sealer" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "arkrun.historyName" . }}
{{- end -}}

{{- define "arkrun.historySelector" -}}
{{ include "arkrun.instance" . }}
app.kubernetes.io/component: history
{{- end -}}

{{- define "arkrun.historyMetadata" -}}
{{ include "arkrun.metadata" (dict "root" . "name" (include "arkrun.historyName" .) "component" "history") }}
{{- end -}}
