//! Certificates: files that HAProxy loads, and keys that nobody keeps.

use lab::{Fault, HaProxy};
use tfplugin::harness::Host;

use crate::estate::{document, failure, fine, host, understood};
use crate::haproxy_edge::{backend, frontend, host_with};

/// A certificate for a host with its key, in PEM.
pub fn pair(host: &str) -> String {
    let key = rcgen::KeyPair::generate().expect("a key can be made");
    let certificate = rcgen::CertificateParams::new([host.to_owned()]).and_then(|params| params.self_signed(&key));
    format!("{}{}", certificate.expect("a certificate can be made").pem(), key.serialize_pem())
}

/// A certificate that is sent with this version.
pub fn certificate(name: &str, pem: &str, version: u32) -> String {
    format!(
        "resource \"substrate_haproxy_certificate\" \"{name}\" {{\n  storage_name = \"{name}.pem\"\n  pem_wo = {pem:?}\n  \
         pem_wo_version = {version}\n}}\n"
    )
}

#[tokio::test]
async fn a_key_reaches_the_file_and_nothing_else() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let (first, second) = (pair("a.example.com"), pair("a.example.com"));
    fine(host.apply(&document(&certificate("a", &first, 1))).await);
    assert_eq!(edge.certificate_text("a.pem").as_deref(), Some(first.as_str()));
    let worker = edge.worker_pid();
    fine(host.apply(&document(&certificate("a", &second, 2))).await);
    assert_eq!(edge.certificate_text("a.pem").as_deref(), Some(second.as_str()));
    assert_ne!(edge.worker_pid(), worker, "HAProxy loads it anew");
    let state = format!("{:?}", host.instance("substrate_haproxy_certificate.a").expect("it is there").state);
    assert!(!state.contains("PRIVATE KEY"), "{state}");
    fine(host.destroy().await);
    assert_eq!(edge.certificate_text("a.pem"), None);
    understood(&edge);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused_at_plan() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let (one, other) = (pair("a.example.com"), pair("a.example.com"));
    let end = "-----END CERTIFICATE-----\n";
    let mixed =
        one.split_once(end).expect("it has an end").0.to_owned() + end + other.split_once(end).expect("so has it").1;
    let told = failure(host.validate(&document(&certificate("a", &mixed, 1))).await);
    assert!(told.contains("pem_wo") && told.contains("not the first certificate's"), "{told}");
    assert!(!told.contains("PRIVATE KEY"), "{told}");
    let told = failure(host.validate(&document(&certificate("a", "nothing", 1))).await);
    assert!(told.contains("holds no certificate"), "{told}");
    assert!(edge.requests().is_empty());
}

/// Where somebody else deleted the file, the next plan makes it again; one call tells that of all files.
#[tokio::test]
async fn a_file_that_is_gone_is_made_again() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let pem = pair("a.example.com");
    let text: String = ["a", "b", "c"].map(|name| certificate(name, &pem, 1)).concat();
    fine(host.apply(&document(&text)).await);
    edge.clear_log();
    fine(host.refresh().await);
    assert_eq!(edge.requests().len(), 1, "{:?}", edge.requests());
    std::fs::remove_file(edge.paths().certificates.join("b.pem")).expect("it is there");
    fine(host.apply(&document(&text)).await);
    assert_eq!(edge.certificate_text("b.pem").as_deref(), Some(pem.as_str()));
    understood(&edge);
}

/// The list of all files does not tell how long they are valid, so an import asks for the one.
#[tokio::test]
async fn an_import_tells_all_of_a_file() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let address = "substrate_haproxy_certificate.a";
    fine(host.apply(&document(&certificate("a", &pair("a.example.com"), 1))).await);
    let told = |host: &Host| {
        let instance = host.instance(address).expect("it is there");
        ["file", "issuers", "not_before", "not_after", "size"].map(|name| instance.get(name).clone())
    };
    let made = told(&host);
    host.forget(address);
    fine(host.import(address, "a.pem").await);
    assert_eq!(told(&host), made);
    fine(host.refresh().await);
    assert_eq!(told(&host), made);
    understood(&edge);
}

/// Somebody else replaced the file: the next plan of a run that looks into files sends ours again.
#[tokio::test]
async fn a_replaced_file_is_sent_again() {
    let edge = HaProxy::start().await;
    let mut host = host_with(&edge, "check_certificates", true).await;
    let (ours, theirs) = (pair("a.example.com"), pair("a.example.com") + "\n\n");
    let text = certificate("a", &ours, 1);
    fine(host.apply(&document(&text)).await);
    std::fs::write(edge.paths().certificates.join("a.pem"), &theirs).expect("the folder is there");
    fine(host.apply(&document(&text)).await);
    assert_eq!(edge.certificate_text("a.pem").as_deref(), Some(ours.as_str()));
    understood(&edge);
}

