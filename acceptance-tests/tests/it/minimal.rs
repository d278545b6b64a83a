//! Takes every optional attribute out of an example, all at once.

use hcl::{Attribute, Body, Structure};
use serde_json::Value;

/// Optional attributes that an example keeps: without them the resource would be another one or not valid.
const KEPT: &[(&str, &[&str])] = &[
    // Without its parent a group or project would move to the top level.
    ("substrate_gitlab_group", &["parent_id"]),
    ("substrate_gitlab_project", &["namespace_id", "path"]),
    // Exactly one of the two values is required, and the scope is part of the key.
    (
        "substrate_gitlab_project_variable",
        &["environment_scope", "hidden", "masked", "value", "value_wo", "value_wo_version"],
    ),
    (
        "substrate_gitlab_group_variable",
        &["environment_scope", "hidden", "masked", "value", "value_wo", "value_wo_version"],
    ),
    // A certificate is a file, and a route leads from a host to something.
    ("substrate_haproxy_certificate", &["pem_wo", "pem_wo_version"]),
    ("substrate_haproxy_route", &["hosts", "path_prefix", "redirect"]),
    // A container is made of something.
    ("substrate_proxmox_container", &["template_file_id"]),
    // What they refer to comes first.
    ("substrate_vault_approle_auth_backend_role", &["backend"]),
    ("substrate_vault_gitlab_trust", &["backend", "group"]),
    // Nor can a method be without keys, or a role without what it binds.
    ("substrate_vault_jwt_auth_backend", &["oidc_discovery_url"]),
    ("substrate_vault_jwt_auth_backend_role", &["backend", "bound_audiences", "role_type"]),
    // A record answers something, and one of several is told from the others.
    ("substrate_route53_record", &["records", "set_identifier", "ttl", "weighted_routing_policy"]),
    // A device writes somewhere.
    ("substrate_vault_audit", &["options"]),
    // A right is somebody's, and a storage is somewhere.
    ("substrate_proxmox_acl", &["user_id"]),
    ("substrate_proxmox_storage", &["export", "server"]),
    // Without its address nothing is downloaded.
    ("substrate_proxmox_download", &["url"]),
    // They cannot be changed.
    ("substrate_iam_policy", &["description", "path"]),
    ("substrate_iam_role", &["path"]),
    ("substrate_route53_zone", &["vpc"]),
    ("substrate_ceph_rbd_image", &["data_pool"]),
    ("substrate_vault_auth_backend", &["path"]),
    ("substrate_vault_mount", &["options", "seal_wrap"]),
];

/// The example without the optional attributes of `<kind>.example`; `schema` is `providers schema -json`.
pub fn cleared(example: &str, kind: &str, schema: &Value) -> String {
    let mut body = hcl::parse(example).unwrap_or_else(|error| panic!("the example of {kind} is not HCL: {error}"));
    for structure in body.iter_mut() {
        let Structure::Block(block) = structure else { continue };
        let labels: Vec<&str> = block.labels.iter().map(hcl::BlockLabel::as_str).collect();
        if block.identifier() == "resource" && labels == [kind, "example"] {
            let attributes = attributes(kind, schema);
            let stays = |attribute: &Attribute| keeps(kind, attribute.key.as_str(), &attributes);
            let kept = block.body.clone().into_iter().filter(|structure| structure.as_attribute().is_none_or(stays));
            block.body = Body::from_iter(kept);
        }
    }
    hcl::format::to_string(&body).unwrap_or_else(|error| panic!("the example of {kind} cannot be written: {error}"))
}

fn keeps(kind: &str, name: &str, attributes: &Value) -> bool {
    let kept = KEPT.iter().find(|(entry, _)| *entry == kind).is_some_and(|(_, names)| names.contains(&name));
    // What the schema does not know, such as `depends_on`, belongs to the tool.
    kept || attributes[name]["optional"] != true
}

fn attributes(kind: &str, schema: &Value) -> Value {
    let providers = schema["provider_schemas"].as_object().expect("the schema lists providers");
    let mut found = providers.values().map(|provider| &provider["resource_schemas"][kind]["block"]["attributes"]);
    found.find(|attributes| attributes.is_object()).unwrap_or_else(|| panic!("no schema of {kind}")).clone()
}

#[test]
fn only_optional_attributes_of_the_example_go() {
    let schema = serde_json::json!({"provider_schemas": {"x": {"resource_schemas": {"substrate_gitlab_group": {"block": {
        "attributes": {"name": {"required": true}, "description": {"optional": true}, "parent_id": {"optional": true}}
    }}}}}});
    let example = r#"
resource "substrate_gitlab_group" "parent" {
  description = "stays"
}

resource "substrate_gitlab_group" "example" {
  name        = "n"
  description = "goes"
  parent_id   = substrate_gitlab_group.parent.id
  depends_on  = []
}
"#;
    let text = cleared(example, "substrate_gitlab_group", &schema);
    assert!(text.contains("stays") && !text.contains("goes"), "{text}");
    assert!(text.contains("parent_id = substrate_gitlab_group.parent.id") && text.contains("depends_on"), "{text}");
}
