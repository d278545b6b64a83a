//! The wire's Rust code is what the proto files say; it is generated without protoc.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is generated: the package of each proto file, the module that holds it, and the module's first line.
const MODULES: [(&str, &str, &str); 3] = [
    ("grpc.health.v1", "health", "The health service of gRPC."),
    ("plugin", "plugin", "The services that go-plugin expects beside the provider's own."),
    ("tfplugin6", "tfplugin6", "The provider protocol of Terraform and OpenTofu, version 6.11."),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// The generated files of `tfplugin/src/proto` as they should be, by their path under the root.
fn generate() -> BTreeMap<PathBuf, String> {
    let sources = root().join("tfplugin/proto");
    let files = MODULES.map(|(_, module, _)| sources.join(module).with_extension("proto"));
    let descriptors = protox::compile(files, [&sources]).expect("the proto files of the repository compile");
    let output = tempfile::tempdir().expect("a scratch directory can be made");
    tonic_prost_build::configure()
        .btree_map(".")
        .bytes(".tfplugin6.DynamicValue")
        .build_transport(false)
        // What a provider does not implement, such as state stores, answers UNIMPLEMENTED.
        .generate_default_stubs(true)
        .out_dir(output.path())
        .compile_fds(descriptors)
        .expect("descriptors that compiled turn into code");
    let modules = MODULES.into_iter().map(|(package, module, summary)| {
        let generated = output.path().join(format!("{package}.rs"));
        let code = fs::read_to_string(generated).expect("each package has its file");
        let path = Path::new("tfplugin/src/proto").join(module).with_extension("rs");
        (path, format!("//! {summary}\n\n{code}"))
    });
    modules.collect()
}

/// Rewrites what is stale and fails then, so that a second run passes and the change is in the diff.
#[test]
fn the_code_is_fresh() {
    let mut stale = Vec::new();
    for (path, code) in generate() {
        let file = root().join(&path);
        if fs::read_to_string(&file).is_ok_and(|committed| committed == code) {
            continue;
        }
        fs::write(&file, code).expect("the repository can be written to");
        stale.push(path);
    }
    assert!(stale.is_empty(), "rewrote stale code; commit it: {stale:?}");
}
