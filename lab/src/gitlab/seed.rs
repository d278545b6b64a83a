//! The demonstration: a small company to look at, to import and to clean up.

use serde_json::{Value, json};

/// Creates two groups, two projects, labels, variables and a protected branch.
pub fn demo(call: impl Fn(&str, &str, &Value) -> (u16, Value)) {
    let create = |path: &str, body: Value| {
        let (status, made) = call("POST", path, &body);
        assert_eq!(status, 201, "the demonstration is valid: {path} {made}");
        made["id"].clone()
    };
    let company = create("/groups", json!({ "name": "Acme", "path": "acme", "description": "Everything of Acme." }));
    let team = create("/groups", json!({ "name": "Platform", "path": "platform", "parent_id": company }));
    create("/groups/acme/labels", json!({ "name": "incident", "color": "crimson" }));
    create("/groups/acme/variables", json!({ "key": "REGION", "value": "eu-central-1" }));
    for (name, path) in [("Website", "website"), ("Deployer", "deployer")] {
        create(
            "/projects",
            json!({ "name": name, "path": path, "namespace_id": team, "initialize_with_readme": true }),
        );
        let project = format!("/projects/acme%2Fplatform%2F{path}");
        create(&format!("{project}/labels"), json!({ "name": "good first issue", "color": "#00b140", "priority": 1 }));
        create(&format!("{project}/variables"), json!({ "key": "LOG_LEVEL", "value": "info" }));
        create(&format!("{project}/protected_branches"), json!({ "name": "release/*", "merge_access_level": 30 }));
    }
}
