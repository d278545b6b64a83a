//! Routes: entries of maps that change at run time.

use lab::HaProxy;
use lab::haproxy::Upstream;

use crate::estate::{document, failure, fine, host, understood};
use crate::haproxy_certificate::{certificate, pair};
use crate::haproxy_edge::{asked, backend, commits, frontend, route, routes};

/// An edge with two backends behind it, and the port that it listens on.
pub struct Edge {
    pub lab: HaProxy,
    pub port: u16,
    pub base: String,
    pub _upstreams: [Upstream; 2],
}

impl Edge {
    pub fn start(lab: HaProxy) -> Self {
        let upstreams = [Upstream::http("one"), Upstream::http("two")];
        let port = lab::haproxy::free_port();
        let base = backend("be_one", upstreams[0].port) + &backend("be_two", upstreams[1].port) + &frontend(port);
        Edge { lab, port, base, _upstreams: upstreams }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_routes_take_no_reload() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let (reloads, worker) = (lab.reloads(), lab.worker_pid());
    lab.clear_log();
    let text = base.clone() + &routes(0..1_000, "be_one");
    fine(host.apply(&document(&text)).await);
    assert_eq!(lab.reloads(), reloads);
    assert_eq!(lab.worker_pid(), worker);
    let calls = lab.requests().len();
    assert!(calls <= 1_800, "{calls} calls");
    for number in [0, 499, 999] {
        assert_eq!(asked(port, &format!("host-{number}.example.com"), "/"), "one");
    }

    lab.clear_log();
    fine(host.refresh().await);
    let calls = lab.requests().len();
    assert!(calls <= 3, "{calls} calls: frontends, backends, and the map of hosts");

    let changed = base.clone() + &routes(0..10, "be_two") + &routes(10..1_000, "be_one");
    lab.clear_log();
    fine(host.apply(&document(&changed)).await);
    assert_eq!(lab.reloads(), reloads);
    assert_eq!(commits(&lab), 0);
    assert_eq!(asked(port, "host-3.example.com", "/"), "two");
    assert_eq!(asked(port, "host-10.example.com", "/"), "one");
    assert_eq!(lab.map_text("edge.host.map").expect("it is there").lines().count(), 1_001);

    fine(host.apply(&document(&base)).await);
    assert_eq!(lab.reloads(), reloads);
    assert_eq!(asked(port, "host-3.example.com", "/"), "503");
    assert_eq!(lab.map_text("edge.host.map").expect("it is there").lines().count(), 1);
    understood(&lab);
}

/// What was changed at run time is in the file, so a reload keeps it.
async fn longest_wins(lab: HaProxy) {
    let Edge { lab, port, base, _upstreams } = Edge::start(lab);
    let mut host = host(&lab).await;
    let text = base
        + &route("host", "hosts = [\"a.example.com\", \"www.a.example.com\"]\n  backend = \"be_one\"")
        + &route("api", "hosts = [\"a.example.com\"]\n  path_prefix = \"/api\"\n  backend = \"be_two\"")
        + &route("v1", "hosts = [\"a.example.com\"]\n  path_prefix = \"/api/v1\"\n  backend = \"be_one\"")
        + &route(
            "old",
            "hosts = [\"a.example.com\"]\n  path_prefix = \"/old\"\n  redirect = \"https://b.example.com/x?y=z\"",
        )
        + &route("gone", "hosts = [\"gone.example.com\"]\n  redirect = \"https://a.example.com/\"")
        + &route("kept", "hosts = [\"gone.example.com\"]\n  path_prefix = \"/kept\"\n  backend = \"be_two\"");
    fine(host.apply(&document(&text)).await);
    let look = || {
        for (name, path, expected) in [
            ("a.example.com", "/", "one"),
            ("A.Example.com:8080", "/", "one"),
            ("www.a.example.com", "/api", "one"),
            ("a.example.com", "/api", "two"),
            ("a.example.com", "/api/users?x=1", "two"),
            ("a.example.com", "/apis", "one"),
            ("a.example.com", "/api/v1/users", "one"),
            ("a.example.com", "/api/v10", "two"),
            ("a.example.com", "/old/page", "302 https://b.example.com/x?y=z"),
            ("gone.example.com", "/any", "302 https://a.example.com/"),
            ("gone.example.com", "/kept/x", "two"),
            ("nobody.example.com", "/", "503"),
        ] {
            assert_eq!(asked(port, name, path), expected, "{name}{path}");
        }
    };
    look();
    lab.rewrite(str::to_owned);
    look();
    for map in ["edge.host.map", "edge.prefix.map", "edge.redirect.map"] {
        let text = lab.map_text(map).expect("it is there");
        let known = |line: &str| line.starts_with('#') || line.contains(".example.com");
        assert!(text.lines().all(known), "{map} holds a line that nobody wrote:\n{text}");
    }
    host.plan(&document(&text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    fine(host.destroy().await);
    assert_eq!(lab.map_text("edge.prefix.map"), None, "the maps go with the frontend");
    understood(&lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_beginning_wins_on_haproxy_3() {
    longest_wins(HaProxy::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_beginning_wins_on_haproxy_2_6() {
    longest_wins(HaProxy::builder().old().start().await.expect("it starts")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_routed_twice_is_refused_with_the_other_ones_name() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    let first = base + &route("first", "hosts = [\"a.example.com\", \"b.example.com\"]\n  backend = \"be_one\"");
    fine(host.apply(&document(&first)).await);
    let second = route("second", "hosts = [\"c.example.com\", \"b.example.com\"]\n  backend = \"be_two\"");
    let told = failure(host.apply(&document(&(first.clone() + &second))).await);
    assert!(told.contains("`b.example.com` is routed already") && told.contains("`edge/a.example.com`"), "{told}");
    assert_eq!(asked(port, "b.example.com", "/"), "one");
    assert_eq!(asked(port, "c.example.com", "/"), "503", "a refused route leaves nothing behind");

    let both = route("x", "hosts = [\"x.example.com\"]\n  backend = \"be_one\"")
        + &route("y", "hosts = [\"y.example.com\", \"x.example.com\"]\n  backend = \"be_two\"");
    let told = failure(host.apply(&document(&(first.clone() + &both))).await);
    assert!(told.contains("`x.example.com` is routed already") || told.contains("there is a route"), "{told}");
    let prefix = route("prefix", "hosts = [\"b.example.com\"]\n  path_prefix = \"/p\"\n  backend = \"be_two\"");
    fine(host.apply(&document(&(first + &prefix))).await);
    assert_eq!(asked(port, "b.example.com", "/p"), "two");
    understood(&lab);
}

/// Entries that somebody else keeps in our maps are theirs, and so are comments.
#[tokio::test(flavor = "multi_thread")]
async fn entries_of_others_stay() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let file = lab.paths().maps.join("edge.host.map");
    let foreign = "# by hand\nforeign.example.com   be_two\n\n";
    std::fs::write(&file, foreign).expect("the folder is there");
    lab.rewrite(str::to_owned);
    let text = base.clone() + &routes(0..20, "be_one");
    fine(host.apply(&document(&text)).await);
    assert!(lab.map_text("edge.host.map").expect("it is there").starts_with(foreign));
    assert_eq!(asked(port, "foreign.example.com", "/"), "two");
    let taken = base.clone() + &route("mine", "hosts = [\"foreign.example.com\"]\n  backend = \"be_one\"");
    let told = failure(host.apply(&document(&taken)).await);
    assert!(told.contains("an entry that Terraform does not manage"), "{told}");
    assert_eq!(lab.map_text("edge.host.map").as_deref(), Some(foreign));
    fine(host.destroy().await);
    assert_eq!(lab.map_text("edge.host.map").as_deref(), Some(foreign), "a map with entries stays");
    understood(&lab);
}

/// Two runs write the same map at once.
#[tokio::test(flavor = "multi_thread")]
async fn two_runs_lose_no_route() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let (mut one, mut two) = (host(&lab).await, host(&lab).await);
    fine(one.apply(&document(&base)).await);
    let detached = |numbers| routes(numbers, "be_one").replace("substrate_haproxy_frontend.edge.name", "\"edge\"");
    let (ours, theirs) = (document(&(base + &routes(0..100, "be_one"))), document(&detached(100..200)));
    let (first, second) = tokio::join!(one.apply(&ours), two.apply(&theirs));
    fine(first);
    fine(second);
    assert_eq!(lab.map_text("edge.host.map").expect("it is there").lines().count(), 201);
    for number in 0..200 {
        assert_eq!(asked(port, &format!("host-{number}.example.com"), "/"), "one");
    }
    understood(&lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_without_maps_says_what_the_frontend_lacks() {
    let lab = HaProxy::start().await;
    let mut host = host(&lab).await;
    let text = frontend(lab::haproxy::free_port()).replace("routes = true", "")
        + &route("r", "hosts = [\"a.example.com\"]\n  backend = \"be\"");
    let text = text + &backend("be", 9);
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("has no map") && told.contains("routes = true"), "{told}");
    understood(&lab);
}

/// Names in TLS hellos lead to servers that hold the certificates themselves.
#[tokio::test(flavor = "multi_thread")]
async fn names_in_hellos_pass_through() {
    let lab = HaProxy::start().await;
    let mut host = host(&lab).await;
    let upstreams = [Upstream::tls("one"), Upstream::tls("two")];
    let port = lab::haproxy::free_port();
    let tcp = |text: String| text.replace("mode = \"http\"", "mode = \"tcp\"");
    let text = tcp(backend("be_one", upstreams[0].port) + &backend("be_two", upstreams[1].port) + &frontend(port))
        + &route("one", "sni = [\"one.example.com\"]\n  backend = \"be_one\"")
        + &route("two", "sni = [\"two.example.com\", \"also.example.com\"]\n  backend = \"be_two\"");
    fine(host.apply(&document(&text)).await);
    for (name, expected) in [("one.example.com", "one"), ("two.example.com", "two"), ("also.example.com", "two")] {
        assert_eq!(crate::haproxy_traffic::over_tls(port, name).await.expect("it answers"), expected);
    }
    host.plan(&document(&text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    assert!(lab.map_text("edge.sni.map").is_some() && lab.map_text("edge.host.map").is_none());
    fine(host.destroy().await);
    understood(&lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_not_there_is_told() {
    let Edge { lab, base, _upstreams, .. } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    let text = base + &route("r", "hosts = [\"a.example.com\"]\n  backend = \"be_three\"");
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("here is no backend `be_three`"), "{told}");
    assert!(!lab.map_text("edge.host.map").expect("it is there").contains("a.example.com"));
    understood(&lab);
}

/// A frontend without routes.
fn plain(name: &str) -> String {
    frontend(lab::haproxy::free_port()).replace("edge", name).replace("routes = true", "")
}

/// Frontends, backends, certificates and the maps in use, however many objects these are. Nothing in the API reads two
/// maps at once, and it lists certificates by themselves: an edge with all three maps takes a call more.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_of_everything_is_five_calls() {
    let Edge { lab, base, _upstreams, .. } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    let below = |path: &str, leading: &str| -> String {
        let place = |number: usize| format!("hosts = [\"host-{number}.example.com\"]\n  path_prefix = \"/{path}\"");
        (0..50).map(|number| route(&format!("{path}{number}"), &format!("{}\n  {leading}", place(number)))).collect()
    };
    let sections: String =
        (0..20).map(|number| backend(&format!("be_{number}"), 9) + &plain(&format!("fe_{number}"))).collect();
    let pem = pair("a.example.com");
    let certificates: String = (0..10).map(|number| certificate(&format!("c{number}"), &pem, 1)).collect();
    let text = base + &sections + &certificates + &routes(0..50, "be_one") + &below("api", "backend = \"be_two\"");
    let redirects = below("old", "redirect = \"https://a.example.com/\"");
    for (text, objects, calls) in [(text.clone(), 153, 5), (text + &redirects, 203, 6)] {
        fine(host.apply(&document(&text)).await);
        lab.clear_log();
        fine(host.refresh().await);
        assert_eq!(host.addresses().len(), objects);
        assert_eq!(lab.requests().len(), calls, "{:?}", lab.requests());
    }
    understood(&lab);
}

/// A run that was killed between the file and the running worker: the refusal names the id, and the route works.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_of_a_crashed_run_runs_before_it_is_imported() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let file = lab.paths().maps.join("edge.host.map");
    std::fs::write(&file, "a.example.com be_one|a.example.com\n").expect("the folder is there");
    assert_eq!(asked(port, "a.example.com", "/"), "503");
    let text = base + &route("r", "hosts = [\"a.example.com\"]\n  backend = \"be_one\"");
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("Import it with the id `edge/a.example.com`"), "{told}");
    assert_eq!(asked(port, "a.example.com", "/"), "one");
    fine(host.import("substrate_haproxy_route.r", "edge/a.example.com").await);
    host.plan(&document(&text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    understood(&lab);
}

/// A route keeps its name, and two of one name could not be told apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_route_has_is_refused_with_the_way_out() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    let one = |hosts: &str| base.clone() + &route("one", &format!("hosts = [{hosts}]\n  backend = \"be_one\""));
    fine(host.apply(&document(&one("\"a.example.com\", \"b.example.com\""))).await);
    let left = one("\"b.example.com\"");
    fine(host.apply(&document(&left)).await);
    let text = left + &route("two", "hosts = [\"a.example.com\"]\n  backend = \"be_two\"");
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("named `edge/a.example.com`") && told.contains("it has `b.example.com` now"), "{told}");
    assert!(told.contains("-replace") && !told.contains("Import"), "{told}");
    fine(host.apply(&document(&base)).await);
    fine(host.apply(&document(&text)).await);
    assert_eq!(asked(port, "a.example.com", "/"), "two");
    understood(&lab);
}

/// `a:b` and `a_b` would have the same files.
#[tokio::test(flavor = "multi_thread")]
async fn a_frontend_with_a_colon_has_no_routes() {
    let lab = HaProxy::start().await;
    let mut host = host(&lab).await;
    let edge = frontend(lab::haproxy::free_port()).replace("\"edge\"\n  mode", "\"a:b\"\n  mode");
    let told = failure(host.apply(&document(&edge)).await);
    assert!(told.contains("`name` is `a:b`") && told.contains("colon"), "{told}");
    fine(host.apply(&document(&edge.replace("routes = true", "routes = false"))).await);
    let lost = route("r", "hosts = [\"a.example.com\"]\n  backend = \"be\"");
    let lost = lost.replace("substrate_haproxy_frontend.edge.name", "\"a:b\"");
    let told = failure(host.validate(&document(&lost)).await);
    assert!(told.contains("`frontend`") && told.contains("colon"), "{told}");
    understood(&lab);
}

/// Rules of others are not taken over by an import, so that a configuration without them leaves them alone.
#[tokio::test]
async fn an_import_leaves_rules_to_others() {
    let lab = HaProxy::start().await;
    let mut host = host(&lab).await;
    let text = frontend(lab::haproxy::free_port());
    fine(host.apply(&document(&text)).await);
    let rules = "  acl is_theirs path_beg /theirs\n  http-request deny if is_theirs\n";
    lab.rewrite(|config| config.replacen("frontend edge\n", &format!("frontend edge\n{rules}"), 1));
    host.forget("substrate_haproxy_frontend.edge");
    fine(host.import("substrate_haproxy_frontend.edge", "edge").await);
    host.plan(&document(&text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    fine(host.apply(&document(&text.replace("mode =", "maxconn = 50\n  mode ="))).await);
    let config = lab.config_text();
    assert!(config.contains("acl is_theirs path_beg /theirs") && config.contains("maxconn 50"), "{config}");
    assert!(config.contains("http-request deny") && config.contains("if is_theirs"), "{config}");
    understood(&lab);
}

#[tokio::test]
async fn a_frontend_that_is_refused_leaves_no_maps() {
    let lab = HaProxy::start().await;
    let mut host = host(&lab).await;
    let guilty =
        frontend(lab::haproxy::free_port()).replace("routes = true", "routes = true\n  default_backend = \"nowhere\"");
    failure(host.apply(&document(&guilty)).await);
    let files = std::fs::read_dir(lab.paths().maps).expect("the folder is there").count();
    assert_eq!(files, 0);
    understood(&lab);
}

/// HAProxy would take the removal, and answer 503 for the host.
#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_a_route_names_is_not_removed() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    let text = base + &route("a", "hosts = [\"a.example.com\"]\n  backend = substrate_haproxy_backend.be_one.name");
    fine(host.apply(&document(&text)).await);
    let renamed = text.replace("name = \"be_one\"", "name = \"be_new\"");
    let told = failure(host.apply(&document(&renamed)).await);
    assert!(told.contains("he route of `a.example.com` in the frontend `edge`"), "{told}");
    assert!(told.contains("`be_one`") && told.contains("create_before_destroy"), "{told}");
    assert_eq!(asked(port, "a.example.com", "/"), "one");
    fine(host.destroy().await);
    understood(&lab);
}
