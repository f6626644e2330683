{{/* Fails for the values of an older chart alone, which --reuse-values gives: what is new in this one would be nil. */}}
{{- define "arkrun.requireValues" -}}
{{- range $path := list "commonLabels" "commonAnnotations" "crds" "crds.arkruns" "crds.arkteams" "policies" "image" "webhook" "webhook.clientCA" "history" "history.orphans" "seal" "certificates" "certificates.issuerRef" "startupCheck" "podDisruptionBudget" "topologySpread" "rollingUpdate" "networkPolicy" "metrics" "metrics.serviceMonitor" "metrics.prometheusRule" "rbac" "serviceAccount" "podSecurityContext" "probes" "probes.startup" "probes.readiness" "probes.liveness" -}}
{{- $value := $.Values -}}
{{- range splitList "." $path }}{{ $value = get $value . }}{{ end -}}
{{- if not (kindIs "map" $value) -}}
{{- fail (printf "the values have no %s: with --reuse-values helm takes those of the last release alone, without this chart's new ones; use --reset-then-reuse-values" $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "arkrun.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- /* A release may have dots in its name, a Service may not. */ -}}
{{- $release := replace "." "-" .Release.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- $release | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" $release $name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "arkrun.instance" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "arkrun.selector" -}}
{{ include "arkrun.instance" . }}
app.kubernetes.io/component: webhook
{{- end -}}

{{/* Labels of an object; .component defaults to webhook, whose pods the Service selects. */}}
{{- define "arkrun.labels" -}}
{{ include "arkrun.instance" .root }}
app.kubernetes.io/component: {{ default "webhook" .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with merge (dict) (default dict .labels) .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Metadata of an object; .root is the chart's scope. Optional: .name, .namespace, .cluster (no namespace), .labels, .annotations. */}}
{{- define "arkrun.metadata" -}}
name: {{ default (include "arkrun.fullname" .root) .name | quote }}
{{- if not .cluster }}
namespace: {{ default .root.Release.Namespace .namespace | quote }}
{{- end }}
labels:
  {{- include "arkrun.labels" . | nindent 2 }}
{{- with merge (dict) (default dict .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "arkrun.certSecret" -}}
{{- default (printf "%s-cert" (include "arkrun.fullname" .)) .Values.certificates.secretName -}}
{{- end -}}

{{/* DNS names of the Service, which the certificate must contain. */}}
{{- define "arkrun.dnsNames" -}}
{{- $service := printf "%s.%s.svc" (include "arkrun.fullname" .) .Release.Namespace -}}
{{ $service }},{{ $service }}.cluster.local
{{- end -}}

{{/* A duration for Go, which has no unit for days. */}}
{{- define "arkrun.hours" -}}
{{- if hasSuffix "d" . }}{{ mulf (trimSuffix "d" . | float64) 24 }}h{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* A duration such as 30d in seconds. */}}
{{- define "arkrun.seconds" -}}
{{- $units := dict "s" 1 "m" 60 "h" 3600 "d" 86400 -}}
{{- mulf (regexFind "^[0-9.]+" . | float64) (get $units (regexFind "[smhd]$" .)) -}}
{{- end -}}

{{/* Seconds before expiry at which an alert fires; at most half of the time that remains when a renewal is due. */}}
{{- define "arkrun.expiryAlertSeconds" -}}
{{- $seconds := .root.Values.metrics.prometheusRule.expirySeconds -}}
{{- if ne .root.Values.certificates.mode "provided" -}}
{{- $left := mulf (include "arkrun.seconds" .lifetime | float64) (subf 1 .root.Values.certificates.renewAt) -}}
{{- $seconds = minf $seconds (divf $left 2) -}}
{{- end -}}
{{- int $seconds -}}
{{- end -}}

{{/* Name of the webhook configurations if the webhook writes the CA or the path into them, else empty. */}}
{{- define "arkrun.injectedConfigurations" -}}
{{- if or (eq .Values.certificates.injectedBy "webhook") (include "arkrun.pathSecret" .) }}{{ include "arkrun.fullname" . }}{{ end -}}
{{- end -}}

{{/* Name of the Secret of the path token; empty if webhook.url contains the token. */}}
{{- define "arkrun.pathSecret" -}}
{{- if not .Values.webhook.url }}{{ include "arkrun.fullname" . }}-path{{ end -}}
{{- end -}}

{{/* Names of the Secrets that the pods write, separated by commas. */}}
{{- define "arkrun.managedSecrets" -}}
{{- $names := list -}}
{{- if eq .Values.certificates.mode "self-signed" }}{{ $names = append $names (include "arkrun.certSecret" .) }}{{ end -}}
{{- with include "arkrun.pathSecret" . }}{{ $names = append $names . }}{{ end -}}
{{- join "," $names -}}
{{- end -}}

{{/* Annotations that make cainjector inject the CA into the configurations. */}}
{{- define "arkrun.caAnnotations" -}}
{{- if eq .Values.certificates.injectedBy "cainjector" -}}
{{- if eq .Values.certificates.mode "cert-manager" -}}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "arkrun.fullname" . }}
{{- else -}}
cert-manager.io/inject-ca-from-secret: {{ .Release.Namespace }}/{{ include "arkrun.certSecret" . }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "arkrun.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* User names of ServiceAccounts given as namespace/name, separated by commas. */}}
{{- define "arkrun.usernames" -}}
{{- $names := list -}}
{{- range . }}{{ $names = append $names (printf "system:serviceaccount:%s" (replace "/" ":" .)) }}{{ end -}}
{{- join "," $names -}}
{{- end -}}

{{/* clientConfig of a webhook. The webhook itself writes caBundle and service.path at run time. */}}
{{- define "arkrun.clientConfig" -}}
{{- $root := index . 0 -}}{{- $path := index . 1 -}}
{{- if $root.Values.webhook.url -}}
url: {{ $root.Values.webhook.url }}{{ $path }}
{{- else -}}
service:
  name: {{ include "arkrun.fullname" $root }}
  namespace: {{ $root.Release.Namespace | quote }}
  port: 443
{{- end -}}
{{- end -}}

{{/* Fields that all webhooks share. */}}
{{- define "arkrun.webhookDefaults" -}}
admissionReviewVersions: [v1]
matchPolicy: Equivalent
sideEffects: None
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
{{- with .Values.webhook.namespaceSelector }}
namespaceSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Namespaces that a policy is bound to: those of the webhook. */}}
{{- define "arkrun.boundNamespaces" -}}
{{- with .Values.webhook.namespaceSelector -}}
matchResources:
  namespaceSelector:
    {{- toYaml . | nindent 4 }}
{{- end -}}
{{- end -}}

{{/* CEL: the run is annotated as restored; the caller has the verb restore. */}}
{{- define "arkrun.isRestored" -}}
object.metadata.?annotations[?'arkonis.dev/restored'].orValue('') == 'true'
{{- end -}}
{{- define "arkrun.mayRestore" -}}
authorizer.group('arkonis.dev').resource('arkruns').namespace(request.namespace).check('restore').allowed()
{{- end -}}

{{/* OpenShift gives each namespace users of its own, and its restricted-v2 refuses any other: the default goes. */}}
{{- define "arkrun.podSecurity" -}}
{{- $context := deepCopy .Values.podSecurityContext -}}
{{- if .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
{{- range $key := list "runAsUser" "runAsGroup" -}}
{{- if eq (get $context $key | toString) "65532" }}{{ $context = omit $context $key }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $key, $value := $context -}}
{{- if kindIs "float64" $value }}{{ $_ := set $context $key (int64 $value) }}{{ end -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{/* A number as text: helm reads those of a values file as floats, and writes large ones as 1e+06. */}}
{{- define "arkrun.number" -}}
{{- if eq (. | float64) (. | int64 | float64) }}{{ . | int64 }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- define "arkrun.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Scheduling of the webhook's pods. */}}
{{- define "arkrun.placement" -}}
{{- $root := . -}}
{{- $spread := dict "kubernetes.io/hostname" .Values.topologySpread.hosts "topology.kubernetes.io/zone" .Values.topologySpread.zones -}}
{{- if or .Values.topologySpread.hosts .Values.topologySpread.zones -}}
topologySpreadConstraints:
{{- range $key, $policy := $spread }}
{{- if $policy }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: {{ $policy }}
    labelSelector:
      matchLabels:
        {{- include "arkrun.selector" $root | nindent 8 }}
    # Pods of the previous version do not count, since they are about to terminate.
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{ end -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $root.Values $key }}
{{ $key }}:
{{- if kindIs "string" . }} {{ quote . }}{{ else }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The pod that checks that the API server calls the webhook. */}}
{{- define "arkrun.checkPod" -}}
serviceAccountName: {{ include "arkrun.fullname" . }}-check
restartPolicy: Never
activeDeadlineSeconds: {{ add (int64 .Values.startupCheck.seconds) 120 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "arkrun.podSecurity" . | nindent 2 }}
containers:
  - name: check
    image: {{ include "arkrun.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    command:
      - python
      - -m
      - arkrun_webhook.check
      - {{ default .Release.Namespace .Values.startupCheck.namespace | quote }}
      - {{ include "arkrun.number" .Values.startupCheck.seconds | quote }}
    securityContext:
      {{- include "arkrun.containerSecurity" . | nindent 6 }}
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
