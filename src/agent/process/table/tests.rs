use cofferdam_protocol::process::{Cause, Limits, Output, Status};
use nix::unistd::Gid;

use super::*;

fn exited() -> Exited {
    Exited {
        status: Status::Code(3),
        cause: Cause::Itself,
        oom_killed: false,
        limits: Limits::default(),
        output_open: false,
        stdout_bytes: 0,
        stderr_bytes: 0,
        elapsed_us: 1,
    }
}

fn insert(table: &Table, id: u64, origin: Origin, log: Option<u64>) -> Guard<'_> {
    let log = log.map(|capacity| Rc::new(Log::new(capacity, false)));
    let particulars = Particulars { id, name: None, origin, log };
    let mark = Mark::Tag(Gid::from_raw(u32::try_from(id).unwrap()));
    let command = Command::Shell("x".to_owned());
    table.insert(Pid::from_raw(7), mark, (Stdin::default(), None), &command, particulars)
}

#[test]
fn a_spawned_process_is_remembered_and_a_command_is_not() {
    let table = Table::default();
    for (id, origin) in [(1, Origin::Exec), (2, Origin::Spawn)] {
        let running = insert(&table, id, origin, None);
        assert_eq!(table.list().len(), 1);
        running.ended(exited());
        drop(running);
    }
    assert!(table.is_empty() && table.find(1).is_none());
    assert_eq!(table.find(2).unwrap().ended(), Some(exited()));
}

#[test]
fn only_the_last_ended_processes_are_remembered() {
    let table = Table::default();
    for id in 0..=MAX_ENDED as u64 {
        insert(&table, id, Origin::Spawn, None).ended(exited());
    }
    assert!(table.find(0).is_none() && table.find(1).is_some());
    assert_eq!(table.list().len(), MAX_ENDED);
}

#[test]
fn logs_of_ended_processes_make_room_and_those_of_running_ones_do_not() {
    let table = Table::default();
    let half = MAX_LOGS / 4;
    let ending = insert(&table, 1, Origin::Spawn, Some(half));
    // What it has not written takes no room once it has ended.
    let written = vec![b'x'; usize::try_from(half).unwrap()];
    ending.entry.particulars.log.as_ref().unwrap().push(Output::Stdout, &written);
    ending.ended(exited());
    drop(ending);
    let _running = insert(&table, 2, Origin::Spawn, Some(half));
    assert!(table.make_room(MAX_LOGS / 2));
    assert!(table.find(1).is_none());
    // That room is taken, although its process is not in the table yet.
    assert!(!table.make_room(MAX_LOGS / 2));
    table.release(MAX_LOGS / 2);
    assert!(table.make_room(MAX_LOGS / 2));
    table.release(MAX_LOGS / 2);
    assert!(!table.make_room(MAX_LOGS / 2 + 1));
}

#[test]
fn a_long_command_line_is_shortened_between_characters() {
    let line = text(&Command::Shell("é".repeat(MAX_COMMAND_TEXT + 5)));
    assert_eq!(line.chars().count(), MAX_COMMAND_TEXT);
}
