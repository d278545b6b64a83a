//! Containers: clones, secrets, imports, moves, and how often they are read.

use std::fmt::Write;
use std::time::{Duration, Instant};

use lab::Proxmox;
use lab::proxmox::Agent;
use serde_json::json;
use tfplugin::harness::Host;
use tfplugin::value::Value;

use crate::estate::{backend, document, failure, fine, host, understood};
use crate::proxmox_container::{CONTAINER, DISK, TEMPLATE, cluster, container, option};
use crate::proxmox_vm::{nothing_to_do, renewed};

fn template() -> String {
    format!(
        r#"
resource "substrate_proxmox_container" "template" {{
  node_name         = "pve1"
  vm_id             = 900
  hostname          = "debian"
  description       = "Debian 12"
  tags              = ["template"]
  template          = true
  template_file_id  = "{TEMPLATE}"
  unprivileged      = true
  cpu               = {{ cores = 2 }}
  disk              = {{ datastore_id = "ceph", size = "4G" }}
  network_interface = {{ net0 = {{ name = "eth0", bridge = "vmbr0", ipv4_address = "dhcp" }} }}
}}
"#
    )
}

fn clone(more: &str) -> String {
    let made = format!("  template_file_id = \"{TEMPLATE}\"\n  unprivileged = true\n");
    container(more).replace(&made, "")
}

#[tokio::test]
async fn a_clone_is_what_the_plan_says_and_not_what_its_source_is() {
    for full in [true, false] {
        let lab = cluster().await;
        let mut host = host(&lab).await;
        let clone = clone(&format!(
            "  clone = {{ vm_id = substrate_proxmox_container.template.vm_id, full = {full} }}\n  \
             memory = {{ dedicated = 1024 }}\n  disk = {{ datastore_id = \"ceph\", size = \"8G\" }}"
        ));
        let text = format!("{}{clone}", template());
        fine(host.apply(&document(&text)).await);
        let config = lab.config(200).expect("the clone is there");
        assert!(config["description"].is_null() && config["tags"].is_null() && config["lock"].is_null(), "{config}");
        assert_eq!(
            (&config["cores"], &config["memory"], &config["unprivileged"]),
            (&json!(2), &json!(1024), &json!(1))
        );
        assert!(option(&lab, "rootfs").ends_with("size=8G"), "{config}");
        assert!(lab.runs(200) && !lab.runs(900));
        renewed(&lab, &mut host).await;
        nothing_to_do(host.plan(&document(&text)).await);
        fine(host.destroy().await);
        assert!(lab.guests().is_empty());
        understood(&lab);
    }
}

