//! The RPCs of the provider itself, of data sources, functions, ephemeral resources, lists and actions.

use std::time::SystemTime;

use tokio_stream::wrappers::ReceiverStream;

use crate::action::Progress;
use crate::backend::{AnyClient, Backend};
use crate::engine::configured::Configured;
use crate::engine::identity;
use crate::engine::provider::{Position, Provider, position};
use crate::engine::resources::{cannot, judgement, or_diagnostics};
use crate::engine::wire::{decode, decode_config, encode, encode_identity, encode_object};
use crate::operation::Operation;
use crate::proto::tfplugin6::{
    DynamicValue, FunctionError, call_function, close_ephemeral_resource, configure_provider, invoke_action,
    list_resource, open_ephemeral_resource, plan_action, read_data_source, renew_ephemeral_resource, stop_provider,
    validate_action_config, validate_data_resource_config, validate_ephemeral_resource_config,
    validate_list_resource_config, validate_provider_config,
};
use crate::schema::{Field, Findings, Kind, Table, argument_type, completed, object_type, validate, wire_type};
use crate::value::{Object, Path, Step, Value, convert};
use crate::{Error, Result};

type Events<T> = ReceiverStream<Result<T, tonic::Status>>;

impl Provider {
    pub(crate) async fn validate_provider_config(
        &self,
        request: validate_provider_config::Request,
    ) -> validate_provider_config::Response {
        let config = decode_config(request.config.as_ref(), &object_type(self.config_fields));
        let findings = config.map(|config| validate(self.config_fields, &[], &config));
        validate_provider_config::Response { diagnostics: judgement(self.name, findings) }
    }

    /// Keeps the configuration; no backend is contacted before it is used.
    pub(crate) async fn configure_provider(
        &self,
        request: configure_provider::Request,
    ) -> configure_provider::Response {
        match decode_config(request.config.as_ref(), &object_type(self.config_fields)) {
            Ok(config) => {
                self.configure(Configured::new(&self.backends, config));
                configure_provider::Response::default()
            }
            Err(error) => configure_provider::Response { diagnostics: vec![cannot("configure", self.name, &error)] },
        }
    }

    /// Cancels waits and what is not yet sent; what is on the wire is awaited by its own call.
    pub(crate) async fn stop_provider(&self, _: stop_provider::Request) -> stop_provider::Response {
        self.configured().stop.cancel();
        stop_provider::Response::default()
    }

    /// The configuration of something, checked against its table.
    fn findings(&self, table: Result<&'static Table>, config: Option<&DynamicValue>) -> Result<Findings> {
        let table = table?;
        let config = decode_config(config, &object_type(table.fields))?;
        Ok(validate(table.fields, table.rules, &config))
    }

    async fn connection(&self, backend: &Backend) -> Result<(AnyClient, Operation)> {
        let configured = self.configured();
        Ok((configured.client(backend).await?, Operation::new(configured.stop.clone(), None)))
    }

