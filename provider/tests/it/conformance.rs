//! What holds for every registered type: documents, keys, examples, schemas, and the coverage of GitLab's API.

use std::collections::BTreeSet;
use std::fs;

use lab::proxmox::Agent;
use lab::{Aws, Ceph, Estate, GitLab, HaProxy, Proxmox};
use serde_json::{Map, Value as Json, json};
use tfplugin::harness::{Document, data_sources, ephemerals, function_tables, id_pattern, parses_import_id, resources};
use tfplugin::schema::{Field, Kind, Presence, Rule, Table, wire_type};
use tfplugin::value::Value;

use crate::estate::{act, document, fine, host, read, repository, understood};
use crate::gitlab_fields::{ALL, Gone};

/// Arguments that no example can set, with the reason.
const UNSHOWN: &[(&str, &str, &str)] = &[
    ("substrate_vault_kv_secret_v2", "cas", "it is right for one write alone, and a life takes many"),
    (
        "substrate_vault_mount",
        "plugin_version",
        "Vault keeps that of an external plugin alone: it takes that of a builtin one, and forgets it",
    ),
    ("substrate_proxmox_container", "hook_script_file_id", OF_ROOT),
    ("substrate_proxmox_vm", "hook_script_file_id", OF_ROOT),
    ("substrate_proxmox_vm", "kvm_arguments", OF_ROOT),
    ("substrate_proxmox_storage", "shared", OTHER_STORAGE),
    ("substrate_proxmox_storage", "subdir", OTHER_STORAGE),
    ("substrate_proxmox_storage", "username", OTHER_STORAGE),
    ("substrate_proxmox_storage", "password_wo", OTHER_STORAGE),
    ("substrate_proxmox_storage", "password_wo_version", OTHER_STORAGE),
    ("substrate_proxmox_storage", "fingerprint", OTHER_STORAGE),
    ("substrate_proxmox_storage", "data_pool", OTHER_STORAGE),
    ("substrate_proxmox_storage", "namespace", OTHER_STORAGE),
    ("substrate_proxmox_storage", "monhost", OTHER_STORAGE),
    ("substrate_proxmox_storage", "keyring_wo", OTHER_STORAGE),
    ("substrate_proxmox_storage", "keyring_wo_version", OTHER_STORAGE),
    ("substrate_proxmox_storage", "krbd", OTHER_STORAGE),
    ("substrate_proxmox_storage", "blocksize", OTHER_STORAGE),
    ("substrate_proxmox_storage", "domain", OTHER_STORAGE),
    ("substrate_proxmox_storage", "is_mountpoint", OTHER_STORAGE),
    ("substrate_proxmox_storage", "thin_pool", OTHER_STORAGE),
    ("substrate_proxmox_storage", "thin_provision", OTHER_STORAGE),
    ("substrate_proxmox_storage", "path", OTHER_STORAGE),
    ("substrate_proxmox_storage", "share", OTHER_STORAGE),
    ("substrate_proxmox_storage", "datastore", OTHER_STORAGE),
    ("substrate_proxmox_storage", "pool", OTHER_STORAGE),
    ("substrate_proxmox_storage", "fs_name", OTHER_STORAGE),
    ("substrate_proxmox_storage", "volume_group", OTHER_STORAGE),
];

const OF_ROOT: &str = "`root@pam` with his password alone may set it, and the tests have a token";

const OTHER_STORAGE: &str = "it is for another kind of storage than that of the examples";

fn all() -> Vec<(String, &'static Table)> {
    resources(&provider::provider())
}

fn example(kind: &str, file: &str) -> Document {
    document(&read(&format!("examples/resources/{kind}/{file}")))
}

/// Attributes that a rule keeps from being set together with others.
fn excluded(table: &Table) -> BTreeSet<&'static str> {
    let groups = table.rules.iter().flat_map(|rule| match *rule {
        Rule::Conflicts(names) | Rule::OneOf(names) => names.to_vec(),
        Rule::RequiresWord(name, ..) => vec![name],
        _ => Vec::new(),
    });
    let mut names: BTreeSet<&str> = groups.collect();
    let triggers: Vec<_> = table.fields.iter().filter(|field| names.contains(field.name) && field.write_only).collect();
    for trigger in triggers {
        let version = format!("{}_version", trigger.name);
        names.extend(table.field(&version).map(|field| field.name));
    }
    names
}