#[tokio::test]
async fn clones_of_one_template_come_one_after_the_other() {
    let lab = cluster().await;
    lab.slow("vzclone", Duration::from_millis(100));
    let mut host = host(&lab).await;
    let text = (0..6).fold(template(), |mut text, index| {
        write!(
            text,
            "resource \"substrate_proxmox_container\" \"c{index}\" {{\n  node_name = \"pve1\"\n  hostname = \"c{index}\"\n  \
             clone = {{ vm_id = substrate_proxmox_container.template.vm_id }}\n}}\n"
        )
        .expect("a text takes everything");
        text
    });
    fine(host.apply(&document(&text)).await);
    assert_eq!(lab.guests().len(), 7);
    let refused: Vec<_> =
        lab.requests().into_iter().filter(|request| request.status >= 400 && request.method != "GET").collect();
    assert!(refused.is_empty(), "{refused:?}");
    nothing_to_do(host.plan(&document(&text)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_clone_is_as_privileged_as_its_source_and_links_to_templates_alone() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let clone_of = |more: &str| clone(&format!("  clone = {{ vm_id = 900 }}\n{more}"));
    fine(host.apply(&document(&template())).await);
    let said = failure(host.apply(&document(&format!("{}{}", template(), clone_of("  unprivileged = false")))).await);
    assert!(said.contains("has `unprivileged = true`") && said.contains("at unprivileged"), "{said}");
    assert_eq!(lab.count("POST", "/nodes/*/lxc/*/clone"), 0);

    fine(host.apply(&document(&format!("{}{}", template(), container(DISK)))).await);
    let of_running = "resource \"substrate_proxmox_container\" \"copy\" {\n  node_name = \"pve1\"\n  clone = { vm_id = 200, full = false }\n}\n";
    let said = failure(host.apply(&document(&format!("{}{}{of_running}", template(), container(DISK)))).await);
    assert!(said.contains("it is no template") && said.contains("at clone"), "{said}");
    let full = of_running.replace(", full = false", "");
    let said = failure(host.apply(&document(&format!("{}{}{full}", template(), container(DISK)))).await);
    assert!(said.contains("Cannot do full clones on a running container"), "{said}");
}

#[tokio::test]
async fn a_password_is_in_the_request_alone() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let with = |password: &str, version: u32| {
        container(&format!("{DISK}\n  password_wo = \"{password}\"\n  password_wo_version = {version}"))
    };
    fine(host.apply(&document(&with("kvaen-og-mus-7", 1))).await);
    let sent = lab.requests().into_iter().find(|request| request.path.ends_with("/lxc")).expect("it was created");
    assert_eq!(sent.fields["password"], "kvaen-og-mus-7");
    assert!(!format!("{:?}", host.instance(CONTAINER).expect("it is there").state).contains("kvaen"));
    nothing_to_do(host.plan(&document(&with("kvaen-og-mus-7", 1))).await);
    lab.clear_log();
    let said = failure(host.plan(&document(&with("kvaen-og-mus-8", 2))).await);
    assert!(said.contains("`password_wo_version` cannot be changed") && !said.contains("kvaen"), "{said}");
    let said = failure(host.plan(&document(&with("abc", 1))).await);
    assert!(said.contains("password_wo") && !said.contains("abc"), "{said}");
    fine(host.destroy().await);
    lab.fault(lab::Fault::on("POST", "/nodes/*/lxc").status(500, "").reason("password kvaen-og-mus-7 is bad"));
    let said = failure(host.apply(&document(&with("kvaen-og-mus-7", 1))).await);
    assert!(!said.contains("kvaen"), "{said}");
    understood(&lab);
}

#[tokio::test]
async fn keys_are_put_into_a_new_container_alone() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let with = |keys: &str| container(&format!("{DISK}\n  ssh_public_keys = [{keys}]"));
    fine(host.apply(&document(&with("\"ssh-ed25519 AAAA a@b\", \"ssh-rsa BBBB c@d\""))).await);
    let sent = lab.requests().into_iter().find(|request| request.path.ends_with("/lxc")).expect("it was created");
    assert_eq!(sent.fields["ssh-public-keys"], "ssh-ed25519 AAAA a@b\nssh-rsa BBBB c@d");
    let said = failure(host.plan(&document(&with("\"ssh-ed25519 AAAA a@b\""))).await);
    assert!(said.contains("`ssh_public_keys` cannot be changed") && said.contains("at ssh_public_keys"), "{said}");
    let said =
        failure(host.plan(&document(&container(DISK).replace("unprivileged = true", "unprivileged = false"))).await);
    assert!(said.contains("`unprivileged` cannot be changed"), "{said}");
}

/// What a token may not do, `root@pam` may with his password.
#[tokio::test]
async fn features_scripts_and_directories_of_the_node_are_for_root() {
    let lab = cluster().await;
    lab.put_file("local:snippets/hook.pl", b"x");
    let text = container(&format!(
        "{DISK}\n  features = {{ nesting = true, keyctl = true, mount = [\"nfs\", \"cifs\"] }}\n  \
         hook_script_file_id = \"local:snippets/hook.pl\"\n  \
         mount_point = {{ mp0 = {{ volume = \"/srv/media\", path = \"/media\", read_only = true }} }}"
    ));
    let mut with_token = host(&lab).await;
    let said = failure(with_token.apply(&document(&text)).await);
    assert!(said.contains("root@pam") && said.contains("`proxmox.password`"), "{said}");

    let login = [
        ("endpoint", lab.url.as_str().into()),
        ("username", "root@pam".into()),
        ("password", lab.password.as_str().into()),
    ];
    let mut host = Host::new(provider::provider(), backend("proxmox", login)).await.expect("the schema is valid");
    fine(host.apply(&document(&text)).await);
    assert_eq!(option(&lab, "features"), "keyctl=1,mount=cifs;nfs,nesting=1");
    assert_eq!(option(&lab, "mp0"), "/srv/media,mp=/media,ro=1");
    nothing_to_do(host.plan(&document(&text)).await);
    let writable = text.replace("read_only = true", "read_only = false");
    fine(host.apply(&document(&writable)).await);
    assert_eq!(option(&lab, "mp0"), "/srv/media,mp=/media,ro=0");
    nothing_to_do(host.plan(&document(&writable)).await);
    understood(&lab);
}

