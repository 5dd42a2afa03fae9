//! The test function for lambda_runtime.
use lambda_runtime::streaming::{channel, Body, Response, Sender};
use lambda_runtime::{run, service_fn, Diagnostic, Error, LambdaEvent};
use serde_json::{json, Value};
use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

static CALLS: AtomicU32 = AtomicU32::new(0);

#[derive(Debug)]
struct OddError(&'static str);

impl From<OddError> for Diagnostic {
    fn from(error: OddError) -> Diagnostic {
        Diagnostic {
            error_type: "OddError".into(),
            error_message: error.0.into(),
        }
    }
}

fn remaining(deadline_ms: u64) -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis() as u64;
    deadline_ms.saturating_sub(now)
}

async fn handle(request: LambdaEvent<Value>) -> Result<Value, OddError> {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let (event, context) = request.into_parts();
    match event["do"].as_str() {
        Some("fail") => return Err(OddError("told to")),
        Some("panic") => panic!("told to"),
        Some("hang") => std::future::pending().await,
        Some("big") => {
            return Ok(Value::from(
                "x".repeat(event["size"].as_u64().unwrap_or(2) as usize - 2),
            ))
        }
        Some("length") => return Ok(Value::from(event.to_string().len())),
        _ => {}
    }
    Ok(json!({
        "event": event, "pid": std::process::id(), "calls": calls, "id": context.request_id,
        "arn": context.invoked_function_arn, "trace": context.xray_trace_id,
        "name": context.env_config.function_name, "version": context.env_config.version,
        "memory": context.env_config.memory, "remaining": remaining(context.deadline),
        "client_context": context.client_context,
    }))
}

/// `first,`, then `second` or a broken end as soon as the test writes a line to the gate.
async fn send_gated(mut sender: Sender, event: Value) {
    let _ = sender.send_data("first,".into()).await;
    let gate = event["gate"].as_str().unwrap_or_default().to_owned();
    let wait = move || File::open(gate).map(|mut file| file.read(&mut [0; 1]));
    let _ = tokio::task::spawn_blocking(wait).await;
    if event["do"] == "break" {
        return sender.abort();
    }
    let _ = sender.send_data("second".into()).await;
}

async fn stream(request: LambdaEvent<Value>) -> Result<Response<Body>, Error> {
    let event = request.payload;
    if event["do"] == "early" {
        return Err("before the first byte".into());
    }
    if event["do"].is_string() {
        let (sender, body) = channel();
        tokio::spawn(send_gated(sender, event));
        return Ok(Response::from(body));
    }
    let mut response = Response::from(Body::from("from a stream"));
    let prelude = &mut response.metadata_prelude;
    prelude.status_code = 201.try_into()?;
    prelude
        .headers
        .insert("content-type", "text/plain".parse()?);
    prelude.headers.insert("x-odd", "yes".parse()?);
    prelude.cookies = vec!["a=1".into(), "b=2".into()];
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match std::env::var("_HANDLER").as_deref() {
        Ok("init.exit") => std::process::exit(1),
        Ok("stream.handler") => run(service_fn(stream)).await,
        _ => run(service_fn(handle)).await,
    }
}
