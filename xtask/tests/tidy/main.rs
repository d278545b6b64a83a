//! Tidy: the repository's rules about names, sizes, layers and texts, each one a test.

mod examples;
mod manifests;
mod markdown;
mod names;
mod rust;
mod sizes;
mod tree;
