"""AdmissionReview admission.k8s.io/v1 on the wire (k8s.io/api/admission/v1/types.go)."""