/// A container with everything, as a configuration has it.
const IMPORTED: &str = r#"
resource "substrate_proxmox_container" "web" {
  node_name     = "pve2"
  hostname      = "old"
  description   = "Serves."
  started       = false
  tags          = ["b", "a"]
  start_on_boot = true
  unprivileged  = true
  cpu           = { cores = 4 }
  memory        = { dedicated = 2048, swap = 0 }
  disk          = { datastore_id = "local-lvm", size = "8G", acl = true }
  mount_point = {
    mp3 = { datastore_id = "ceph", size = 4, path = "/srv", mount_options = ["noatime", "nodev"] }
  }
  network_interface = { net1 = { name = "eth0", bridge = "vmbr0", vlan_id = 7, ipv4_address = "dhcp" } }
  dns      = { servers = ["192.0.2.53", "192.0.2.54"] }
  features = { nesting = true }
  startup  = { order = 2, up_delay = 30 }
}
"#;

/// A container that somebody made by hand.
fn by_hand(lab: &Proxmox) {
    let options = [
        ("vmid", "200"),
        ("ostemplate", TEMPLATE),
        ("hostname", "old"),
        ("description", "Serves."),
        ("memory", "2048"),
        ("swap", "0"),
        ("cores", "4"),
        ("unprivileged", "1"),
        ("rootfs", "local-lvm:8,acl=1"),
        ("mp3", "ceph:4,mp=/srv,mountoptions=noatime;nodev"),
        ("net1", "name=eth0,bridge=vmbr0,tag=7,ip=dhcp"),
        ("nameserver", "192.0.2.53 192.0.2.54"),
        ("features", "nesting=1"),
        ("startup", "order=2,up=30"),
        ("tags", "a;b"),
        ("onboot", "1"),
        ("timezone", "host"),
    ];
    lab.act("POST", "/nodes/pve2/lxc", &options);
}

#[tokio::test]
async fn an_import_of_everything_is_an_empty_plan() {
    let lab = cluster().await;
    by_hand(&lab);
    let mut host = host(&lab).await;
    for id in ["pve2/200", "200"] {
        fine(host.import(CONTAINER, id).await);
        nothing_to_do(host.plan(&document(IMPORTED)).await);
        host.forget(CONTAINER);
    }
    fine(host.import(CONTAINER, "200").await);
    fine(host.apply(&document(&IMPORTED.replace("vlan_id = 7", "vlan_id = 8"))).await);
    assert!(
        option(&lab, "net1").contains("tag=8") && option(&lab, "net1").contains("type=veth"),
        "{}",
        option(&lab, "net1")
    );
    assert_eq!(option(&lab, "timezone"), "host");
    understood(&lab);
}

