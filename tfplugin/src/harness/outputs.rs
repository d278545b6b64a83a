//! Outputs: values of references, and calls of the provider's functions.

use std::collections::BTreeMap;

use hcl::Expression;
use hcl::expr::FuncCall;
use tonic::Request;

use super::document::Document;
use super::evaluation::{LOCAL, Scope, evaluate};
use super::host::{Host, answer};
use super::wire::{decode_value, encode_value};
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::proto::tfplugin6::{call_function, get_functions};
use crate::value::{Path, Type, Value, convert};
use crate::{Error, Result};

impl Host {
    /// The outputs of a configuration that was applied.
    pub async fn outputs(&self, document: &Document) -> Result<BTreeMap<String, Value>> {
        let states = self.instances.iter().map(|(address, instance)| (address.as_str(), &instance.state));
        let scope = states.chain([(LOCAL, document.locals())]).collect();
        let mut outputs = BTreeMap::new();
        for (name, expression) in document.outputs() {
            let value = match expression {
                Expression::FuncCall(call) => self.call(call, &scope).await,
                other => evaluate(other, &scope),
            };
            outputs.insert(name.clone(), value.map_err(|error| error.context(format!("the output `{name}`")))?);
        }
        Ok(outputs)
    }

    async fn call(&self, call: &FuncCall, scope: &Scope<'_>) -> Result<Value> {
        let name = call.name.name.to_string();
        let functions = answer(self.service.get_functions(Request::new(get_functions::Request {})).await)?.functions;
        let function = functions.get(&name).ok_or_else(|| Error::new(format!("there is no function `{name}`")))?;
        if function.parameters.len() != call.args.len() {
            return Err(Error::new(format!("`{name}` takes {} arguments", function.parameters.len())));
        }
        let mut arguments = Vec::new();
        for (parameter, argument) in function.parameters.iter().zip(&call.args) {
            let ty = type_of(&parameter.r#type)?;
            let value = convert(evaluate(argument, scope)?, &ty, &Path::attribute(&parameter.name))?;
            if value.is_null() && !parameter.allow_null_value {
                return Err(Error::new(format!("`{}` of `{name}` cannot be null", parameter.name)));
            }
            arguments.push(encode_value(&value, &ty));
        }
        let output = function.r#return.as_ref().ok_or_else(|| Error::new(format!("`{name}` returns nothing")))?;
        let response =
            answer(self.service.call_function(Request::new(call_function::Request { name, arguments })).await)?;
        match response.error {
            Some(error) => Err(Error::new(error.text)),
            None => decode_value(response.result.as_ref(), &type_of(&output.r#type)?, "result"),
        }
    }
}

fn type_of(notation: &[u8]) -> Result<Type> {
    Type::from_json(notation).map_err(|error| Error::new(error.to_string()))
}