    fn at<'a>(&'a self, position: &Position) -> (&'a Backend, usize) {
        (&self.backends[position.backend], position.index)
    }

    pub(crate) async fn validate_data_resource_config(
        &self,
        request: validate_data_resource_config::Request,
    ) -> validate_data_resource_config::Response {
        let found = position(&self.data_sources, "data source", &request.type_name);
        let table = found.map(|at| self.backends[at.backend].data_sources[at.index].table());
        let diagnostics = judgement(&request.type_name, self.findings(table, request.config.as_ref()));
        validate_data_resource_config::Response { diagnostics }
    }

    pub(crate) async fn read_data_source(&self, request: read_data_source::Request) -> read_data_source::Response {
        let read = async {
            let (backend, index) = self.at(position(&self.data_sources, "data source", &request.type_name)?);
            let data_source = &backend.data_sources[index];
            let ty = object_type(data_source.table().fields);
            let config = asked(data_source.table(), decode_config(request.config.as_ref(), &ty)?);
            let (client, operation) = self.connection(backend).await?;
            let mut found = operation.run(data_source.read(client, config)).await?;
            found.retain(|name, _| data_source.table().field(name).is_some());
            wholly_known(&found)?;
            Ok(encode_object(Some(found), &ty))
        };
        let (state, diagnostics) = or_diagnostics(read.await, "read", &request.type_name);
        read_data_source::Response { state, diagnostics, deferred: None }
    }

    pub(crate) async fn call_function(&self, request: call_function::Request) -> call_function::Response {
        match self.function_result(&request) {
            Ok(result) => call_function::Response { result: Some(result), error: None },
            Err((error, argument)) => {
                let error = FunctionError { text: error.to_string(), function_argument: argument };
                call_function::Response { result: None, error: Some(error) }
            }
        }
    }

    fn function_result(&self, request: &call_function::Request) -> Result<DynamicValue, (Error, Option<i64>)> {
        let at = self.functions.get(request.name.as_str());
        let at = at.ok_or_else(|| (Error::new(format!("this provider has no function `{}`", request.name)), None))?;
        let function = &self.backends[at.backend].functions[at.index];
        let fields = function.table().fields;
        let argument = |error: Error| {
            let name = error.path().and_then(|path| match path.0.first() {
                Some(Step::Attribute(name)) => Some(name.clone()),
                _ => None,
            });
            let index = name.and_then(|name| fields.iter().position(|field| field.name == name));
            (error, index.and_then(|index| index.try_into().ok()))
        };
        let mut arguments = Object::new();
        for (field, value) in fields.iter().zip(&request.arguments) {
            let value = taken(field, value).map_err(|error| argument(error.at_attribute(field.name)))?;
            arguments.insert(field.name.to_owned(), value);
        }
        if let Some(problem) = validate(fields, function.table().rules, &arguments).errors.into_iter().next() {
            return Err(argument(problem));
        }
        let result = function.call(arguments).map_err(argument)?;
        Ok(encode(&result, &wire_type(&function.output())))
    }

    pub(crate) async fn validate_ephemeral_resource_config(
        &self,
        request: validate_ephemeral_resource_config::Request,
    ) -> validate_ephemeral_resource_config::Response {
        let found = position(&self.ephemerals, "ephemeral resource", &request.type_name);
        let table = found.map(|at| self.backends[at.backend].ephemerals[at.index].table());
        let diagnostics = judgement(&request.type_name, self.findings(table, request.config.as_ref()));
        validate_ephemeral_resource_config::Response { diagnostics }
    }

    pub(crate) async fn open_ephemeral_resource(
        &self,
        request: open_ephemeral_resource::Request,
    ) -> open_ephemeral_resource::Response {
        let open = async {
            let position = position(&self.ephemerals, "ephemeral resource", &request.type_name)?;
            let (backend, index) = self.at(position);
            let ephemeral = &backend.ephemerals[index];
            let ty = object_type(ephemeral.table().fields);
            let config = asked(ephemeral.table(), decode_config(request.config.as_ref(), &ty)?);
            let (client, operation) = self.connection(backend).await?;
            let opened = operation.run(ephemeral.open(client, config)).await?;
            self.configured().opened(position, &opened.handle);
            wholly_known(&opened.value)?;
            Ok((encode_object(Some(opened.value), &ty), opened.renew_at, opened.handle))
        };
        let (opened, diagnostics) = or_diagnostics(open.await, "open", &request.type_name);
        let mut response = open_ephemeral_resource::Response { diagnostics, ..Default::default() };
        if let Some((result, renew_at, handle)) = opened {
            response.result = Some(result);
            response.renew_at = renew_at.map(timestamp);
            response.private = Some(handle);
        }
        response
    }

    pub(crate) async fn renew_ephemeral_resource(
        &self,
        request: renew_ephemeral_resource::Request,
    ) -> renew_ephemeral_resource::Response {
        let handle = request.private.clone().unwrap_or_default();
        let renew = async {
            let (backend, index) = self.at(position(&self.ephemerals, "ephemeral resource", &request.type_name)?);
            let (client, operation) = self.connection(backend).await?;
            operation.run(backend.ephemerals[index].renew(client, handle)).await
        };
        let (renewed, diagnostics) = or_diagnostics(renew.await, "renew", &request.type_name);
        let renew_at = renewed.flatten().map(timestamp);
        renew_ephemeral_resource::Response { diagnostics, renew_at, private: request.private }
    }

    /// Closes even after an interrupt: what was opened must not outlive the run.
    pub(crate) async fn close_ephemeral_resource(
        &self,
        request: close_ephemeral_resource::Request,
    ) -> close_ephemeral_resource::Response {
        let close = async {
            let position = position(&self.ephemerals, "ephemeral resource", &request.type_name)?;
            let (backend, index) = self.at(position);
            let (client, _) = self.connection(backend).await?;
            let handle = request.private.unwrap_or_default();
            self.configured().closes(position, &handle);
            backend.ephemerals[index].close(client, handle).await
        };
        let (_, diagnostics) = or_diagnostics(close.await, "close", &request.type_name);
        close_ephemeral_resource::Response { diagnostics }
    }

    pub(crate) async fn validate_list_resource_config(
        &self,
        request: validate_list_resource_config::Request,
    ) -> validate_list_resource_config::Response {
        let found = position(&self.lists, "list resource", &request.type_name);
        let table = found.map(|at| self.backends[at.backend].lists[at.index].table());
        let diagnostics = judgement(&request.type_name, self.findings(table, request.config.as_ref()));
        validate_list_resource_config::Response { diagnostics }
    }

    pub(crate) async fn list_resource(&self, request: list_resource::Request) -> Events<list_resource::Event> {
        let listed = async {
            let (backend, index) = self.at(position(&self.lists, "list resource", &request.type_name)?);
            let list = &backend.lists[index];
            let config =
                asked(list.table(), decode_config(request.config.as_ref(), &object_type(list.table().fields))?);
            let (client, operation) = self.connection(backend).await?;
            let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
            Ok((list.item(), operation.run(list.list(client, config, limit)).await?))
        };
        let events: Vec<_> = match listed.await {
            Ok((table, found)) => {
                let (ty, identity_type) = (object_type(table.fields), identity::identity_type(table));
                let events = found.into_iter().map(|one| list_resource::Event {
                    identity: encode_identity(identity::identity(table, &one.object), &identity_type),
                    display_name: one.display_name,
                    resource_object: request.include_resource_object.then(|| encode_object(Some(one.object), &ty)),
                    diagnostic: Vec::new(),
                });
                events.collect()
            }
            Err(error) => {
                let diagnostic = vec![cannot("list", &request.type_name, &error)];
                vec![list_resource::Event { diagnostic, ..Default::default() }]
            }
        };
        let (sender, receiver) = tokio::sync::mpsc::channel(events.len().max(1));
        for event in events {
            // The receiver is in hand, and the channel holds them all.
            sender.try_send(Ok(event)).expect("the channel has room for every event");
        }
        ReceiverStream::new(receiver)
    }

    pub(crate) async fn validate_action_config(
        &self,
        request: validate_action_config::Request,
    ) -> validate_action_config::Response {
        let found = position(&self.actions, "action", &request.type_name);
        let table = found.map(|at| self.backends[at.backend].actions[at.index].table());
        let diagnostics = judgement(&request.type_name, self.findings(table, request.config.as_ref()));
        validate_action_config::Response { diagnostics }
    }

    pub(crate) async fn plan_action(&self, request: plan_action::Request) -> plan_action::Response {
        let found = position(&self.actions, "action", &request.action_type);
        let table = found.map(|at| self.backends[at.backend].actions[at.index].table());
        let diagnostics = judgement(&request.action_type, self.findings(table, request.config.as_ref()));
        plan_action::Response { diagnostics, deferred: None }
    }

    pub(crate) async fn invoke_action(&self, request: invoke_action::Request) -> Events<invoke_action::Event> {
        use invoke_action::event::{Completed, Type};
        let (events, receiver) = tokio::sync::mpsc::channel(16);
        let started = async {
            let (backend, index) = self.at(position(&self.actions, "action", &request.action_type)?);
            let action = &backend.actions[index];
            let config =
                asked(action.table(), decode_config(request.config.as_ref(), &object_type(action.table().fields))?);
            let (client, operation) = self.connection(backend).await?;
            let (progress, messages) = Progress::new();
            Ok((operation.run(action.invoke(client, config, progress)), messages))
        };
        let started = started.await;
        // The invocation goes on by itself, so that its progress streams while it runs.
        match started {
            Ok((invocation, messages)) => run_action(Box::pin(invocation), messages, events, request.action_type),
            Err(error) => {
                let diagnostics = vec![cannot("invoke", &request.action_type, &error)];
                let completed = Type::Completed(Completed { diagnostics });
                events.try_send(Ok(invoke_action::Event { r#type: Some(completed) })).expect("the channel is empty");
            }
        }
        ReceiverStream::new(receiver)
    }
}

fn run_action(
    mut invocation: crate::engine::erased::BoxFuture<'static, Result<()>>,
    mut messages: tokio::sync::mpsc::UnboundedReceiver<String>,
    events: tokio::sync::mpsc::Sender<Result<invoke_action::Event, tonic::Status>>,
    action: String,
) {
    use invoke_action::event::{Completed, Progress, Type};
    tokio::spawn(async move {
        let event = |kind| Ok(invoke_action::Event { r#type: Some(kind) });
        let result = loop {
            tokio::select! {
                biased;
                Some(message) = messages.recv() => {
                    if events.send(event(Type::Progress(Progress { message }))).await.is_err() {
                        tracing::debug!("the host stopped listening to the action");
                    }
                }
                result = &mut invocation => break result,
            }
        };
        // What was said in the very last step of the invocation.
        while let Ok(message) = messages.try_recv() {
            if events.send(event(Type::Progress(Progress { message }))).await.is_err() {
                tracing::debug!("the host stopped listening to the action");
            }
        }
        let diagnostics = result.err().map(|error| cannot("invoke", &action, &error)).into_iter().collect();
        if events.send(event(Type::Completed(Completed { diagnostics }))).await.is_err() {
            tracing::debug!("the host did not wait for the action's end");
        }
    });
}

/// An argument of a function, with every attribute of its objects.
fn taken(field: &Field, argument: &DynamicValue) -> Result<Value> {
    match (&field.kind, decode(Some(argument), &argument_type(&field.kind))?) {
        (Kind::Dynamic, value) => Ok(value),
        (kind, Value::Dynamic(_, inner)) => convert(*inner, &wire_type(kind), &Path::attribute(field.name)),
        (_, value) => Ok(value),
    }
}

/// What the user asked for, with defaults; what the backend will tell is unset.
fn asked(table: &Table, config: Object) -> Object {
    completed(table.fields, config, &Object::new())
}

fn wholly_known(object: &Object) -> Result<()> {
    match object.iter().find(|(_, value)| !value.is_wholly_known()) {
        Some((name, _)) => Err(Error::new(format!("the API did not return `{name}`")).at_attribute(name)),
        None => Ok(()),
    }
}

fn timestamp(time: SystemTime) -> prost_types::Timestamp {
    time.into()
}
