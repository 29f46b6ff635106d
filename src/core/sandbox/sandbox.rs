//! One sandbox.

use std::{path::PathBuf, sync::Arc};

use cofferdam_protocol::{
    copy::Copied,
    file::Entry,
    port::Listening,
    process::{
        Command,
        handle::{Description, Position, ProcessId, Size},
    },
    stats::Stats,
};

use super::{
    health::{Health, health},
    info::{Info, Ready, info},
    stats::stats,
};
use crate::{
    config::id::SandboxId,
    container::{Connection, find::find, remove::remove, stop::stop},
    copy::{
        options::CopyOptions,
        transfer::{copy_from, copy_to},
    },
    error::Result,
    events::Event,
    exec::{
        request::{ExecOptions, Job},
        result::ExecResult,
        run::run,
    },
    files::operations,
    fs::FileSystem,
    port::{self, PortConnection, Tunnel},
    process::{self, Process, Requested, SpawnOptions},
};

/// One sandbox: a container that is created or started when it is needed.
pub struct Sandbox {
    connection: Arc<Connection>,
}

impl Sandbox {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Arc::new(connection) }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SandboxId {
        &self.connection.definition().id
    }

    /// Its connection.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Makes sure that it runs.
    ///
    /// # Errors
    /// `IMAGE_NOT_FOUND`, `CONFLICT`, `DISK_LIMIT`, `FILE_ERROR`, `CLOSED`; those of the engine.
    pub async fn ensure(&self) -> Result<Ready> {
        let live = self.connection.unless_closed(self.connection.get()).await?;
        Ok(Ready {
            container_id: live.container.clone(),
            workspace_kind: live.workspace.label(),
            workspace: live.workspace.location(),
        })
    }

    /// Runs a command; see [`run`].
    ///
    /// # Errors
    /// As [`run`].
    pub async fn exec(&self, command: Command, options: ExecOptions) -> Result<ExecResult> {
        run(&self.connection, command, options).await
    }

    /// Starts a process; see [`Process::spawn`].
    ///
    /// # Errors
    /// As [`Process::spawn`].
    pub async fn spawn(&self, command: Command, options: SpawnOptions) -> Result<Process> {
        Process::spawn(Arc::clone(&self.connection), command, options).await
    }

    /// Attaches to a detached process; see [`Process::attach`].
    ///
    /// # Errors
    /// As [`Process::attach`].
    pub async fn attach(&self, id: ProcessId, from: Position) -> Result<Process> {
        Process::attach(Arc::clone(&self.connection), id, from).await
    }

    /// The processes that run, and those that ended last; see [`process::processes`].
    ///
    /// # Errors
    /// As [`process::processes`].
    pub async fn processes(&self) -> Result<Vec<Description>> {
        process::processes(&self.connection).await
    }

    /// Signals a process; see [`process::signal`].
    ///
    /// # Errors
    /// As [`process::signal`].
    pub async fn signal(&self, id: ProcessId, signal: u8, descendants: bool) -> Result<bool> {
        process::signal(&self.connection, id, signal, descendants).await
    }

    /// Changes the size of a process's terminal; see [`process::resize`].
    ///
    /// # Errors
    /// As [`process::resize`].
    pub async fn resize(&self, id: ProcessId, size: Size) -> Result<bool> {
        process::resize(&self.connection, id, size).await
    }

    /// The ports on which somebody listens; see [`port::ports`].
    ///
    /// # Errors
    /// As [`port::ports`].
    pub async fn ports(&self) -> Result<Vec<Listening>> {
        port::ports(&self.connection).await
    }

    /// Connects to a port; see [`port::connect`].
    ///
    /// # Errors
    /// As [`port::connect`].
    pub async fn connect(&self, port: u16) -> Result<PortConnection> {
        port::connect(&self.connection, port).await.map(PortConnection::new)
    }

    /// Opens a tunnel to a port; see [`Tunnel::open`].
    ///
    /// # Errors
    /// As [`Tunnel::open`].
    pub async fn tunnel(&self, port: u16, host_port: u16) -> Result<Tunnel> {
        Tunnel::open(Arc::clone(&self.connection), port, host_port).await
    }

    /// Checks a process as [`Sandbox::spawn`] does, without starting it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check_spawn(&self, command: Command, options: SpawnOptions) -> Result<Requested> {
        options.check(command, &self.connection.definition().options)
    }

    /// Checks a command as [`Sandbox::exec`] does, without running it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check_exec(&self, command: Command, options: ExecOptions) -> Result<Job> {
        Job::new(command, options, &self.connection.definition().options)
    }

    /// Its file system.
    #[must_use]
    pub fn fs(&self) -> FileSystem {
        FileSystem::new(Arc::clone(&self.connection))
    }

    /// Reads a regular file; see [`operations::read`].
    ///
    /// # Errors
    /// As [`operations::read`].
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        operations::read(&self.connection, path).await
    }

    /// Replaces a file; see [`operations::write`].
    ///
    /// # Errors
    /// As [`operations::write`].
    pub async fn write_file(&self, path: &str, content: &[u8], mode: Option<u32>) -> Result<()> {
        operations::write(&self.connection, path, content, mode).await
    }

    /// Lists a directory; see [`operations::list`].
    ///
    /// # Errors
    /// As [`operations::list`].
    pub async fn list_files(&self, path: &str) -> Result<Vec<Entry>> {
        operations::list(&self.connection, path).await
    }

    /// Deletes a file or a directory; see [`operations::delete`].
    ///
    /// # Errors
    /// As [`operations::delete`].
    pub async fn delete_file(&self, path: &str, recursive: bool) -> Result<()> {
        operations::delete(&self.connection, path, recursive).await
    }

    /// Copies from the host; see [`copy_to`].
    ///
    /// # Errors
    /// As [`copy_to`].
    pub async fn copy_to(&self, host: PathBuf, path: &str, options: CopyOptions) -> Result<Copied> {
        copy_to(&self.connection, host, path, options).await
    }

    /// Copies to the host; see [`copy_from`].
    ///
    /// # Errors
    /// As [`copy_from`].
    pub async fn copy_from(&self, path: &str, host: PathBuf, options: CopyOptions) -> Result<Copied> {
        copy_from(&self.connection, path, host, options).await
    }

    /// Stops its container; what was installed in it stays. One that does not run is fine.
    ///
    /// # Errors
    /// `CLOSED`; those of the engine.
    pub async fn stop(&self) -> Result<()> {
        self.connection.end(|definition| async move { stop(&definition).await }).await?;
        self.connection.announce(Event::Stopped { id: self.id().to_string() });
        Ok(())
    }

    /// Removes its container and, if asked to, its workspace. One that does not exist is fine.
    ///
    /// # Errors
    /// `FILE_ERROR`, `CLOSED`; those of the engine.
    pub async fn remove(&self, with_workspace: bool) -> Result<()> {
        let remove = move |definition| async move { remove(&definition, with_workspace).await };
        self.connection.end(remove).await
    }

    /// Whether its container runs, or is paused. Asks the engine and changes nothing.
    ///
    /// # Errors
    /// `CLOSED`; those of the engine.
    pub async fn is_running(&self) -> Result<bool> {
        let container = self.connection.unless_closed(find(self.connection.definition())).await?;
        Ok(container.is_some_and(|container| container.state.is_up()))
    }

    /// What it is at the moment; see [`info`].
    ///
    /// # Errors
    /// As [`info`].
    pub async fn info(&self) -> Result<Info> {
        info(&self.connection).await
    }

    /// What it uses at the moment; see [`stats`].
    ///
    /// # Errors
    /// As [`stats`].
    pub async fn stats(&self) -> Result<Stats> {
        stats(&self.connection).await
    }

    /// How it is; see [`health`].
    ///
    /// # Errors
    /// As [`health`].
    pub async fn health(&self) -> Result<Health> {
        health(&self.connection).await
    }
}
