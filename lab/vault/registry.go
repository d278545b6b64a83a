package main

import (
	"maps"
	"slices"

	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
)

// engines are secrets engines or auth methods by their type.
type engines map[string]logical.Factory

// registry answers Vault which engines are compiled in.
type registry struct{}

func (registry) of(kind consts.PluginType) engines {
	switch kind {
	case consts.PluginTypeSecrets:
		return secrets
	case consts.PluginTypeCredential:
		return methods
	}
	return nil
}

func (r registry) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	factory, found := r.of(kind)[name]
	return func() (any, error) { return factory, nil }, found
}

func (r registry) Contains(name string, kind consts.PluginType) bool {
	_, found := r.of(kind)[name]
	return found
}

func (r registry) Keys(kind consts.PluginType) []string {
	return slices.Sorted(maps.Keys(r.of(kind)))
}

func (r registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}

func (registry) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
