//! The registry of modules answers as the protocol says; hosts that install from it are in the acceptance tests.

use lab::Registry;
use lab::http::plain::exchange;

#[tokio::test]
async fn versions_are_listed_and_a_download_says_where_the_package_lies() {
    let builder = Registry::builder().package("one.tar.gz", "packed");
    let builder = builder.release("platform/network/aws", "1.0.0", "one.tar.gz", "modules/network");
    let registry = builder.release("platform/network/aws", "1.1.0", "one.tar.gz", "modules/network").start().await;
    let registry = registry.expect("a port is free");
    assert_eq!(registry.service(), format!("{}/v1/modules/", registry.url));
    let authority = registry.url.strip_prefix("http://").expect("there is no TLS").to_owned();
    let get = |path: &'static str| {
        let authority = authority.clone();
        tokio::task::spawn_blocking(move || exchange(&authority, "GET", path, &[], b"").expect("the registry answers"))
    };
    let versions = r#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.1.0"}]}]}"#;
    assert_eq!(get("/v1/modules/platform/network/aws/versions").await.unwrap(), (200, versions.to_owned()));
    assert_eq!(get("/v1/modules/platform/network/aws/1.1.0/download").await.unwrap(), (204, String::new()));
    assert_eq!(get("/packages/one.tar.gz").await.unwrap(), (200, "packed".to_owned()));
    for unknown in [
        "/v1/modules/platform/networks/aws/versions",
        "/v1/modules/platform/network/aws/2.0.0/download",
        "/packages/two.tar.gz",
    ] {
        assert_eq!(get(unknown).await.unwrap().0, 404, "{unknown}");
    }
    assert_eq!(registry.count("GET", "/v1/modules/platform/network/aws/*/download"), 2);
}
