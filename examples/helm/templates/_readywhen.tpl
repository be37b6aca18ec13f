{{/* An init container that waits for .Values.readywhen.waitFor and waitForSecrets. */}}
{{- define "readywhen.initContainer" -}}
{{- with .Values.readywhen -}}
- name: wait
  image: {{ .image }}
  args:
    - --timeout={{ .timeout }}
    {{- range $flag, $targets := .waitFor }}
    {{- range $targets }}
    - {{ printf "--%s=%s" $flag . | quote }}
    {{- end }}
    {{- end }}
  {{- with .waitForSecrets }}
  env:
    {{- range . }}
    - name: READYWHEN_{{ .flag | upper }}
      valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } }
    {{- end }}
  {{- end }}
  resources:
    limits: { cpu: 10m, memory: 16Mi }
  securityContext:
    runAsNonRoot: true
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities: { drop: [ALL] }
{{- end -}}
{{- end -}}