#[tokio::test]
async fn a_file_that_a_bind_names_is_not_removed() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let pem = pair("a.example.com");
    let bind = frontend(lab::haproxy::free_port())
        .replace("} }\n}", ", ssl = true, ssl_certificate = substrate_haproxy_certificate.a.file } }\n}");
    let text = certificate("a", &pem, 1) + &bind;
    fine(host.apply(&document(&text)).await);
    host.forget("substrate_haproxy_frontend.edge");
    let told = failure(host.destroy().await);
    assert!(told.contains("frontend edge") && !told.contains("PRIVATE KEY"), "{told}");
    assert!(edge.certificate_text("a.pem").is_some());
    understood(&edge);
}

#[tokio::test]
async fn many_certificates_share_a_reload() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let text: String = (0..10).map(|number| certificate(&format!("c{number}"), &pair("a.example.com"), 1)).collect();
    fine(host.apply(&document(&text)).await);
    assert!(edge.reloads() <= 2, "{} reloads", edge.reloads());
    edge.clear_log();
    fine(host.destroy().await);
    understood(&edge);
}

/// HAProxy refuses a file that everybody else takes: it fails alone, and the former one stays.
#[tokio::test]
async fn a_file_that_haproxy_does_not_load_fails_alone() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let good = pair("a.example.com");
    let bad = pair("a.example.com") + "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n";
    let bind = frontend(lab::haproxy::free_port())
        .replace("} }\n}", ", ssl = true, ssl_certificate = substrate_haproxy_certificate.a.file } }\n}");
    fine(host.apply(&document(&(certificate("a", &good, 1) + &bind))).await);
    let text = certificate("a", &bad, 2) + &certificate("b", &bad, 1) + &bind + &backend("web", 9);
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("HAProxy refuses the file") && !told.contains("backend `web`"), "{told}");
    assert_eq!(edge.certificate_text("a.pem").as_deref(), Some(good.as_str()));
    let files = std::fs::read_dir(edge.paths().certificates).expect("the folder is there").count();
    assert_eq!(files, 1, "nothing else is left");
    assert!(edge.config_text().contains("backend web"), "{}", edge.config_text());
    understood(&edge);
}

/// Somebody names the file behind `crt-base`.
#[tokio::test]
async fn a_file_that_a_bind_names_by_its_end_is_not_removed() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    fine(host.apply(&document(&certificate("a", &pair("a.example.com"), 1))).await);
    let base = format!("  crt-base {}\n", edge.paths().certificates.display());
    let bind = format!("\nfrontend of_somebody\n  bind 127.0.0.1:{} ssl crt a.pem\n", lab::haproxy::free_port());
    edge.rewrite(|text| text.replacen("global\n", &format!("global\n{base}"), 1) + &bind);
    let told = failure(host.destroy().await);
    assert!(told.contains("frontend of_somebody"), "{told}");
    assert!(edge.certificate_text("a.pem").is_some());
    understood(&edge);
}

/// A bind that names the directory loads what is there, and HAProxy refuses an empty one.
#[tokio::test]
async fn the_last_file_of_a_directory_that_a_bind_names_is_not_removed() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let text = certificate("a", &pair("a.example.com"), 1) + &certificate("b", &pair("b.example.com"), 1);
    fine(host.apply(&document(&text)).await);
    let folder = edge.paths().certificates;
    let before = edge.config_text();
    let bind = format!(
        "\nfrontend of_somebody\n  bind 127.0.0.1:{} ssl crt {}\n",
        lab::haproxy::free_port(),
        folder.display()
    );
    edge.rewrite(|text| text.to_owned() + &bind);
    let told = failure(host.destroy().await);
    assert!(told.contains("frontend of_somebody") && told.contains("is the last certificate"), "{told}");
    assert_eq!(host.addresses().len(), 1, "the other one is gone");
    assert_eq!(std::fs::read_dir(&folder).expect("the folder is there").count(), 1);
    edge.rewrite(|_| before);
    fine(host.destroy().await);
    understood(&edge);
}

/// A run that was killed while HAProxy looked at a new file left it there, with its key.
#[tokio::test]
async fn the_file_of_a_trial_goes_with_its_certificate() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    fine(host.apply(&document(&certificate("a", &pair("a.example.com"), 1))).await);
    let folder = edge.paths().certificates;
    std::fs::write(folder.join("substrate-trial-a.pem"), pair("a.example.com")).expect("the folder is there");
    fine(host.destroy().await);
    assert_eq!(std::fs::read_dir(&folder).expect("the folder is there").count(), 0);
    understood(&edge);
}

#[tokio::test]
async fn a_lost_answer_to_an_upload_is_made_up_for() {
    let files = "/services/haproxy/storage/ssl_certificates";
    for fault in [Fault::on("POST", files).reset_after(), Fault::on("POST", files)] {
        let edge = HaProxy::start().await;
        let mut host = host(&edge).await;
        edge.fault(fault);
        let pem = pair("a.example.com");
        fine(host.apply(&document(&certificate("a", &pem, 1))).await);
        assert_eq!(edge.certificate_text("a.pem").as_deref(), Some(pem.as_str()));
        understood(&edge);
    }
}
