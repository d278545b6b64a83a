//! Passes with a secret, which a shelf issues, and a safe of another backend that keeps secrets.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use tfplugin::engine::{Provider, Service};
use tfplugin::harness::resources;
use tfplugin::prelude::*;
use tfplugin::proto::tfplugin6::configure_provider;
use tfplugin::proto::tfplugin6::provider_server::Provider as _;
use tfplugin::schema::{Attribute, Table, decode, wire_type};
use tfplugin::value::{Object, Type, Value};
use tonic::Request;

use crate::host::{Host, map, told, wire};
use crate::shelf::{Config, Librarian, Shelf, number};

/// The provider with two backends, each with a sink.
pub fn provider() -> Provider {
    let shelf = Registry::<Librarian>::new().generated::<Pass>().sink::<Slot>().build();
    let safe = Registry::<Keeper>::new().sink::<Drawer>().build();
    Provider::new("test", "Issues passes.", vec![shelf, safe])
}

/// The table of a pass, as the provider has it.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<&Table> = OnceLock::new();
    TABLE.get_or_init(|| resources(&provider())[0].1)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Issues a pass.
#[derive(Schema)]
#[tf(name = "pass", key(row, id), also(row, name), timeouts(create = "5m"))]
pub struct Pass {
    /// Row that it opens.
    row: String,

    /// Name of the holder.
    name: String,

    /// Gates that it opens.
    gates: Option<BTreeSet<String>>,

    /// Seconds that it lasts.
    #[tf(computed)]
    lifetime: Option<u64>,

    /// Seconds before its end at which a successor is issued.
    #[tf(local)]
    renew_before: Option<u64>,

    /// Text for people.
    #[tf(local)]
    remark: Option<String>,

    /// Number of the pass.
    id: Computed<u64>,

    /// Second of its end.
    ends_at: Computed<u64>,

    /// Second from which a successor is due.
    #[tf(volatile(renew_before))]
    renew_at: Computed<Option<u64>>,
}

impl Pass {
    fn renewal(&self) -> Option<u64> {
        self.ends_at.get()?.checked_sub(self.renew_before?)
    }
}

fn found(answer: &Object) -> Result<Pass> {
    decode(answer, &Object::new())
}

impl Generated for Pass {
    type Client = Librarian;

    async fn issue(shelf: &Librarian, plan: Self) -> Result<Issued<Self>> {
        let answer = shelf.create(Body::create(plan), |id, object| {
            object.entry("lifetime".to_owned()).or_insert(number(1000));
            let lifetime = object["lifetime"].as_number().and_then(|number| number.as_u64()).unwrap();
            object.insert("ends_at".to_owned(), number(now() + lifetime));
            object.insert("token".to_owned(), format!("sesame-{id}").into());
        });
        let answer = answer.await?;
        let secret = answer["token"].as_str().unwrap().to_owned();
        Ok(Issued { object: found(&answer)?, secret: secret.into() })
    }

    async fn read(shelf: &Librarian, (_, id): <Self as Schema>::Key) -> Result<Option<Self>> {
        shelf.read(id).await?.map(|answer| found(&answer)).transpose()
    }

    async fn live(shelf: &Librarian, (row, name): (String, String)) -> Result<Vec<Self>> {
        let answers = shelf.list(&[("row", row.into()), ("name", name.into())]).await?;
        answers.iter().map(found).collect()
    }

    async fn revoke(shelf: &Librarian, (_, id): <Self as Schema>::Key) -> Result<()> {
        shelf.delete(id, "").await
    }

    fn is_due(object: &Self, now: SystemTime) -> bool {
        object.renewal().is_some_and(|renewal| SystemTime::UNIX_EPOCH + Duration::from_secs(renewal) <= now)
    }

    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        actual.renew_before = prior.and_then(|prior| prior.renew_before);
        actual.renew_at = actual.renewal().into();
        actual
    }
}

/// Where a slot is.
#[derive(Nested)]
#[tf(one_of(left, right))]
pub struct SlotTarget {
    /// Slot on the left.
    left: Option<u64>,

    /// Slot on the right.
    right: Option<u64>,
}

/// A slot of a shelf.
pub struct Slot;

impl Sink for Slot {
    type Client = Librarian;
    type Target = SlotTarget;
    const NAME: &'static str = "shelf_slot";
    const DOC: &'static str = "A slot of a shelf.";

    fn place(target: &SlotTarget) -> String {
        format!("slot {:?} {:?}", target.left, target.right)
    }

    async fn deliver(shelf: &Librarian, target: SlotTarget, _: &Secret<String>) -> Result<()> {
        shelf.note(format!("slot left={:?} right={:?}", target.left, target.right));
        Ok(())
    }
}

/// How to reach a safe.
#[derive(Nested)]
pub struct SafeConfig {
    /// Name of the safe.
    safe: String,
}

/// A connection to a safe.
pub struct Keeper(Arc<Shelf>);

impl Keeper {
    async fn call(&self, verb: &str, line: String, act: impl FnOnce() -> Result<()>) -> Result<()> {
        Librarian::of(Arc::clone(&self.0)).call(verb, line, act, |(), _| ()).await
    }
}

impl Client for Keeper {
    const NAME: &'static str = "safe";
    const DOC: &'static str = "A safe.";

    type Config = SafeConfig;

    async fn connect(config: SafeConfig) -> Result<Self> {
        let keeper = Keeper(Shelf::named(&config.safe));
        keeper.call("connect", "connect".to_owned(), || Ok(())).await?;
        Ok(keeper)
    }
}

/// Where a drawer is.
#[derive(Nested)]
pub struct DrawerTarget {
    /// Number of the drawer.
    drawer: u64,

    /// Side that opens.
    #[tf(default = "front")]
    side: String,
}

/// A drawer of a safe.
pub struct Drawer;

impl Sink for Drawer {
    type Client = Keeper;
    type Target = DrawerTarget;
    const NAME: &'static str = "safe_drawer";
    const DOC: &'static str = "A drawer of a safe.";

    fn place(target: &DrawerTarget) -> String {
        format!("drawer {}", target.drawer)
    }

    async fn probe(keeper: &Keeper, target: DrawerTarget) -> Result<()> {
        keeper.call("probe", format!("probe {}", target.drawer), || Ok(())).await
    }

    async fn deliver(keeper: &Keeper, target: DrawerTarget, secret: &Secret<String>) -> Result<()> {
        let keep = || {
            if target.side == "gossip" {
                return Err(Error::new(format!("400 `{}` does not fit", secret.expose())));
            }
            keeper.0.put(target.drawer, &[("secret", secret.expose().as_str().into())]);
            Ok(())
        };
        keeper.call("deliver", format!("deliver {}", target.drawer), keep).await
    }
}

/// A host of passes, with a shelf and a safe that nobody else uses.
pub async fn host(name: &str) -> (Arc<Host>, Arc<Shelf>) {
    let host = Host { service: Arc::new(Service::new(provider())), shelf: Shelf::named(name) };
    let safe = format!("{name}-safe");
    let fields = [("shelf", Config::KIND), ("safe", SafeConfig::KIND)];
    let ty = Type::Object(fields.map(|(name, kind)| (name.to_owned(), wire_type(&kind))).into());
    let shelf = map(&[("shelf", name.into()), ("token", Value::Null)]);
    let config = wire(&map(&[("shelf", shelf), ("safe", map(&[("safe", safe.as_str().into())]))]), &ty);
    let request = configure_provider::Request { config, ..Default::default() };
    let answer = host.service.configure_provider(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(told(&answer.diagnostics), [""; 0]);
    (Arc::new(host), Shelf::named(&safe))
}