#[test]
fn the_examples_together_set_every_argument() {
    for (kind, table) in all() {
        let address = format!("{kind}.example");
        let mut set = BTreeSet::new();
        for file in ["resource.tf", "resource_update.tf"] {
            let arguments = example(&kind, file).arguments(&address);
            assert!(!arguments.is_empty(), "{kind}: {file} has no resource `example`");
            set.extend(arguments);
        }
        let mut excluded = excluded(table);
        for (_, name, reason) in UNSHOWN.iter().filter(|(entry, ..)| *entry == kind) {
            assert!(!set.contains(*name), "{kind}: an example sets `{name}`, although {reason}");
            excluded.insert(name);
        }
        for rule in table.rules {
            let (Rule::Conflicts(names) | Rule::OneOf(names)) = rule else { continue };
            let used = names.iter().any(|name| set.contains(*name));
            assert!(used, "{kind}: the examples set none of {names:?}");
        }
        let wanted = table.fields.iter().filter(|field| !field.is_computed_only() && !excluded.contains(field.name));
        let missing: Vec<_> = wanted.map(|field| field.name).filter(|name| !set.contains(*name)).collect();
        assert!(missing.is_empty(), "{kind}: no example sets {missing:?}");
    }
}

/// Each word is sent to the lab in `words.rs`; here each must be lower case and stand for one thing.
#[test]
fn words_are_told_apart() {
    for (kind, table) in all() {
        for field in table.fields {
            let Kind::String(text) = field.kind else { continue };
            let words: BTreeSet<&str> = text.words.iter().map(|word| word.word).collect();
            assert_eq!(words.len(), text.words.len(), "{kind}.{}: a word stands there twice", field.name);
            assert!(words.iter().all(|word| word.to_lowercase() == **word), "{kind}.{}: {words:?}", field.name);
        }
    }
}

#[test]
fn every_text_of_the_manual_is_a_sentence() {
    let provider = provider::provider();
    for (kind, table) in [all(), data_sources(&provider), ephemerals(&provider), function_tables(&provider)].concat() {
        assert!(table.doc.trim_end().ends_with('.'), "{kind}: {:?}", table.doc);
        check_docs(&kind, table.fields);
    }
}

fn check_docs(at: &str, fields: &[Field]) {
    for field in fields {
        let doc = field.doc.trim();
        assert!(doc.ends_with('.') && doc.len() > 5, "{at}.{}: {doc:?}", field.name);
        check_docs(&format!("{at}.{}", field.name), field.nested().unwrap_or_default());
    }
}

#[test]
fn keys_are_attributes_and_import_ids_parse() {
    for (kind, table) in all() {
        assert!(!table.key.is_empty(), "{kind} has no key");
        for name in table.key.iter().chain(table.also) {
            let field = table.field(name).unwrap_or_else(|| panic!("{kind} has no attribute `{name}` of its key"));
            assert!(!field.write_only && !field.sensitive, "{kind}.{name} is a secret in a key");
        }
        let pattern = id_pattern(table);
        for name in table.key {
            assert!(pattern.contains(&format!("{{{name}}}")), "{kind}: the import id `{pattern}` lacks `{name}`");
        }
        let whole = pattern.replace(['[', ']'], "");
        let id = table.key.iter().fold(whole, |id, name| id.replace(&format!("{{{name}}}"), part(table, name)));
        assert!(parses_import_id(table, &id), "{kind}: `{id}` is not taken");
        assert!(!parses_import_id(table, ""), "{kind} takes an empty import id");
    }
}

/// A part of an import id: what the backend sets may have a form, such as an ARN or a type before a name.
fn part(table: &Table, name: &str) -> &'static str {
    let field = table.field(name).expect("the key is of attributes");
    let fits = |text: &&str| {
        let parses = match field.kind {
            Kind::String(rules) if !rules.words.is_empty() => rules.words.iter().any(|word| word.word == *text),
            Kind::String(rules) => rules.parse.is_none_or(|parse| parse(text).is_ok()),
            _ => true,
        };
        parses && field.check.is_none_or(|check| check(&Value::from(*text)).is_ok())
    };
    let known = ["7", "A", "arn:aws:iam::123456789012:policy/seven", "/seven", "client.seven", "seven@pve", "iso"];
    known.into_iter().find(fits).unwrap_or_else(|| panic!("say here what `{name}` of `{}` looks like", table.name))
}

