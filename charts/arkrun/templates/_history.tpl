{{- define "arkrun.historyName" -}}
{{ include "arkrun.fullname" . }}-history
{{- end -}}

{{- define "arkrun.historySelector" -}}
{{ include "arkrun.instance" . }}
app.kubernetes.io/component: history
{{- end -}}

{{- define "arkrun.historyMetadata" -}}
{{ include "arkrun.metadata" (dict "root" . "name" (include "arkrun.historyName" .) "component" "history") }}
{{- end -}}