#[tokio::test]
async fn a_container_of_the_other_provider_moves_here() {
    let lab = cluster().await;
    by_hand(&lab);
    let state = json!({
        "id": "200", "node_name": "pve2", "vm_id": 200, "description": "Serves.\n", "tags": ["a", "b"], "started": false,
        "start_on_boot": true, "template": false, "protection": false, "pool_id": "", "unprivileged": true,
        "hook_script_file_id": null, "timeout_create": 1800, "clone": [],
        "console": [{ "enabled": true, "tty_count": 2, "type": "tty" }],
        "cpu": [{ "architecture": "amd64", "cores": 4, "units": 1024, "limit": 0 }],
        "memory": [{ "dedicated": 2048, "swap": 0 }],
        "disk": [{ "datastore_id": "local-lvm", "size": 8, "acl": true, "mount_options": [], "quota": false }],
        "mount_point": [{ "volume": "ceph:vm-200-disk-0", "path": "/srv", "size": "4G", "mount_options": ["noatime"] }],
        "initialization": [{ "hostname": "old", "dns": [{ "domain": "", "servers": ["192.0.2.53", "192.0.2.54"] }] }],
        "network_interface": [{ "name": "eth0", "bridge": "vmbr0", "mac_address": "BC:24:11:57:88:48", "vlan_id": 7 }],
        "operating_system": [{ "template_file_id": TEMPLATE, "type": "debian" }],
        "features": [{ "nesting": true, "fuse": false, "keyctl": false, "mount": [] }],
        "startup": [{ "order": 2, "up_delay": 30, "down_delay": -1 }],
    });
    let mut host = host(&lab).await;
    fine(host.move_from(CONTAINER, "proxmox_virtual_environment_container", 0, &state.to_string()).await);
    lab.catch_up();
    fine(host.refresh().await);
    nothing_to_do(host.plan(&document(IMPORTED)).await);
    understood(&lab);
}

#[tokio::test]
async fn each_container_is_one_call() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let text = (0..10).fold(String::new(), |mut text, index| {
        let one = container(DISK)
            .replace("\"web\" {", &format!("\"c{index}\" {{"))
            .replace("200", &format!("{}", 200 + index));
        write!(text, "{one}").expect("a text takes everything");
        text
    });
    fine(host.apply(&document(&text)).await);
    lab.catch_up();
    renewed(&lab, &mut host).await;
    lab.clear_log();
    fine(host.refresh().await);
    assert_eq!((lab.count("GET", "/nodes/*/lxc/*/config"), lab.requests().len()), (10, 11));
    understood(&lab);
}

#[tokio::test]
async fn an_agent_is_asked_by_the_data_source_alone_and_not_for_long() {
    let lab = Proxmox::builder().agent_time(Duration::from_millis(200)).start().await.expect("a port is free");
    lab.act("POST", "/nodes/pve2/qemu", &[("vmid", "100"), ("agent", "1")]);
    let source = "data \"substrate_proxmox_agent_addresses\" \"web\" {\n  vm_id = 100\n}\n\
                  output \"seen\" {\n  value = data.substrate_proxmox_agent_addresses.web.ipv4_addresses\n}\n";
    let mut host = host(&lab).await;
    let said = failure(host.plan(&document(source)).await);
    assert!(said.contains("is not running") && said.contains("Start the machine"), "{said}");
    lab.power(100, true);
    let said = failure(host.plan(&document(source)).await);
    assert!(said.contains("QEMU guest agent is not running"), "{said}");
    lab.set_agent(100, Agent::Hangs);
    let said = failure(host.plan(&document(source)).await);
    assert!(said.contains("got timeout"), "{said}");
    let interface = |name: &str, addresses: &[&str]| {
        (name.to_owned(), "bc:24:11:57:88:48".to_owned(), addresses.iter().map(|one| (*one).to_owned()).collect())
    };
    lab.set_agent(
        100,
        Agent::Answers(vec![
            interface("lo", &["127.0.0.1/8", "::1/128"]),
            interface("eth0", &["192.0.2.7/24", "fe80::1/64", "2001:db8::7/64"]),
        ]),
    );
    fine(host.apply(&document(source)).await);
    let outputs = host.outputs(&document(source)).await.expect("the agent answers");
    assert_eq!(outputs["seen"], Value::List(vec!["192.0.2.7".into()]));
    understood(&lab);
}

#[tokio::test]
async fn an_agent_that_never_answers_is_given_up() {
    let lab = Proxmox::builder().agent_time(Duration::from_secs(60)).start().await.expect("a port is free");
    lab.act("POST", "/nodes/pve2/qemu", &[("vmid", "100"), ("agent", "1")]);
    lab.power(100, true);
    lab.set_agent(100, Agent::Hangs);
    let mut host = host(&lab).await;
    let source = "data \"substrate_proxmox_agent_addresses\" \"web\" {\n  vm_id = 100\n}\n";
    let begin = Instant::now();
    let said = failure(host.plan(&document(source)).await);
    assert!(said.contains("did not answer within 5 s"), "{said}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}