#[test]
fn write_only_attributes_have_a_version() {
    for (kind, table) in all() {
        for field in table.fields.iter().filter(|field| field.write_only) {
            let version = format!("{}_version", field.name);
            assert!(table.field(&version).is_some_and(|field| field.local), "{kind} has no local `{version}`");
        }
    }
}

/// A stale snapshot is rewritten, and the test fails, so that a reviewer sees the change.
#[test]
fn the_schemas_are_the_committed_ones() {
    let folder = repository().join("provider/tests/it/schemas");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let mut stale = Vec::new();
    for (kind, table) in all() {
        let schema = json!({ "version": table.version, "key": table.key, "attributes": attributes(table.fields) });
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).expect("a schema is JSON"));
        let file = folder.join(format!("{kind}.json"));
        if fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            fs::write(&file, text).expect("the snapshot can be written");
            stale.push(kind);
        }
    }
    let known: BTreeSet<String> = all().into_iter().map(|(kind, _)| format!("{kind}.json")).collect();
    for entry in fs::read_dir(&folder).expect("the folder is there") {
        let name = entry.expect("it can be read").file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "{name} is of no registered type");
    }
    assert!(stale.is_empty(), "the snapshots of {stale:?} were stale and are rewritten: look at the diff");
}

fn attributes(fields: &[Field]) -> Json {
    let attributes = fields.iter().map(|field| {
        let required = field.presence == Presence::Required && !field.is_filled_in();
        let mut marks: Vec<&str> = [
            (required, "required"),
            (!required && !field.is_computed_only(), "optional"),
            (field.is_computed_only() || field.is_filled_in(), "computed"),
            (field.sensitive, "sensitive"),
            (field.write_only, "write-only"),
            (field.replace, "replaces"),
        ]
        .iter()
        .filter_map(|(is, mark)| is.then_some(*mark))
        .collect();
        marks.extend(field.deprecated.map(|_| "deprecated"));
        let mut entry = Map::from_iter([("is".to_owned(), json!(marks))]);
        match field.nested() {
            Some(nested) => entry.insert("nested".to_owned(), attributes(nested)),
            None => entry.insert("type".to_owned(), json!(wire_type(&field.kind).to_string())),
        };
        if let Kind::String(text) = field.kind
            && !text.words.is_empty()
        {
            let words: Vec<&str> = text.words.iter().map(|word| word.word).collect();
            entry.insert("words".to_owned(), json!(words));
        }
        (field.name.to_owned(), Json::Object(entry))
    });
    Json::Object(attributes.collect())
}

/// At least nine tenths of the fields that live and are no uploads; every other is named with its reason.
#[test]
fn nine_tenths_of_gitlabs_fields_are_arguments() {
    let (mut living, mut sent) = (0, 0);
    for (kind, table) in all().into_iter().filter(|(kind, _)| kind.starts_with("substrate_gitlab_")) {
        let resource = table.name;
        let fields = ALL.iter().find(|fields| fields.resource == resource);
        let fields = fields.unwrap_or_else(|| panic!("the fields of {kind} are not in the table"));
        let ours: BTreeSet<&str> =
            table.fields.iter().filter(|field| !field.is_computed_only()).map(|field| field.api).collect();
        for (name, why) in fields.gone {
            assert!(fields.fields.contains(name), "{resource}: `{name}` is no field");
            assert!(!ours.contains(name), "{resource} sends `{name}`, which is {why:?}");
            match why {
                Gone::LivesOnAs(living) => assert!(ours.contains(living), "{resource} lacks `{living}` for `{name}`"),
                Gone::Removed(reason) => assert!(!reason.is_empty()),
                Gone::Upload => {}
            }
        }
        for name in fields.fields.iter().filter(|name| !fields.gone.iter().any(|(gone, _)| gone == *name)) {
            living += 1;
            let left_out = fields.left_out.iter().find(|(left_out, _)| left_out == name);
            match (ours.contains(name), left_out) {
                (true, None) => sent += 1,
                (true, Some(_)) => panic!("{resource} sends `{name}`, which is said to be left out"),
                (false, Some((_, reason))) => assert!(!reason.is_empty()),
                (false, None) => panic!("{resource} does not send `{name}`, and nobody says why"),
            }
        }
    }
    println!("{sent} of {living} living fields are arguments");
    assert!(sent * 10 >= living * 9, "{sent} of {living}");
}

