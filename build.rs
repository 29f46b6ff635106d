//! Builds the agents embedded in the addon, one for each architecture that an engine may have.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The architectures of engines, by their Rust names.
const ARCHITECTURES: [&str; 2] = ["x86_64", "aarch64"];

fn main() -> Result<(), Box<dyn Error>> {
    napi_build::setup();
    for path in ["src/agent", "src/protocol", "src/fstree", "src/cgroup", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut list = String::from("&[\n");
    for architecture in ARCHITECTURES {
        // A prebuilt agent: COFFERDAM_AGENT_X86_64, COFFERDAM_AGENT_AARCH64.
        let variable = format!("COFFERDAM_AGENT_{}", architecture.to_uppercase());
        println!("cargo::rerun-if-env-changed={variable}");
        let agent = match env::var_os(&variable) {
            Some(path) => Some(PathBuf::from(path)),
            None => build(architecture, &out)?,
        };
        let Some(agent) = agent else { continue };
        let embedded = out.join(format!("cofferdam-agent-{architecture}"));
        fs::copy(&agent, &embedded)?;
        let line = "    AgentBinary { architecture: ARCHITECTURE, bytes: include_bytes!(PATH) },\n"
            .replace("ARCHITECTURE", &format!("{architecture:?}"))
            .replace("PATH", &format!("{:?}", embedded.display().to_string()));
        list.push_str(&line);
    }
    list.push_str("]\n");
    fs::write(out.join("agents.rs"), list)?;
    Ok(())
}

/// Builds the agent for an architecture. `None` if this machine has no suitable Rust target.
fn build(architecture: &str, out: &Path) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let musl = format!("{architecture}-unknown-linux-musl");
    let gnu = format!("{architecture}-unknown-linux-gnu");
    let mut flags = vec!["-Ctarget-feature=+crt-static"];
    let target = if is_installed(&musl)? {
        // With Rust's own linker and C library: this needs no cross compiler and gives every addon the same agents.
        flags.extend(["-Clinker=rust-lld", "-Clink-self-contained=yes"]);
        musl
    } else if env::var("HOST")? == gnu {
        // Linked statically to the host's C library: larger, but it works as well.
        gnu
    } else {
        println!("cargo::warning=no agent for {architecture}: the Rust target {musl} is not installed");
        return Ok(None);
    };
    // A separate directory, because the outer cargo holds the lock of its own.
    let directory = out.join("agent");
    let mut cargo = Command::new(env::var("CARGO")?);
    // Drop settings of the outer build (and of its cross compilation), which do not apply to this one.
    for (name, _) in env::vars_os() {
        let about = ["CARGO_CFG_", "CARGO_TARGET_", "RUSTC_WORKSPACE_WRAPPER"];
        if about.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    let status = cargo
        .args([
            "build",
            "--locked",
            "--package",
            "cofferdam-agent",
            "--profile",
            "agent",
            "--target",
            &target,
        ])
        .arg("--target-dir")
        .arg(&directory)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .status()?;
    if !status.success() {
        return Err(format!("could not build the agent for {target}").into());
    }
    Ok(Some(directory.join(&target).join("agent").join("cofferdam-agent")))
}

fn is_installed(target: &str) -> Result<bool, Box<dyn Error>> {
    let output =
        Command::new(env::var("RUSTC")?).args(["--print", "target-libdir", "--target", target]).output()?;
    Ok(output.status.success() && Path::new(String::from_utf8(output.stdout)?.trim()).is_dir())
}
