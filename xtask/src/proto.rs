//! The wire's Rust code, generated from the proto files without protoc.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is generated: the package of each proto file, the module that holds it, and the module's first line.
const MODULES: [(&str, &str, &str); 3] = [
    ("grpc.health.v1", "health", "The health service of gRPC."),
    ("plugin", "plugin", "The services that go-plugin expects beside the provider's own."),
    ("tfplugin6", "tfplugin6", "The provider protocol of Terraform and OpenTofu, version 6.11."),
];

/// The generated files of `tfplugin/src/proto` as they should be, by their path under `root`.
pub fn generate(root: &Path) -> BTreeMap<PathBuf, String> {
    let sources = root.join("tfplugin/proto");
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
    MODULES
        .into_iter()
        .map(|(package, module, summary)| {
            let generated = output.path().join(format!("{package}.rs"));
            let code = fs::read_to_string(generated).expect("each package has its file");
            let path = Path::new("tfplugin/src/proto").join(module).with_extension("rs");
            (path, format!("//! {summary}\n\n{code}"))
        })
        .collect()
}
