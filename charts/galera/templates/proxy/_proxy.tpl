{{/* What tells the proxies' pods from all others. */}}
{{- define "galera.proxySelectorLabels" -}}
{{ include "galera.selectorLabels" . | replace "component: node" "component: proxy" }}
{{- end -}}

{{/* Labels of the proxies' objects. */}}
{{- define "galera.proxyLabels" -}}
{{ include "galera.labels" . | replace "component: node" "component: proxy" }}
{{- end -}}

{{- define "galera.proxyConfiguration" -}}
{{ tpl (.Files.Get "files/haproxy.cfg") . }}
{{- end -}}

{{- define "galera.proxyAffinity" -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "galera.proxySelectorLabels" . | fromYaml)) -}}
{{- if eq .Values.proxy.antiAffinity "required" -}}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - {{ toYaml $term | nindent 6 | trim }}
{{- else if eq .Values.proxy.antiAffinity "preferred" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        {{- toYaml $term | nindent 8 }}
{{- end -}}
{{- end -}}

{{/* What of the proxies' values cannot be. */}}
{{- define "galera.wrongProxy" -}}
{{- $wrong := list -}}
{{- $proxy := .Values.proxy -}}
{{- if $proxy.enabled -}}
  {{- if gt (int .Values.replicas) (int $proxy.maxNodes) -}}
  {{- $wrong = append $wrong (printf "proxy.maxNodes: the proxies would know %d of %d nodes: set it to replicas or more" (int $proxy.maxNodes) (int .Values.replicas)) -}}
  {{- end -}}
  {{- if and $proxy.service.loadBalancerSourceRanges (ne $proxy.service.type "LoadBalancer") -}}
  {{- $wrong = append $wrong "proxy.service.loadBalancerSourceRanges: only a load balancer heeds it: set proxy.service.type to LoadBalancer" -}}
  {{- end -}}
  {{- $ports := list -}}
  {{- range $name, $port := $proxy.service.ports -}}
    {{- if has (int $port) $ports -}}
    {{- $wrong = append $wrong (printf "proxy.service.ports.%s: another port of the Service is %d, too: take another" $name (int $port)) -}}
    {{- end -}}
    {{- $ports = append $ports (int $port) -}}
  {{- end -}}
  {{- if has (int $proxy.statsPort) (list 3306 6446 6447) -}}
  {{- $wrong = append $wrong (printf "proxy.statsPort: %d is where the proxies take clients: take another" (int $proxy.statsPort)) -}}
  {{- end -}}
  {{- if and $proxy.sendProxyProtocol (not .Values.existingConfigMap) (not (regexMatch "proxy[-_]protocol[-_]networks" (toJson .Values.configuration))) -}}
  {{- $wrong = append $wrong "proxy.sendProxyProtocol: no client could log in, as the server takes no PROXY protocol: set proxy-protocol-networks in configuration, to the network of the pods" -}}
  {{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
