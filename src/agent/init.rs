//! PID 1 of the container.

use std::{error::Error, fs, io, os::unix::net::UnixListener as StdUnixListener, rc::Rc, time::Duration};

use cofferdam_protocol::layout;
use nix::{
    sys::prctl,
    unistd::{setfsgid, setfsuid, setgroups},
};
use tokio::{
    net::UnixListener,
    signal::unix::{SignalKind, signal},
    task::spawn_local,
};

use crate::{
    agent::Agent,
    disk,
    flags::Flags,
    ids::{Ids, NoSuchUser},
    in_memory::{PRIVATE, PUBLIC, set_mode},
    link, names,
    process::{Confinement, Tags},
    runtime,
    stop::stop,
    user::User,
};

/// How long processes get after `SIGTERM` when a tethered container has lost its last link: nobody waits for them.
const UNTETHERED: Duration = Duration::from_millis(200);

/// How long a tethered container waits for its first link: the process that created it may have died.
const FIRST_LINK: Duration = Duration::from_secs(30);

/// Serves links until the container is told to stop or, when it is tethered, until the last link has ended.
pub fn run(ids: Ids, flags: &Flags) -> Result<(), Box<dyn Error>> {
    let home = if flags.foreign_workspace { layout::TEMPORARY_HOME } else { layout::WORKSPACE_HOME };
    let listener = listen()?;
    prctl::set_dumpable(false)?;
    setgroups(&[])?;
    let tags = Tags::from_gid_map();
    names::add(ids, home, tags.range());
    for path in &flags.tmpfs {
        // Commands see the error when they write there.
        let _ = set_mode(path, PUBLIC);
    }
    access_files_as(ids)?;
    let user = User::find(ids, home);
    let confinement = Confinement::container(ids, tags, user.groups(), flags.ulimits.clone());
    runtime::run(serve(Agent::new(user, confinement), listener, flags.tethered))
}

/// From here on this thread accesses files as the user. Set once instead of around each operation, so that it can never open
/// a path of the sandbox as root.
fn access_files_as(ids: Ids) -> Result<(), NoSuchUser> {
    // The calls return the previous id and never fail: in a user namespace without the id, they do nothing.
    setfsgid(ids.gid);
    setfsuid(ids.uid);
    let (gid, uid) = (setfsgid(ids.gid).as_raw(), setfsuid(ids.uid).as_raw());
    // -1: a kernel without the calls, such as an old gVisor. It lacks `openat2` as well, so no file is opened there.
    let known = |now, wanted| now == wanted || now == u32::MAX;
    if known(gid, ids.gid.as_raw()) && known(uid, ids.uid.as_raw()) { Ok(()) } else { Err(NoSuchUser) }
}

fn listen() -> io::Result<StdUnixListener> {
    // When it is started again, it has the directory already, with another mode.
    let _ = set_mode(layout::RUN_DIRECTORY, PRIVATE);
    // A container that was killed and started again may still have the old socket.
    let _ = fs::remove_file(layout::SOCKET);
    let listener = StdUnixListener::bind(layout::SOCKET)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(agent: Rc<Agent>, listener: StdUnixListener, tethered: bool) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut children = signal(SignalKind::child())?;
    let watched = Rc::clone(&agent);
    spawn_local(async move { disk::watch(&watched.disk, &watched.commands).await });
    let tidied = Rc::clone(&agent);
    spawn_local(async move {
        if let Some(temporary) = &tidied.user.temporary {
            temporary.tidy().await;
        }
    });
    let examined = Rc::clone(&agent);
    // The first link needs the answer.
    spawn_local(async move { drop(examined.unfit().await.map(str::to_owned)) });
    let limit = loop {
        tokio::select! {
            _ = children.recv() => agent.commands.reap(),
            accepted = listener.accept() => if let Ok((control, _)) = accepted {
                spawn_local(link::accept(Rc::clone(&agent), control));
            },
            _ = terminate.recv() => break None,
            _ = interrupt.recv() => break None,
            () = agent.tether.lost(FIRST_LINK), if tethered => break Some(UNTETHERED),
        }
    };
    stop(&agent, &mut children, limit).await;
    Ok(())
}
