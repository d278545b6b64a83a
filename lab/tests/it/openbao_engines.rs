//! OpenBao's engines, as far as the recording does not hold them.

use lab::OpenBao;
use serde_json::{Value, json};

use crate::openbao::refused;
use crate::openbao_client::Bao;

async fn with_kv(lab: &OpenBao) -> Bao {
    let client = Bao::of(lab);
    client.post("/sys/mounts/kv", json!({"type": "kv-v2"})).await.expect(204);
    client
}

#[tokio::test]
async fn a_patch_merges_into_the_current_version() {
    let lab = OpenBao::start().await;
    let client = with_kv(&lab).await;
    client.post("/kv/data/a", json!({"data": {"x": 1, "y": {"z": 2}}})).await.expect(200);
    let body = json!({"data": {"x": null, "y": {"w": 3}}, "options": {"cas": 1}});
    assert_eq!(client.patch("/kv/data/a", body.clone()).await.expect(200)["data"]["version"], 2);
    assert_eq!(client.get("/kv/data/a").await.expect(200)["data"]["data"], json!({"y": {"z": 2, "w": 3}}));
    refused(
        client.patch("/kv/data/a", body.clone()).await,
        400,
        "check-and-set parameter did not match the current version",
    );
    let missing = client.patch("/kv/data/none", body).await;
    assert_eq!((missing.status, missing.text.as_str()), (404, ""));
    client.delete("/kv/data/a").await.expect(204);
    assert_eq!(client.patch("/kv/data/a", json!({"data": {}})).await.expect(404)["data"]["version"], 2);
    let plain = client.send("POST", "/kv/data/a", &json!({})).await;
    refused(plain, 400, "no data provided");
    // What a merge patch sent is in the log, as any body.
    assert_eq!(lab.requests()[2].fields["options"], json!({"cas": 1}));
}