/// The examples of data sources and functions are those of the manual.
#[tokio::test]
async fn the_examples_of_data_sources_and_functions_run() {
    let provider = provider::provider();
    let sources = data_sources(&provider).into_iter().map(|(name, _)| format!("data-sources/{name}/data-source.tf"));
    let functions = function_tables(&provider).into_iter().map(|(name, _)| format!("functions/{name}/function.tf"));
    for file in sources.chain(functions) {
        let text = read(&format!("examples/{file}"));
        let estate = Estate::of(&[&text]).await;
        estate.gitlab.iter().for_each(furnish);
        estate.aws.iter().for_each(furnish_aws);
        estate.haproxy.iter().for_each(furnish_edge);
        estate.ceph.iter().for_each(furnish_ceph);
        estate.proxmox.iter().for_each(furnish_proxmox);
        let mut host = host(&estate).await;
        let example = document(&estate.localized(&text));
        fine(host.validate(&example).await);
        fine(host.apply(&example).await);
        let outputs = host.outputs(&example).await.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(outputs.values().all(|value| value.is_wholly_known() && !value.is_null()), "{file}: {outputs:?}");
        assert!(!host.addresses().is_empty() || !outputs.is_empty(), "{file} shows nothing");
        understood(&estate);
    }
}

/// What the examples look for in Ceph.
fn furnish_ceph(ceph: &Ceph) {
    ceph.act("POST", "/pool", &json!({ "pool": "kubernetes", "pg_num": 1, "pool_type": "replicated" }));
}

/// What the examples look for in Proxmox VE.
fn furnish_proxmox(proxmox: &Proxmox) {
    proxmox.act("POST", "/nodes/pve1/qemu", &[("vmid", "100"), ("agent", "1")]);
    proxmox.power(100, true);
    let card = ("eth0".to_owned(), "BC:24:11:57:88:48".to_owned(), vec!["192.0.2.7/24".to_owned()]);
    proxmox.set_agent(100, Agent::Answers(vec![card]));
}

/// What the examples look for in GitLab.
fn furnish(gitlab: &GitLab) {
    let top = act(gitlab, "POST", "/groups", json!({ "name": "Northwind", "path": "northwind" }))["id"].clone();
    let infra = json!({ "name": "Infra", "path": "infra", "parent_id": top });
    let infra = act(gitlab, "POST", "/groups", infra)["id"].clone();
    act(gitlab, "POST", "/projects", json!({ "name": "gateway", "namespace_id": infra }));
}

/// What the examples look for in AWS.
fn furnish_aws(aws: &Aws) {
    crate::route53::zone(aws, "example.com");
    let trust =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}]}"#;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let issuer = [("Url", "https://gitlab.example.com"), ("ClientIDList.member.1", "https://gitlab.example.com")];
    for (action, parameters) in [
        ("CreateRole", &[("RoleName", "deploy"), ("AssumeRolePolicyDocument", trust)]),
        ("CreatePolicy", &[("PolicyName", "deploy"), ("PolicyDocument", policy)]),
        ("CreateOpenIDConnectProvider", &issuer),
    ] {
        let (status, answer) = aws.query("iam", action, parameters);
        assert_eq!(status, 200, "{action}: {answer}");
    }
}

/// What the examples look for in HAProxy.
fn furnish_edge(edge: &HaProxy) {
    let servers = json!({ "web1": { "name": "web1", "address": "127.0.0.1", "port": 19_011 } });
    let binds = json!({ "http": { "name": "http", "address": "127.0.0.1", "port": lab::haproxy::free_port() } });
    for (list, section) in [
        ("backends", json!({ "name": "web", "mode": "http", "servers": servers })),
        ("frontends", json!({ "name": "edge", "mode": "http", "binds": binds })),
    ] {
        let query = format!("version={}&full_section=true&force_reload=true", edge.version());
        edge.act("POST", &format!("/configuration/{list}?{query}"), &section);
    }
}
