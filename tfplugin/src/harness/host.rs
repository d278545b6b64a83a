//! The host: what terraform does with a provider, command by command.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use tonic::Request;

use super::document::{Document, Entry};
use super::evaluation::{LOCAL, Scope, evaluate};
use super::instance::Instance;
use super::planning::{Applied, Planned};
use super::report::{Action, Report};
use super::shape::Shape;
use super::wire::{CLIENT, encode};
use crate::engine::{Provider, Service};
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::proto::tfplugin6::{configure_provider, get_provider_schema, get_resource_identity_schemas};
use crate::value::{Object, Path, Type, Value, convert};
use crate::{Error, Result};

/// How many objects core works on at once.
const PARALLELISM: usize = 10;

/// A provider with a configuration and a state, driven as core drives it.
///
/// An `Err` is a broken rule or a wrong document. What the provider itself reports is in the [`Report`].
pub struct Host {
    pub(super) service: Service,
    config: Object,
    config_type: Type,
    pub(super) resources: BTreeMap<String, Shape>,
    pub(super) data_sources: BTreeMap<String, Shape>,
    pub(super) ephemerals: BTreeMap<String, Shape>,
    pub(super) identities: BTreeMap<String, Type>,
    pub(super) instances: BTreeMap<String, Instance>,
    pub(super) secrets: BTreeSet<String>,
    parallelism: usize,
}

/// The outcome of looking at everything: what there is, and what is to be done.
struct Survey {
    plans: BTreeMap<String, Planned>,
    orphans: Vec<String>,
    report: Report,
}

impl Host {
    /// A host of this provider; `config` is the provider block.
    pub async fn new(provider: Provider, config: Object) -> Result<Host> {
        let service = Service::new(provider);
        let schema = answer(service.get_provider_schema(Request::new(get_provider_schema::Request::default())).await)?;
        let identities = Request::new(get_resource_identity_schemas::Request::default());
        let identities = answer(service.get_resource_identity_schemas(identities).await)?;
        let shapes = |schemas: &BTreeMap<String, crate::proto::tfplugin6::Schema>| {
            let shapes = schemas.iter().map(|(name, schema)| {
                let shape = Shape::of(schema).map_err(|error| error.context(format!("`{name}`")))?;
                Ok((name.clone(), shape))
            });
            shapes.collect::<Result<BTreeMap<_, _>>>()
        };
        let identity_types = identities.identity_schemas.iter().map(|(name, schema)| {
            let attributes = schema.identity_attributes.iter().map(|attribute| {
                let ty = Type::from_json(&attribute.r#type).map_err(|error| Error::new(error.to_string()))?;
                Ok((attribute.name.clone(), ty))
            });
            Ok((name.clone(), Type::Object(attributes.collect::<Result<_>>()?)))
        });
        let shape = Shape::of(schema.provider.as_ref().ok_or_else(|| Error::new("there is no provider schema"))?)?;
        let host = Host {
            service,
            config,
            config_type: shape.ty(),
            resources: shapes(&schema.resource_schemas)?,
            data_sources: shapes(&schema.data_source_schemas)?,
            ephemerals: shapes(&schema.ephemeral_resource_schemas)?,
            identities: identity_types.collect::<Result<_>>()?,
            instances: BTreeMap::new(),
            secrets: BTreeSet::new(),
            parallelism: PARALLELISM,
        };
        host.configure().await?;
        Ok(host)
    }

    /// Replaces the provider block.
    pub async fn reconfigure(&mut self, config: Object) -> Result<()> {
        self.config = config;
        self.configure().await
    }

    /// Works on one object at a time, so that its requests come in the same order each time.
    #[must_use]
    pub fn one_by_one(self) -> Host {
        Host { parallelism: 1, ..self }
    }

    /// The provider behind the host.
    pub fn provider(&self) -> &Provider {
        self.service.provider()
    }

    /// The object at an address of the state.
    pub fn instance(&self, address: &str) -> Result<&Instance> {
        self.instances.get(address).ok_or_else(|| Error::new(format!("`{address}` is not in the state")))
    }

    /// The addresses in the state.
    pub fn addresses(&self) -> Vec<String> {
        self.instances.keys().cloned().collect()
    }

    /// Forgets an object, as `terraform state rm` does.
    pub fn forget(&mut self, address: &str) {
        self.instances.remove(address);
    }

    /// Puts an object into the state, as a state file from elsewhere would.
    pub fn remember(&mut self, address: &str, instance: Instance) {
        self.instances.insert(address.to_owned(), instance);
    }

    /// Each command is a process of its own for the provider: the former one ends, and nothing is remembered.
    pub(super) async fn configure(&self) -> Result<()> {
        self.provider().shut_down().await;
        let config = convert(Value::Map(self.config.clone()), &self.config_type, &Path::default())?;
        let request = configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: encode(config.as_map(), &self.config_type),
            client_capabilities: Some(CLIENT),
        };
        let response = answer(self.service.configure_provider(Request::new(request)).await)?;
        let mut report = Report::default();
        report.add("provider", &response.diagnostics);
        report.success().map(drop)
    }

