//! Only the host that started the provider may call it.

use crate::caller::{Identity, encrypted, plain};
use acceptance_tests::binary;
use acceptance_tests::handshake::{HOST_CERTIFICATE, Started};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

const HOST: Identity = Identity { certificate: HOST_CERTIFICATE, key: include_str!("../../fixtures/host.key.hex") };

/// Of the same kind as the host's in every respect, but for the key.
const FOREIGN: Identity = Identity {
    certificate: include_str!("../../fixtures/foreign.pem"),
    key: include_str!("../../fixtures/foreign.key.hex"),
};

/// The host's certificate is no secret: it stands in the environment. Without its key it must be worth nothing.
const STOLEN: Identity = Identity { certificate: HOST_CERTIFICATE, key: FOREIGN.key };

fn start() -> (Started, PathBuf) {
    let started = Started::new(binary::provider()).expect("the provider starts");
    let socket = started.socket().expect("the provider listens on a unix socket");
    (started, socket)
}

/// The provider holds the user's tokens; whoever can call it can use them.
#[test]
fn a_second_process_cannot_call_the_provider() {
    let (mut provider, socket) = start();
    let attempts = [
        ("in plain text", plain(&socket)),
        ("without a certificate", encrypted(&socket, None)),
        ("with a foreign certificate", encrypted(&socket, Some(&FOREIGN))),
        ("with the host's certificate and another key", encrypted(&socket, Some(&STOLEN))),
    ];
    for (how, answer) in attempts {
        // A plain caller may get a TLS alert before the connection ends; it is no HTTP/2 frame.
        let served = answer.as_ref().is_ok_and(|bytes| is_settings(bytes));
        assert!(!served, "a caller {how} was served: {answer:?}");
    }
    // The same caller with the right key is served, so the refusals above are not for another reason.
    let answer = encrypted(&socket, Some(&HOST)).expect("the host is served");
    assert!(is_settings(&answer), "the host got {answer:?}");
    assert!(provider.runs().expect("the process can be asked"), "a refused caller must not end the provider");
}

/// Other users of the machine should not even reach the handshake.
#[test]
fn the_socket_lies_in_a_folder_of_its_user_alone() {
    let (_provider, socket) = start();
    let folder = socket.parent().expect("a socket lies in a folder");
    let mode = folder.metadata().expect("the folder can be asked").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", folder.display());
}

/// A frame of HTTP/2 has its type in the fourth byte after the length; 4 is SETTINGS, which a server sends first.
fn is_settings(bytes: &[u8]) -> bool {
    bytes.len() >= 9 && bytes[3] == 4
}
