//! What the user reads when Vault and the provider do not trust each other, before any request is answered.

use std::sync::Arc;

use expect_test::expect;
use lab::{Fault, Vault};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tfplugin::value::{Object, Value};
use tokio_rustls::TlsAcceptor;

use crate::estate::{document, failure, fine, understood};
use crate::vault_estate::{POLICY, at, block, host_with, says, vault_says};

const MADE: &str = "it can be made";

#[tokio::test]
async fn an_authority_that_nobody_knows() {
    let vault = Vault::builder().tls().start().await.expect("it starts");
    vault_says(&vault, POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl cannot trust the server: an unknown authority signed its certificate.

        Put the certificate of that authority, in PEM, into `vault.ca_cert_file` or VAULT_CACERT.
    "#]]).await;
    assert_eq!(vault.requests(), [], "the token went to a stranger");
}

#[tokio::test]
async fn tls_on_one_side_alone() {
    let (plain, tls) = (Vault::start().await, Vault::builder().tls().start().await.expect("it starts"));
    // What Go's server says by itself.
    let refused = "Client sent an HTTP request to an HTTPS server.\n";
    plain.fault(Fault::on("*", "/**").always().status(400, refused).header("Content-Type", "text/plain"));
    vault_says(&plain, POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/detailed/acl answered 400 Bad Request: Client sent an HTTP request to an HTTPS server.

        Begin `vault.address` or VAULT_ADDR with `https://`.
    "#]]).await;
    says(at(&plain.url.replace("http:", "https:"), "hvs.x"), POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl got an answer that is not TLS: received corrupt message of type InvalidContentType.

        Check whether `vault.address` or VAULT_ADDR should begin with `http://` or have another port.
    "#]]).await;
    says(at(&tls.url.replace("https:", "http:"), "hvs.x"), POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/detailed/acl lost its connection before the answer was complete (invalid HTTP version parsed) (tried 2 times)

        Check whether `vault.address` or VAULT_ADDR should begin with `https://` or have another port.
    "#]]).await;
}

/// A server that shows a certificate of an authority which is trusted here, and does nothing else.
struct Stranger {
    url: String,
    ca: tempfile::NamedTempFile,
}

impl Stranger {
    async fn start(adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect(MADE)).expect(MADE);
        let ca = tempfile::NamedTempFile::new().expect(MADE);
        std::fs::write(ca.path(), authority.pem()).expect(MADE);

        let key = KeyPair::generate().expect(MADE);
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).expect(MADE);
        adjust(&mut params);
        let certificate = params.signed_by(&key, &authority).expect(MADE);
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect(MADE);
        let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect(MADE)
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect(MADE);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect(MADE);
        let url = format!("https://{}", listener.local_addr().expect(MADE));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect(MADE);
                assert!(acceptor.accept(stream).await.is_err(), "somebody trusts it");
            }
        });
        Stranger { url, ca }
    }

    fn config(&self) -> Object {
        let ca = self.ca.path().to_string_lossy().into_owned();
        block([
            ("address", self.url.as_str().into()),
            ("token", "hvs.x".into()),
            ("max_retries", 1_u64.into()),
            ("ca_cert_file", ca.into()),
        ])
    }
}

#[tokio::test]
async fn an_expired_certificate() {
    let stranger = Stranger::start(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1)).await;
    says(stranger.config(), POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl cannot trust the server: its certificate expired on 2020-01-01.

        Renew the server's certificate, or set this machine's clock.
    "#]]).await;
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let stranger = Stranger::start(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("vault.example.com".try_into().expect(MADE))];
    })
    .await;
    says(stranger.config(), POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl cannot trust the server: invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("vault.example.com")

        Use a host name in `vault.address` or VAULT_ADDR that the server's certificate is made for.
    "#]]).await;
}

#[tokio::test]
async fn files_that_are_not_there_or_are_no_certificates() {
    let token = ("token", "hvs.x".into());
    let address = ("address", "https://127.0.0.1:1".into());
    let nowhere = "/nowhere/ca.pem";
    says(
        block([address.clone(), token.clone(), ("ca_cert_file", nowhere.into())]),
        POLICY,
        expect![[r#"
            error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
            Cannot read `/nowhere/ca.pem`: No such file or directory (os error 2)

            Correct `vault.ca_cert_file`, or the variable in the environment that stands for it.
        "#]],
    )
    .await;
    says(
        block([address.clone(), token.clone(), ("ca_cert_dir", nowhere.into())]),
        POLICY,
        expect![[r#"
            error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
            Cannot read `/nowhere/ca.pem`: No such file or directory (os error 2)

            Correct `vault.ca_cert_dir`, or the variable in the environment that stands for it.
        "#]],
    )
    .await;
    says(
        block([address.clone(), token.clone(), ("client_cert", nowhere.into())]),
        POLICY,
        expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        `vault.client_cert` and `vault.client_key` belong together.

        Set both.
    "#]],
    )
    .await;
    let no_pem = tempfile::NamedTempFile::new().expect(MADE);
    std::fs::write(no_pem.path(), "no certificate").expect(MADE);
    let file = no_pem.path().to_string_lossy().into_owned();
    says(
        block([address.clone(), token.clone(), ("ca_cert_file", file.clone().into())]),
        POLICY,
        expect![[r#"
            error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
            The CA certificate is not valid PEM.

            Put text that begins with `-----BEGIN CERTIFICATE-----` into `vault.ca_cert_file` or VAULT_CACERT.
        "#]],
    )
    .await;
    let pair = [("client_cert", file.as_str().into()), ("client_key", file.as_str().into())];
    let [certificate, key] = pair;
    says(
        block([address, token, certificate, key]),
        POLICY,
        expect![[r#"
            error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
            The client certificate or its key is not valid PEM.

            The one begins with `-----BEGIN CERTIFICATE-----`, the other with `-----BEGIN PRIVATE KEY-----` or the like.
        "#]],
    )
    .await;
}

/// The files of a client that this Vault asks for a certificate.
#[tokio::test]
async fn a_client_certificate_is_shown_to_a_vault_that_demands_one() {
    let vault = Vault::builder().mutual_tls().start().await.expect("it starts");
    let client = vault.client.clone().expect("it demands a certificate");
    let folder = tempfile::tempdir().expect("a scratch directory");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        Value::from(path.to_string_lossy().into_owned())
    };
    let (certificate, key) = (file("client.pem", &client.certificate), file("key.pem", &client.key));
    std::fs::create_dir(folder.path().join("trusted")).expect("it can be made");
    let authority = file("trusted/ca.pem", vault.pem.as_deref().expect("it speaks TLS"));
    let base = [("address", vault.url.as_str().into()), ("token", vault.root_token.as_str().into())];
    let [address, token] = base;
    let trusting = [address.clone(), token.clone(), ("ca_cert_file", authority), ("max_retries", 0_u64.into())];
    let mut host = host_with(block(trusting.clone())).await;
    let said = failure(host.apply(&document(POLICY)).await);
    expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl is refused for the client certificate: CertificateRequired.

        Set the client's certificate and key, or check that the server trusts who signed it and that it is valid.
    "#]]
    .assert_eq(&said.replace(&vault.url, "https://vault:8200"));
    assert_eq!(vault.requests(), []);

    let [address, token, _, retries] = trusting;
    let folder = Value::from(folder.path().join("trusted").to_string_lossy().into_owned());
    let shown = [address, token, retries, ("ca_cert_dir", folder), ("client_cert", certificate), ("client_key", key)];
    let mut host = host_with(block(shown)).await;
    fine(host.apply(&document(POLICY)).await);
    understood(&vault);
}