    /// `terraform validate`: references are unknown.
    pub async fn validate(&mut self, document: &Document) -> Result<Report> {
        self.learn_secrets(document)?;
        let mut report = Report::default();
        for entry in document.entries() {
            let config = self.config_of(entry, &Scope::new())?;
            report.add(&entry.address, &self.validate_config(entry, &config).await?);
        }
        Ok(report)
    }

    /// `terraform plan`: the state is refreshed for it, but not written.
    pub async fn plan(&mut self, document: &Document) -> Result<Report> {
        let kept = self.instances.clone();
        let survey = self.survey(document).await;
        self.instances = kept;
        survey.map(|survey| survey.report)
    }

    /// `terraform apply`: a plan, and then what it says, in a process of its own.
    pub async fn apply(&mut self, document: &Document) -> Result<Report> {
        let survey = self.survey(document).await?;
        let mut report = survey.report;
        if report.failed() {
            return Ok(report);
        }
        self.configure().await?;
        let mut failed = BTreeSet::new();
        for wave in document.waves()? {
            let work = wave.into_iter().filter(|entry| survey.plans.contains_key(&entry.address));
            let (ready, skipped): (Vec<_>, Vec<_>) =
                work.partition(|entry| entry.parents().iter().all(|parent| !failed.contains(parent)));
            failed.extend(skipped.into_iter().map(|entry| entry.address.clone()));
            let (host, plans) = (&*self, &survey.plans);
            let applied: Vec<(&Entry, Result<Applied>)> = stream::iter(ready)
                .map(|entry| async move { (entry, host.apply_entry(entry, &plans[&entry.address]).await) })
                .buffer_unordered(self.parallelism)
                .collect()
                .await;
            for (entry, applied) in applied {
                let applied = applied.map_err(|error| error.context(&entry.address))?;
                if applied.failed() {
                    failed.insert(entry.address.clone());
                }
                self.settle(&entry.address, applied, &mut report);
            }
        }
        self.destroy_all(&survey.orphans, &mut report).await?;
        Ok(report)
    }

    /// `terraform destroy`: everything goes, children first.
    pub async fn destroy(&mut self) -> Result<Report> {
        self.configure().await?;
        let mut report = self.refresh_all().await?;
        if report.failed() {
            return Ok(report);
        }
        self.configure().await?;
        let all = self.addresses();
        report.actions.extend(all.iter().map(|address| (address.clone(), Action::Delete)));
        self.destroy_all(&all, &mut report).await?;
        Ok(report)
    }

    /// `terraform apply -refresh-only`: what is gone leaves the state.
    pub async fn refresh(&mut self) -> Result<Report> {
        self.configure().await?;
        self.refresh_all().await
    }

    async fn refresh_all(&mut self) -> Result<Report> {
        let mut report = Report::default();
        // Data sources are read with the plan.
        self.instances.retain(|address, _| !address.starts_with("data."));
        let host = &*self;
        let read: Vec<(&String, Result<Applied>)> = stream::iter(&host.instances)
            .map(|(address, instance)| async move { (address, host.read(instance).await) })
            .buffer_unordered(self.parallelism)
            .collect()
            .await;
        let read: Vec<_> = read.into_iter().map(|(address, read)| (address.clone(), read)).collect();
        for (address, read) in read {
            let read = read.map_err(|error| error.context(format!("refreshing {address}")))?;
            self.settle(&address, read, &mut report);
        }
        Ok(report)
    }

    /// Refreshes everything and plans everything, parents first.
    async fn survey(&mut self, document: &Document) -> Result<Survey> {
        self.learn_secrets(document)?;
        self.configure().await?;
        let mut report = self.refresh_all().await?;
        if report.failed() {
            return Ok(Survey { plans: BTreeMap::new(), orphans: Vec::new(), report });
        }
        let mut plans: BTreeMap<String, Planned> = BTreeMap::new();
        for wave in document.waves()? {
            for entry in wave {
                let scope = plans.iter().filter_map(|(address, plan)| Some((address.as_str(), plan.planned.as_ref()?)));
                let config = self.config_of(entry, &scope.collect())?;
                let prior = self.instances.get(&entry.address);
                let plan = self.plan_entry(entry, &config, prior).await;
                let plan = plan.map_err(|error| error.context(format!("planning {}", entry.address)))?;
                report.add(&entry.address, &plan.diagnostics);
                report.actions.extend(plan.action.map(|action| (entry.address.clone(), action)));
                plans.insert(entry.address.clone(), plan);
            }
        }
        let orphans: Vec<String> =
            self.instances.keys().filter(|address| document.entry(address).is_none()).cloned().collect();
        report.actions.extend(orphans.iter().map(|address| (address.clone(), Action::Delete)));
        Ok(Survey { plans, orphans, report })
    }

