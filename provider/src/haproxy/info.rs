//! What runs behind the Data Plane API.

use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::Value;

use super::client::{HaProxy, object};
use crate::http::{Request, path};

/// Shows which HAProxy runs, since when, and with which version of the configuration.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_info")]
pub struct Info {
    /// Version of HAProxy.
    #[tf(read = "info.version")]
    version: Computed<String>,

    /// Day on which that version was released.
    #[tf(read = "info.release_date")]
    release_date: Computed<Option<String>>,

    /// Version of the Data Plane API, as it was built.
    #[tf(read = "api.version")]
    api_version: Computed<Option<String>>,

    /// Version of the configuration; each change raises it.
    configuration_version: Computed<u64>,

    /// Name of the machine.
    #[tf(read = "info.node")]
    node: Computed<Option<String>>,

    /// Number of the worker's process; a reload starts another one.
    #[tf(read = "info.pid")]
    pid: Computed<u64>,

    /// Seconds since the worker started.
    #[tf(read = "info.uptime")]
    uptime: Computed<u64>,

    /// Connections at once that the worker takes.
    #[tf(read = "info.max_conn")]
    maxconn: Computed<Option<u64>>,
}

impl DataSource for Info {
    type Client = HaProxy;

    async fn read(haproxy: &HaProxy, _: Info) -> Result<Info> {
        let mut info = object(&haproxy.send(Request::get(path!("services/haproxy/runtime/info"))).await?)?;
        info.append(&mut object(&haproxy.send(Request::get(path!("info"))).await?)?);
        info.insert("configuration_version".to_owned(), Value::from(haproxy.version().await?));
        decode(&info, &Known::new())
    }
}
