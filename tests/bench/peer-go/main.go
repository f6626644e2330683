// A controller-runtime webhook with the rules of ours, to be measured beside it.
package main

import (
	"crypto/tls"
	"flag"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	port := flag.Int("port", 0, "port to listen on")
	certificates := flag.String("certificates", "", "folder with tls.crt and tls.key")
	folder := flag.String("teams", "", "folder with the answers to GETs of teams")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	if err := serve(*port, *certificates, *folder); err != nil {
		log.Fatal(err)
	}
}

func serve(port int, certificates, folder string) error {
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	known, err := readTeams(folder)
	if err != nil {
		return err
	}
	server := webhook.NewServer(webhook.Options{
		Host:    "127.0.0.1",
		Port:    port,
		CertDir: certificates,
		// The others speak HTTP/1.1 alone, and kubebuilder's scaffold turns HTTP/2 off too.
		TLSOpts: []func(*tls.Config){func(config *tls.Config) { config.NextProtos = []string{"http/1.1"} }},
	})
	server.Register("/0123456789abcdef0123456789abcdef/validate/arkruns", admission.WithValidator(scheme, validator{known}))
	server.Register("/0123456789abcdef0123456789abcdef/mutate/arkruns", admission.WithDefaulter(scheme, defaulter{known}))
	return server.Start(ctrl.SetupSignalHandler())
}

func readTeams(folder string) (teams, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	known := teams{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		known[strings.TrimSuffix(filepath.Base(file), ".json")] = body
	}
	return known, nil
}