    /// Plans once more with what is known by now, holds it against the first plan, and does it.
    async fn apply_entry(&self, entry: &Entry, first: &Planned) -> Result<Applied> {
        let instances = self.instances.iter().map(|(address, instance)| (address.as_str(), &instance.state));
        let config = self.config_of(entry, &instances.collect())?;
        let prior = self.instances.get(&entry.address);
        if let (true, Some(data)) = (entry.is_data, &first.planned) {
            return Ok(Applied::data(&entry.type_name, data));
        }
        if entry.is_data {
            return self.read_data(entry, &config).await;
        }
        let plan = self.plan_entry(entry, &config, prior).await?;
        if let (Some(first), Some(last)) = (&first.planned, &plan.planned) {
            super::rules::keeps(first, last, "its final plan")?;
        }
        let may_be = plan.action == first.action || (first.action == Some(Action::Update) && plan.action.is_none());
        if !may_be {
            return Err(Error::new(format!("it planned {:?} first and {:?} at last", first.action, plan.action)));
        }
        let mut applied = self.perform(&entry.type_name, prior, &plan, &config).await?;
        if let Some(instance) = &mut applied.instance {
            instance.parents = entry.parents();
        }
        Ok(applied)
    }

    /// Deletes in waves, those first that no other of them needs.
    async fn destroy_all(&mut self, addresses: &[String], report: &mut Report) -> Result<()> {
        let mut left: BTreeSet<String> = addresses.iter().cloned().collect();
        while !left.is_empty() {
            let needed: BTreeSet<&String> =
                left.iter().flat_map(|address| self.instances[address].parents.iter()).collect();
            let ready: Vec<String> = left.iter().filter(|address| !needed.contains(address)).cloned().collect();
            let host = &*self;
            let gone: Vec<(String, Result<Applied>)> = stream::iter(ready)
                .map(|address| async move {
                    let gone = host.remove(&host.instances[&address]).await;
                    (address, gone)
                })
                .buffer_unordered(self.parallelism)
                .collect()
                .await;
            if gone.is_empty() {
                return Ok(());
            }
            for (address, gone) in gone {
                let gone = gone.map_err(|error| error.context(format!("deleting {address}")))?;
                left.remove(&address);
                if gone.failed() {
                    let parents = self.instances[&address].parents.clone();
                    left.retain(|other| !parents.contains(other));
                }
                self.settle(&address, gone, report);
            }
        }
        Ok(())
    }

    /// Puts what an operation left into the state.
    fn settle(&mut self, address: &str, applied: Applied, report: &mut Report) {
        report.add(address, &applied.diagnostics);
        match applied.instance {
            Some(instance) => drop(self.instances.insert(address.to_owned(), instance)),
            None => drop(self.instances.remove(address)),
        }
    }

    /// The configuration of an entry, as the provider gets it.
    pub(super) fn config_of(&self, entry: &Entry, scope: &Scope) -> Result<Object> {
        let shape = self.shape(entry)?;
        let scope = scope.iter().map(|(address, object)| (*address, *object)).chain([(LOCAL, &entry.locals)]).collect();
        let arguments = entry.arguments.iter().map(|(name, argument)| Ok((name.clone(), evaluate(argument, &scope)?)));
        let given = Value::Map(arguments.collect::<Result<_>>()?);
        let converted = convert(given, &shape.ty(), &Path::default()).map_err(|error| error.context(&entry.address))?;
        match converted {
            Value::Map(config) => {
                shape.complete(&config, &Path::default()).map_err(|error| error.context(&entry.address))?;
                Ok(config)
            }
            _ => Err(Error::new(format!("`{}` is not an object", entry.address))),
        }
    }

    pub(super) fn shape(&self, entry: &Entry) -> Result<&Shape> {
        let (shapes, kind) =
            if entry.is_data { (&self.data_sources, "data source") } else { (&self.resources, "resource") };
        shapes.get(&entry.type_name).ok_or_else(|| Error::new(format!("there is no {kind} `{}`", entry.type_name)))
    }

    fn learn_secrets(&mut self, document: &Document) -> Result<()> {
        for entry in document.entries() {
            let config = self.config_of(entry, &Scope::new())?;
            let secrets = self.shape(entry)?.secrets(&config);
            self.secrets.extend(secrets);
        }
        Ok(())
    }
}

/// The answer of a handler, which fails only for a bug.
pub(super) fn answer<T>(response: std::result::Result<tonic::Response<T>, tonic::Status>) -> Result<T> {
    response.map(tonic::Response::into_inner).map_err(|status| Error::new(format!("the call failed: {status}")))
}
