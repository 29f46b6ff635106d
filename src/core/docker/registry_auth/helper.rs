use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use crate::engine::Environment;

/// How long a credential helper may take.
const HELPER: Duration = Duration::from_secs(30);

/// The answer of a credential helper.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Secret {
    pub username: String,
    pub secret: String,
}

/// Asks a credential helper for a registry's secret; `None` if it has none.
///
/// # Errors
/// Why it can't answer.
pub async fn get(environment: &Environment, helper: &str, server: &str) -> Result<Option<Secret>, String> {
    match run(environment, helper, "get", server).await? {
        Ok(answer) => serde_json::from_slice(&answer)
            .map(Some)
            .map_err(|_| failed(helper, "its answer is not what a helper writes")),
        Err(reason) if reason.contains("credentials not found") => Ok(None),
        Err(reason) => Err(failed(helper, &reason)),
    }
}

/// Asks a credential helper for the registries that it has secrets for.
///
/// # Errors
/// Why it can't answer.
pub async fn list(environment: &Environment, helper: &str) -> Result<Vec<String>, String> {
    let answer = run(environment, helper, "list", "").await?.map_err(|reason| failed(helper, &reason))?;
    let listed: BTreeMap<String, String> = serde_json::from_slice(&answer)
        .map_err(|_| failed(helper, "its answer is not what a helper writes"))?;
    Ok(listed.into_keys().collect())
}

/// Runs a helper: its output, or what it says when it fails.
async fn run(
    environment: &Environment,
    helper: &str,
    verb: &str,
    input: &str,
) -> Result<Result<Vec<u8>, String>, String> {
    let program = format!("docker-credential-{helper}");
    // A name is one of a program in PATH, not a path.
    if Path::new(&program).components().count() != 1 || helper.contains(['/', '\0']) {
        return Err(failed(helper, "its name is not valid"));
    }
    let mut command = Command::new(&program);
    if let Some(path) = environment.get("PATH") {
        command.env("PATH", path);
    }
    let run = async {
        let mut child = command
            .arg(verb)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read may know the answer all the same.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let output = match timeout(HELPER, run).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(failed(helper, &error.to_string())),
        Err(_) => {
            return Err(failed(helper, &format!("it did not answer within {} seconds", HELPER.as_secs())));
        }
    };
    let reason = || String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(if output.status.success() { Ok(output.stdout) } else { Err(reason()) })
}

fn failed(helper: &str, why: &str) -> String {
    format!("the credential helper docker-credential-{helper} failed: {why}")
}
