// Command vault serves the real core and HTTP API of Vault, as a development server does: from memory, unsealed, on
// one loopback address, until its standard input ends.
//
//	vault [-listen 127.0.0.1:0] [-certificate FILE -key FILE]
//
// When it is ready it prints one line of JSON with the members address, token (of root) and unseal_key.
// It logs nothing unless VAULT_LOG_LEVEL asks for it, such as with warn.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/credential/userpass"
	"github.com/hashicorp/vault/builtin/logical/pki"
	"github.com/hashicorp/vault/builtin/logical/transit"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

var (
	secrets = engines{"kv": kv.Factory, "pki": pki.Factory, "transit": transit.Factory}
	methods = engines{
		"approle": approle.Factory, "jwt": jwt.Factory, "kubernetes": kubernetes.Factory,
		"oidc": jwt.Factory, "userpass": userpass.Factory,
	}
	devices = map[string]audit.Factory{
		"file": audit.NewFileBackend, "socket": audit.NewSocketBackend, "syslog": audit.NewSyslogBackend,
	}
)

// ready is what whoever started the server needs to know.
type ready struct {
	Address   string `json:"address"`
	Token     string `json:"token"`
	UnsealKey string `json:"unseal_key"`
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address; port 0 takes a free one")
	certificate := flag.String("certificate", "", "PEM file of the certificate, to speak TLS")
	key := flag.String("key", "", "PEM file of the certificate's key")
	flag.Parse()
	go endWithInput()

	listener, err := net.Listen("tcp", *listen)
	check(err)
	core, keys := unsealed(listener.Addr().String(), *certificate != "")
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core: core, ListenerConfig: &configutil.Listener{Address: listener.Addr().String()},
	})
	check(json.NewEncoder(os.Stdout).Encode(ready{
		Address: listener.Addr().String(), Token: keys.RootToken, UnsealKey: hex.EncodeToString(keys.SecretShares[0]),
	}))
	if *certificate == "" {
		check(http.Serve(listener, handler))
	}
	check(http.ServeTLS(listener, handler, *certificate, *key))
}

// endWithInput ends the process when the pipe breaks that its parent holds, so that no server outlives a killed test.
func endWithInput() {
	_, err := io.Copy(io.Discard, os.Stdin)
	check(err)
	os.Exit(0)
}

// unsealed makes a core and initializes it with one key.
func unsealed(address string, tls bool) (*vault.Core, *vault.InitResult) {
	level := hclog.LevelFromString(os.Getenv("VAULT_LOG_LEVEL"))
	if level == hclog.NoLevel {
		level = hclog.Off
	}
	logger := hclog.New(&hclog.LoggerOptions{Level: level, Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	check(err)
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical: storage, Logger: logger, DisableMlock: true, RedirectAddr: scheme + address,
		BuiltinRegistry: registry{}, LogicalBackends: secrets, CredentialBackends: methods, AuditBackends: devices,
	})
	check(err)
	shares := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	keys, err := core.Initialize(context.Background(), &vault.InitParams{BarrierConfig: shares})
	check(err)
	_, err = core.Unseal(keys.SecretShares[0])
	check(err)
	return core, keys
}

func check(err error) {
	if err != nil {
		log.Fatalf("vault: %v", err)
	}
}
