// A controller-runtime webhook with the same rules as ours, for comparison.
package main

import (
	"crypto/tls"
	"flag"
	"log"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	port := flag.Int("port", 0, "port of the webhook")
	certificates := flag.String("certificates", "", "folder with tls.crt and tls.key")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	if err := serve(*port, *certificates); err != nil {
		log.Fatal(err)
	}
}

func serve(port int, certificates string) error {
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		WebhookServer: webhook.NewServer(webhook.Options{
			Host:    "127.0.0.1",
			Port:    port,
			CertDir: certificates,
			// The others support only HTTP/1.1, and kubebuilder's scaffold disables HTTP/2 too.
			TLSOpts: []func(*tls.Config){func(config *tls.Config) { config.NextProtos = []string{"http/1.1"} }},
		}),
	})
	if err != nil {
		return err
	}
	// GetAPIReader reads from the API server; GetClient reads from a cache, which may be stale.
	teams, server := teams{manager.GetAPIReader()}, manager.GetWebhookServer()
	server.Register("/readyz", healthz.CheckHandler{Checker: healthz.Ping})
	server.Register("/mutate/arkruns", admission.WithDefaulter(scheme, defaulter{teams}))
	server.Register("/validate/arkruns", admission.WithValidator(scheme, validator{teams}))
	return manager.Start(ctrl.SetupSignalHandler())
}