#[tokio::test]
async fn old_versions_are_forgotten_deleted_and_destroyed() {
    let lab = OpenBao::start().await;
    let client = with_kv(&lab).await;
    client.post("/kv/metadata/a", json!({"max_versions": 2})).await.expect(204);
    for number in 1..=3 {
        client.post("/kv/data/a", json!({"data": {"n": number}})).await.expect(200);
    }
    let metadata = client.get("/kv/metadata/a").await.expect(200)["data"].clone();
    assert_eq!((&metadata["current_version"], &metadata["oldest_version"]), (&json!(3), &json!(2)));
    assert_eq!(metadata["versions"].as_object().unwrap().keys().collect::<Vec<_>>(), ["2", "3"]);
    assert_eq!(client.get("/kv/data/a?version=1").await.expect(404), json!({"errors": []}));
    refused(client.post("/kv/delete/a", json!({})).await, 400, "No version number provided");
    client.post("/kv/delete/a", json!({"versions": [2, 3]})).await.expect(204);
    client.get("/kv/data/a").await.expect(404);
    client.post("/kv/undelete/a", json!({"versions": [3]})).await.expect(204);
    assert_eq!(client.get("/kv/data/a").await.expect(200)["data"]["data"], json!({"n": 3}));
    client.post("/kv/destroy/a", json!({"versions": [3]})).await.expect(204);
    client.post("/kv/undelete/a", json!({"versions": [3]})).await.expect(204);
    let destroyed = client.get("/kv/data/a").await.expect(404)["data"].clone();
    assert_eq!((&destroyed["data"], &destroyed["metadata"]["destroyed"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn a_version_ends_when_its_time_has_come() {
    let lab = OpenBao::start().await;
    let client = with_kv(&lab).await;
    client.post("/kv/config", json!({"delete_version_after": "30m", "cas_required": true})).await.expect(204);
    assert_eq!(client.get("/kv/config").await.expect(200)["data"]["delete_version_after"], "30m0s");
    refused(
        client.post("/kv/data/a", json!({"data": {}})).await,
        400,
        "check-and-set parameter required for this call",
    );
    let written = client.post("/kv/data/a", json!({"data": {}, "options": {"cas": 0}})).await.expect(200);
    assert_ne!(written["data"]["deletion_time"], "");
    client.get("/kv/data/a").await.expect(200);
    let warned = client.post("/kv/metadata/a", json!({"cas_required": false})).await.expect(200);
    assert_eq!(
        warned["warnings"],
        json!(["\"cas_required\" set to false, but is mandated by backend config. This value will be ignored."])
    );
}

#[tokio::test]
async fn metadata_without_a_version() {
    let lab = OpenBao::start().await;
    let client = with_kv(&lab).await;
    client.post("/kv/metadata/t/a", json!({"custom_metadata": {"k": "v", "l": 1}})).await.expect(204);
    let shown = client.get("/kv/metadata/t/a").await.expect(200)["data"].clone();
    assert_eq!((&shown["current_version"], &shown["versions"]), (&json!(0), &json!({})));
    assert_eq!(shown["custom_metadata"], json!({"k": "v", "l": "1"}));
    client.get("/kv/data/t/a").await.expect(404);
    client.patch("/kv/metadata/t/a", json!({"custom_metadata": {"k": null}, "max_versions": 4})).await.expect(204);
    let patched = client.get("/kv/metadata/t/a").await.expect(200)["data"].clone();
    assert_eq!((&patched["custom_metadata"], &patched["max_versions"]), (&json!({"l": "1"}), &json!(4)));
    refused(
        client.post("/kv/metadata/t/a", json!({"custom_metadata": {"k": ""}})).await,
        400,
        "1 error occurred:\n\t* custom_metadata validation failed: length of value for key \"k\" is 0 but must be 0 < \
         len(value) <= 512\n\n",
    );
    client.post("/kv/metadata/t/a", json!({"custom_metadata": {}})).await.expect(204);
    assert_eq!(client.get("/kv/metadata/t/a").await.expect(200)["data"]["custom_metadata"], Value::Null);
    client.post("/kv/data/b", json!({"data": {}})).await.expect(200);
    assert_eq!(client.list("/kv/metadata").await.expect(200)["data"]["keys"], json!(["b", "t/"]));
    assert_eq!(client.list("/kv/metadata/t").await.expect(200)["data"]["keys"], json!(["a"]));
    assert_eq!(client.list("/kv/metadata/none").await.expect(404), json!({"errors": []}));
}

#[tokio::test]
async fn subkeys_are_names_without_values() {
    let lab = OpenBao::start().await;
    let client = with_kv(&lab).await;
    let data = json!({"a": "secret", "b": {"c": {"d": 1}, "e": {}}, "f": [1]});
    client.post("/kv/data/s", json!({ "data": data })).await.expect(200);
    let subkeys = async |path: &str| client.get(path).await.expect(200)["data"]["subkeys"].clone();
    assert_eq!(subkeys("/kv/subkeys/s").await, json!({"a": null, "b": {"c": {"d": null}, "e": null}, "f": null}));
    assert_eq!(subkeys("/kv/subkeys/s?depth=1").await, json!({"a": null, "b": null, "f": null}));
    assert_eq!(client.get("/kv/subkeys/none").await.expect(404), json!({"errors": []}));
    client.delete("/kv/data/s").await.expect(204);
    assert_eq!(client.get("/kv/subkeys/s").await.expect(404)["data"]["subkeys"], Value::Null);
}

async fn with_jwt(lab: &OpenBao) -> Bao {
    let client = Bao::of(lab);
    client.post("/sys/auth/jwt", json!({"type": "jwt"})).await.expect(204);
    client
}

#[tokio::test]
async fn a_jwt_backend_checks_its_configuration() {
    let lab = OpenBao::start().await;
    let client = with_jwt(&lab).await;
    let configure = async |body: Value| client.post("/auth/jwt/config", body).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    refused(
        configure(json!({"jwks_url": url, "oidc_client_id": "c"})).await,
        400,
        "both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC",
    );
    refused(
        configure(json!({"jwt_validation_pubkeys": ["no key"]})).await,
        400,
        "error parsing public key: data does not contain any valid RSA or ECDSA public keys",
    );
    let body = json!({
        "oidc_discovery_url": url,
        "oidc_client_id": "c",
        "oidc_client_secret": "hidden",
        "default_role": "R",
        "namespace_in_state": false,
    });
    configure(body).await.expect(204);
    let shown = client.get("/auth/jwt/config").await.expect(200)["data"].clone();
    assert_eq!((&shown["oidc_client_id"], &shown["default_role"]), (&json!("c"), &json!("r")));
    assert!(!shown.to_string().contains("hidden"));
    // A write replaces everything but how the state is passed.
    configure(json!({"jwks_url": url})).await.expect(204);
    let shown = client.get("/auth/jwt/config").await.expect(200)["data"].clone();
    assert_eq!((&shown["oidc_client_id"], &shown["namespace_in_state"]), (&json!(""), &json!(false)));
}

#[tokio::test]
async fn roles_keep_what_a_write_leaves_out_but_for_three_words() {
    let lab = OpenBao::start().await;
    let client = with_jwt(&lab).await;
    let write = async |body: Value| client.post("/auth/jwt/role/R", body).await;
    write(json!({
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": "a",
        "bound_claims_type": "glob",
        "bound_claims": {"x": "y*"},
        "clock_skew_leeway": -1,
    }))
    .await
    .expect(204);
    write(json!({"role_type": "jwt", "token_ttl": "1h"})).await.expect(204);
    let role = client.get("/auth/jwt/role/r").await.expect(200)["data"].clone();
    assert_eq!((&role["bound_audiences"], &role["bound_claims_type"]), (&json!(["a"]), &json!("string")));
    assert_eq!((&role["clock_skew_leeway"], &role["token_ttl"]), (&json!(-1), &json!(3600)));
    refused(
        write(json!({"user_claim": "sub"})).await,
        400,
        "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
    );
    let jwt = |more: Value| {
        let mut body = json!({"role_type": "jwt", "user_claim": "sub", "bound_subject": "s"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    refused(write(jwt(json!({"bound_claims_type": "x"}))).await, 400, "invalid 'bound_claims_type': x");
    refused(
        write(jwt(json!({"bound_claims_type": "glob", "bound_claims": {"x": [1]}}))).await,
        400,
        "claim is not a string: 1",
    );
    refused(
        write(jwt(json!({"claim_mappings": {"a": "role"}}))).await,
        400,
        "metadata key \"role\" is reserved and may not be a mapping destination",
    );
    refused(
        write(jwt(json!({"token_ttl": "2h", "token_max_ttl": "1h"}))).await,
        400,
        "'token_ttl' cannot be greater than 'token_max_ttl'",
    );
    refused(
        write(jwt(json!({"token_type": "batch", "token_period": "1h"}))).await,
        400,
        "'token_type' cannot be 'batch' or 'default_batch' when set to generate periodic tokens",
    );
}

#[tokio::test]
async fn a_login_with_a_jwt_is_refused_before_its_signature() {
    let lab = OpenBao::start().await;
    let client = with_jwt(&lab).await;
    let nobody = client.with_token(None);
    let login = async |role: &str| nobody.post("/auth/jwt/login", json!({"role": role, "jwt": "e30.e30.AAAA"})).await;
    refused(login("r").await, 400, "could not load configuration");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    client.post("/auth/jwt/config", json!({ "jwks_url": url })).await.expect(204);
    refused(login("").await, 400, "missing role");
    refused(login("r").await, 400, "role \"r\" could not be found");
    client
        .post("/auth/jwt/role/r", json!({"role_type": "jwt", "user_claim": "sub", "bound_subject": "s"}))
        .await
        .expect(204);
    assert_eq!(lab.violations(), [""; 0]);
    login("r").await.expect(501);
    assert_eq!(lab.violations(), ["the lab verifies no signatures of JWTs"]);
}

async fn with_approle(lab: &OpenBao, role: Value) -> Bao {
    let client = Bao::of(lab);
    client.post("/sys/auth/approle", json!({"type": "approle"})).await.expect(204);
    client.post("/auth/approle/role/r", role).await.expect(204);
    client
}

async fn role_id(client: &Bao) -> Value {
    client.get("/auth/approle/role/r/role-id").await.expect(200)["data"]["role_id"].clone()
}

#[tokio::test]
async fn a_machine_logs_in_as_often_as_its_secret_id_allows() {
    let lab = OpenBao::start().await;
    let role = json!({"token_policies": ["p"], "token_ttl": "10m", "secret_id_num_uses": 2, "secret_id_ttl": "1h"});
    let client = with_approle(&lab, role).await;
    let role_id = role_id(&client).await;
    let issue = async |body: Value| client.post("/auth/approle/role/r/secret-id", body).await;
    refused(issue(json!({"num_uses": 3})).await, 400, "num_uses cannot be higher than the role's secret_id_num_uses");
    refused(issue(json!({"ttl": "2h"})).await, 400, "ttl cannot be longer than the role's secret_id_ttl");
    let secret = issue(json!({"metadata": "{\"job\":\"7\"}"})).await.expect(200)["data"].clone();
    let login = async |secret_id: &Value| {
        let body = json!({"role_id": role_id, "secret_id": secret_id});
        client.with_token(None).post("/auth/approle/login", body).await
    };
    let auth = login(&secret["secret_id"]).await.expect(200)["auth"].clone();
    assert_eq!((&auth["policies"], &auth["lease_duration"]), (&json!(["default", "p"]), &json!(600)));
    assert_eq!((&auth["metadata"], &auth["orphan"]), (&json!({"job": "7", "role_name": "r"}), &json!(true)));
    let own = client.with_token(auth["client_token"].as_str());
    assert_eq!(own.get("/auth/token/lookup-self").await.expect(200)["data"]["path"], "auth/approle/login");
    login(&secret["secret_id"]).await.expect(200);
    refused(login(&secret["secret_id"]).await, 400, "invalid role or secret ID");
    refused(login(&json!("")).await, 400, "missing secret_id");
}

#[tokio::test]
async fn secret_ids_are_found_by_their_accessors() {
    let lab = OpenBao::start().await;
    let client = with_approle(&lab, json!({})).await;
    let path = |rest: &str| format!("/auth/approle/role/r/{rest}");
    assert_eq!(client.list(&path("secret-id")).await.expect(404), json!({"errors": []}));
    let secret = client.post(&path("secret-id"), json!({})).await.expect(200)["data"].clone();
    let accessor = json!({"secret_id_accessor": secret["secret_id_accessor"]});
    assert_eq!(
        client.list(&path("secret-id")).await.expect(200)["data"]["keys"],
        json!([secret["secret_id_accessor"]])
    );
    let shown = client.post(&path("secret-id-accessor/lookup"), accessor.clone()).await.expect(200)["data"].clone();
    assert_eq!((&shown["metadata"], &shown["secret_id_num_uses"]), (&json!({}), &json!(0)));
    assert_eq!((shown.get("secret_id"), &shown["expiration_time"]), (None, &json!("0001-01-01T00:00:00Z")));
    client.post(&path("secret-id-accessor/destroy"), accessor.clone()).await.expect(204);
    let gone = client.post(&path("secret-id-accessor/lookup"), accessor.clone()).await.expect(404);
    assert!(gone["data"]["error"].as_str().unwrap().starts_with("failed to find accessor entry"));
    client.post(&path("secret-id-accessor/destroy"), accessor).await.expect(500);
    let custom = json!({"secret_id": "chosen"});
    client.post(&path("custom-secret-id"), custom.clone()).await.expect(200);
    client.post(&path("secret-id/lookup"), custom.clone()).await.expect(200);
    client.post(&path("secret-id/destroy"), custom.clone()).await.expect(204);
    client.post(&path("secret-id/lookup"), custom).await.expect(204);
    refused(client.post("/auth/approle/role/none/secret-id", json!({})).await, 404, "role \"none\" does not exist");
}

#[tokio::test]
async fn wrong_roles_of_machines_are_refused() {
    let lab = OpenBao::start().await;
    let client = with_approle(&lab, json!({"role_id": "known", "local_secret_ids": true})).await;
    assert_eq!(role_id(&client).await, "known");
    let write = async |name: &str, body: Value| client.post(&format!("/auth/approle/role/{name}"), body).await;
    refused(
        write("r", json!({"local_secret_ids": false})).await,
        400,
        "local_secret_ids can only be modified during role creation",
    );
    refused(write("s", json!({"role_id": "known"})).await, 500, "1 error occurred:\n\t* role_id already in use\n\n");
    refused(
        write("s", json!({"bind_secret_id": false})).await,
        500,
        "1 error occurred:\n\t* at least one constraint should be enabled on the role\n\n",
    );
    refused(write("s", json!({"secret_id_bound_cidrs": ["10.0.0.0/40"]})).await, 400, "invalid CIDR blocks");
    refused(write("s", json!({"token_type": "other"})).await, 400, "invalid 'token_type' value \"other\"");
    let bound = json!({"bind_secret_id": false, "token_bound_cidrs": ["127.0.0.1"], "token_type": "default-batch"});
    let warned = write("S", bound).await.expect(200);
    assert_eq!(warned["warnings"], json!(["default-batch has no useful meaning; adjusting to batch"]));
    let shown = client.get("/auth/approle/role/s").await.expect(200)["data"].clone();
    assert_eq!((&shown["token_type"], &shown["bind_secret_id"]), (&json!("batch"), &json!(false)));
    let wrong = client.post("/auth/approle/role/s", json!({"token_ttl": "soon"})).await.expect(400);
    assert!(wrong["errors"][0].as_str().unwrap().contains("error converting input for field \"token_ttl\""));
}
