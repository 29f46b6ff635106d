//! Tasks: a container of its own for one command, or none.

use std::{collections::HashMap, sync::Arc};

use cofferdam_core::{
    Archive, Result,
    sandbox::{Isolation, Task},
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
    sandboxes::NativeSandboxes,
};

/// See `TaskOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeTask {
    /// Runs it on the host, with this environment; else in a container.
    pub host_environment: Option<HashMap<String, String>>,
    pub image: Option<String>,
    pub workspace_dir: Option<String>,
    /// The path of one, or what is in it.
    pub archive: Option<Either<String, Uint8Array>>,
    pub files: Option<Vec<NativeFile>>,
}

/// A file that is there before the command runs.
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
    /// Why something could not be removed.
    pub leftover: Option<String>,
}

#[napi]
impl NativeSandboxes {
    #[napi(ts_return_type = "Promise<NativeTaskResult>")]
    pub fn run_task<'env>(
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
        // Now: JavaScript may write to what it gave as soon as this returns.
        let options = options.into_core();
        let files = task.files.unwrap_or_default().into_iter();
        let isolation = task.host_environment.map_or(Isolation::Docker, |environment| Isolation::Host {
            environment: environment.into_iter().collect(),
        });
        let task = Task {
            isolation,
            image: task.image,
            workspace_dir: task.workspace_dir.map(Into::into),
            archive: task.archive.map(|archive| match archive {
                Either::A(path) => Archive::File(path.into()),
                bytes @ Either::B(_) => Archive::Bytes(content(bytes)),
            }),
            files: files.map(|file| (file.path, content(file.content))).collect(),
        };
        self.call(env, None, |sandboxes| async move {
            let mut options = options?;
            options.cancellation = cancellation;
            options.listener = listener;
            let result = Arc::clone(&sandboxes).run_task(task, command(line), options).await?;
            Ok(NativeTaskResult {
                result: NativeExecResult::new(result.exec, binary),
                container_id: result.container_id,
                leftover: result.leftover.map(|error| error.message().to_owned()),
            })
        })
    }

    /// Removes what tasks of processes that died have left, on the host alone or on the engine as well; their ids.
    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn sweep_tasks<'env>(&self, env: &'env Env, host: bool) -> napi::Result<Object<'env>> {
        self.call(env, None, |sandboxes| async move {
            let swept: Result<Vec<String>> =
                if host { sandboxes.sweep_host_tasks().await } else { sandboxes.sweep_tasks().await };
            swept
        })
    }
}
