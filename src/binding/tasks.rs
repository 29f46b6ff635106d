//! The class for tasks.

use std::{collections::HashMap, sync::Arc};

use cofferdam_core::{
    Archive, Result,
    janitor::tasks::{sweep, sweep_host},
    sandbox::Sandboxes,
    task::{Isolation, Task, run::run},
};
use napi::{
    Env,
    bindgen_prelude::{Either, Object, Uint8Array},
};
use napi_derive::napi;

use crate::{
    cancellation::JsCancellation,
    exec::{NativeExecOptions, NativeExecResult, command, content},
    output::OutputStream,
    promise::call,
    sandboxes::NativeSandboxes,
};

/// See `TaskOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeTask {
    /// Runs it on the host with this environment; otherwise it runs in a container.
    pub host_environment: Option<HashMap<String, String>>,
    pub image: Option<String>,
    pub workspace_dir: Option<String>,
    pub chown_workspace: Option<bool>,
    /// An archive: its path or its content.
    pub archive: Option<Either<String, Uint8Array>>,
    pub files: Option<Vec<NativeFile>>,
}

/// A file that is created before the command runs.
#[napi(object, object_to_js = false)]
pub struct NativeFile {
    pub path: String,
    pub content: Either<String, Uint8Array>,
}

/// How a task ended.
#[napi(object, object_from_js = false)]
pub struct NativeTaskResult {
    pub result: NativeExecResult,
    pub container_id: Option<String>,
    pub workspace: String,
    /// Why something was left behind.
    pub leftover: Option<String>,
}

/// The tasks of one data directory.
#[napi]
pub struct NativeTasks(Arc<Sandboxes>);

#[napi]
impl NativeTasks {
    /// Tasks with the options of these sandboxes.
    #[napi(constructor)]
    pub fn new(sandboxes: &NativeSandboxes) -> Self {
        Self(Arc::clone(sandboxes.sandboxes()))
    }

    #[napi(ts_return_type = "Promise<NativeTaskResult>")]
    pub fn run<'env>(
        &self,
        env: &'env Env,
        task: NativeTask,
        #[napi(ts_arg_type = "string | Array<string>")] line: Either<String, Vec<String>>,
        options: NativeExecOptions,
        cancellation: Option<&JsCancellation>,
        output: Option<&OutputStream>,
    ) -> napi::Result<Object<'env>> {
        let listener = output.map(|output| output.take_sender(*env)).transpose()?;
        let cancellation = JsCancellation::inner(cancellation);
        let binary = options.binary.unwrap_or(false);
        // Converted now, because JavaScript may change its buffers as soon as this returns.
        let options = options.into_core();
        let files = task.files.unwrap_or_default().into_iter();
        let isolation = task.host_environment.map_or(Isolation::Docker, |environment| Isolation::Host {
            environment: environment.into_iter().collect(),
        });
        let task = Task {
            isolation,
            image: task.image,
            workspace_dir: task.workspace_dir.map(Into::into),
            chown_workspace: task.chown_workspace.unwrap_or(false),
            archive: task.archive.map(|archive| match archive {
                Either::A(path) => Archive::File(path.into()),
                bytes @ Either::B(_) => Archive::Bytes(content(bytes)),
            }),
            files: files.map(|file| (file.path, content(file.content))).collect(),
        };
        call(env, &self.0, None, |sandboxes| async move {
            let mut options = options?;
            options.cancellation = cancellation;
            options.listener = listener;
            let result = run(sandboxes, task, command(line), options).await?;
            Ok(NativeTaskResult {
                result: NativeExecResult::new(result.exec, binary),
                container_id: result.container_id,
                workspace: result.workspace.name().to_owned(),
                leftover: result.leftover.map(|error| error.message().to_owned()),
            })
        })
    }

    /// Removes what tasks of dead processes left behind, with `host` those on the host only. Returns the tasks' ids.
    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn sweep<'env>(&self, env: &'env Env, host: bool) -> napi::Result<Object<'env>> {
        call(env, &self.0, None, |sandboxes| async move {
            let swept: Result<Vec<String>> =
                if host { sweep_host(&sandboxes).await } else { sweep(&sandboxes).await };
            swept
        })
    }
}
