use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    ffi::CString,
    io,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    rc::{Rc, Weak},
};

use nix::errno::Errno;
use tokio::{
    sync::Notify,
    task::{AbortHandle, spawn_local},
};

use super::raw::{BUFFER, MASK, Raw, parse};

use crate::descriptor::Descriptor;

/// The most events that wait for one watch.
const MOST: usize = 16_384;

/// The most directories and files that one sandbox watches: the kernel counts them for all sandboxes of a machine together.
const MAX_WATCHES: usize = 131_072;

/// The agent's only inotify instance: it exists only while somebody watches, because the kernel gives a user 128.
#[derive(Default)]
pub struct Watches(RefCell<Weak<Instance>>);

impl Watches {
    /// The instance.
    pub fn instance(&self) -> io::Result<Rc<Instance>> {
        if let Some(instance) = self.0.borrow().upgrade() {
            return Ok(instance);
        }
        let instance = Instance::new()?;
        *self.0.borrow_mut() = Rc::downgrade(&instance);
        Ok(instance)
    }
}

/// An inotify instance that several watches share.
pub struct Instance {
    descriptor: Rc<Descriptor>,
    /// Who watches what.
    watched: RefCell<HashMap<i32, Vec<Weak<Subscriber>>>>,
    reading: Cell<Option<AbortHandle>>,
}

/// Gets the events of some watches.
#[derive(Default)]
pub struct Subscriber {
    events: RefCell<VecDeque<Raw>>,
    overflow: Cell<bool>,
    wake: Notify,
}

impl Instance {
    fn new() -> io::Result<Rc<Self>> {
        // SAFETY: takes only numbers.
        let raw = Errno::result(unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) })?;
        // SAFETY: the kernel has just created the descriptor, and nothing else uses it.
        let descriptor = Rc::new(Descriptor::new(unsafe { OwnedFd::from_raw_fd(raw) })?);
        let instance = Rc::new(Self {
            descriptor: Rc::clone(&descriptor),
            watched: RefCell::default(),
            reading: Cell::default(),
        });
        let reading = spawn_local(read(descriptor, Rc::downgrade(&instance)));
        instance.reading.set(Some(reading.abort_handle()));
        Ok(instance)
    }

    /// Watches a path that contains no link, as the user: the kernel refuses what the user may not read. Returns the number of the
    /// watch.
    pub fn add(&self, path: &Path, flags: u32, subscriber: &Rc<Subscriber>) -> Result<i32, Errno> {
        if self.watched.borrow().len() >= MAX_WATCHES {
            return Err(Errno::ENOSPC);
        }
        let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
        let mask = MASK | libc::IN_DONT_FOLLOW | flags;
        // SAFETY: the descriptor and the path are valid during the call.
        let watch = unsafe { libc::inotify_add_watch(self.descriptor.raw(), path.as_ptr(), mask) };
        let watch = Errno::result(watch)?;
        let mut watched = self.watched.borrow_mut();
        let subscribers = watched.entry(watch).or_default();
        if !subscribers.iter().any(|known| known.as_ptr() == Rc::as_ptr(subscriber)) {
            subscribers.push(Rc::downgrade(subscriber));
        }
        Ok(watch)
    }

    /// Ends a watch of a subscriber.
    pub fn remove(&self, watch: i32, subscriber: &Rc<Subscriber>) {
        let mut watched = self.watched.borrow_mut();
        let Some(subscribers) = watched.get_mut(&watch) else { return };
        subscribers.retain(|known| known.as_ptr() != Rc::as_ptr(subscriber));
        if subscribers.is_empty() {
            watched.remove(&watch);
            // SAFETY: takes only numbers. A watch that is gone already is fine.
            unsafe { libc::inotify_rm_watch(self.descriptor.raw(), watch) };
        }
    }

    fn hand_out(&self, event: &Raw) {
        let mut watched = self.watched.borrow_mut();
        if event.mask & libc::IN_Q_OVERFLOW != 0 {
            for subscriber in watched.values().flatten().filter_map(Weak::upgrade) {
                subscriber.overflow.set(true);
                subscriber.wake.notify_one();
            }
            return;
        }
        for subscriber in watched.get(&event.watch).into_iter().flatten().filter_map(Weak::upgrade) {
            subscriber.push(event.clone());
        }
        if event.mask & libc::IN_IGNORED != 0 {
            watched.remove(&event.watch);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
    }
}

impl Subscriber {
    fn push(&self, event: Raw) {
        let mut events = self.events.borrow_mut();
        if events.len() >= MOST {
            self.overflow.set(true);
            events.clear();
        }
        if !self.overflow.get() {
            events.push_back(event);
        }
        self.wake.notify_one();
    }

    /// The events that are there, at least one unless some were lost.
    pub async fn next(&self) -> (Vec<Raw>, bool) {
        loop {
            let (events, overflow) = self.take();
            if overflow || !events.is_empty() {
                return (events, overflow);
            }
            self.wake.notified().await;
        }
    }

    /// The events that are there, and whether some were lost.
    pub fn take(&self) -> (Vec<Raw>, bool) {
        (self.events.borrow_mut().drain(..).collect(), self.overflow.take())
    }
}

/// Hands out events for as long as the instance exists.
async fn read(descriptor: Rc<Descriptor>, instance: Weak<Instance>) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(count) = descriptor.read(&mut buffer).await {
        let Some(instance) = instance.upgrade() else { return };
        for event in parse(buffer.get(..count).unwrap_or_default()) {
            instance.hand_out(&event);
        }
    }
}
