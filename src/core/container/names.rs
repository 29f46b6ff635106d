//! Names for the ids of a sandbox whose root file system is read-only. In others, the agent adds them to the image's files.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use cofferdam_protocol::{
    layout::{TEMPORARY_HOME, WORKSPACE_HOME},
    names::{GROUP, PASSWD, WHOLE_MAP, missing_groups, missing_user, tags},
};
use serde_json::{Value, json};

use crate::{
    blocking::blocking,
    config::{options::Options, user::Ids},
    engine::Features,
    error::Result,
    site::Locked,
    store::failure::failed,
    workspace::Workspace,
};

/// The `gid_map` of a container with a user namespace, as it usually is.
const USUAL_MAP: &str = "0 100000 65536";

/// The mounts of complete files in place of the image's. None where the engine doesn't see the data directory, and where the
/// image can't be read: a sandbox works without names.
///
/// # Errors
/// `FILE_ERROR`.
pub async fn mounts(
    locked: &Locked,
    workspace: &Workspace,
    features: Features,
    user: Ids,
) -> Result<Vec<Value>> {
    let Locked { definition, engine, directory, .. } = locked;
    let options = &definition.options;
    if !options.read_only || !is_shared(locked, workspace) {
        return Ok(Vec::new());
    }
    let Ok(image) = engine.image_id(&options.image).await else { return Ok(Vec::new()) };
    let Ok(names) = definition.site.image_names.of(engine, &image).await else { return Ok(Vec::new()) };
    let tags = tags(if features.user_namespace { USUAL_MAP } else { WHOLE_MAP });
    let home = if options.workspace_dir.is_some() { TEMPORARY_HOME } else { WORKSPACE_HOME };
    let files = [
        ("passwd", PASSWD, &names.passwd, missing_user(&names.passwd, user.uid, user.gid, home)),
        ("group", GROUP, &names.group, missing_groups(&names.group, user.gid, &tags)),
    ];
    let (path, here) = directory.names(&definition.id);
    let (mut mounts, mut contents) = (Vec::new(), Vec::new());
    for (name, target, base, missing) in files {
        if !missing.is_empty() && !is_mounted_over(options, target) {
            contents.push((name, format!("{base}{missing}")));
            mounts.push(
                json!({ "Type": "bind", "Source": path.join(name), "Target": target, "ReadOnly": true }),
            );
        }
    }
    blocking(move || {
        write(&here, &contents).map_err(|error| failed("write the names of the sandbox", &here, &error))
    })
    .await?;
    Ok(mounts)
}

/// Whether the caller mounts something there, or on a directory above.
fn is_mounted_over(options: &Options, target: &str) -> bool {
    let mut targets = options.mounts.iter().map(|mount| &mount.target).chain(options.tmpfs.keys());
    targets.any(|mounted| Path::new(target).starts_with(mounted))
}

/// Whether the engine sees the data directory, as far as that is known: the workspace itself is about to show it, or has shown
/// it before.
fn is_shared(locked: &Locked, workspace: &Workspace) -> bool {
    let Locked { definition, directory, .. } = locked;
    *workspace == Workspace::bind(directory, &definition.id)
        || definition.site.learned.shares_directory.is_true()
}

fn write(directory: &Path, files: &[(&str, String)]) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(directory)?;
    for (name, content) in files {
        let path = directory.join(name);
        fs::write(&path, content)?;
        // Everybody in the sandbox reads them.
        fs::set_permissions(&path, Permissions::from_mode(0o644))?;
    }
    Ok(())
}
