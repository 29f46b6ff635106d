use std::collections::HashMap;

use super::*;

const HOUR: Duration = Duration::from_hours(1);
const POLICY: Policy = Policy { idle: Some(HOUR), expired: Some(Duration::from_hours(24)), detached: HOUR };

fn container(name: &str, state: State, age: Duration) -> Listed {
    let created = SystemTime::now().checked_sub(age).unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Listed {
        id: "0123".to_owned(),
        names: vec![format!("/{name}")],
        state,
        image: String::new(),
        labels: HashMap::from([(label::SANDBOX.to_owned(), "a".to_owned())]),
        created: i64::try_from(created.as_secs()).unwrap(),
    }
}

fn verdict(state: State, unused: Duration) -> Verdict {
    let now = SystemTime::now();
    judge(&container("cofferdam-0123456789abcdef0123", state, Duration::ZERO), POLICY, |_| {
        now.checked_sub(unused)
    })
}

fn id() -> SandboxId {
    SandboxId::try_from("a".to_owned()).unwrap()
}

#[test]
fn a_running_sandbox_is_stopped_once_it_is_idle() {
    for state in [State::Running, State::Paused] {
        assert_eq!(verdict(state, HOUR / 2), Verdict::Keep);
        assert_eq!(verdict(state, HOUR * 2), Verdict::Stop(id()));
    }
}

#[test]
fn a_stopped_sandbox_loses_its_container_once_it_has_expired() {
    for state in [State::Created, State::Exited] {
        assert_eq!(verdict(state, HOUR * 2), Verdict::Keep);
        assert_eq!(verdict(state, HOUR * 25), Verdict::Remove(id()));
    }
    assert_eq!(verdict(State::Gone, HOUR * 25), Verdict::Keep);
}

#[test]
fn without_a_limit_nothing_is_too_old() {
    let policy = Policy { idle: None, expired: None, detached: HOUR };
    for state in [State::Running, State::Exited] {
        let container = container("cofferdam-0123456789abcdef0123", state, HOUR * 10_000);
        assert_eq!(judge(&container, policy, |_| None), Verdict::Keep);
    }
}

#[test]
fn a_sandbox_that_was_never_used_is_as_old_as_its_container() {
    let old = container("cofferdam-0123456789abcdef0123", State::Running, HOUR * 2);
    assert_eq!(judge(&old, POLICY, |_| None), Verdict::Stop(id()));
}

#[test]
fn helpers_and_quarantined_containers_are_left_over_after_ten_minutes() {
    let helper = |age| Listed { labels: HashMap::new(), ..container("helper", State::Created, age) };
    let quarantined = |age| container("cofferdam-quarantine-0123", State::Running, age);
    for container in [helper(HOUR), quarantined(HOUR)] {
        assert_eq!(judge(&container, POLICY, |_| None), Verdict::RemoveLeftover);
    }
    for container in [helper(Duration::from_mins(5)), quarantined(Duration::from_mins(5))] {
        assert_eq!(judge(&container, POLICY, |_| None), Verdict::Keep);
    }
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_old() {
    let now = SystemTime::now();
    let container = container("cofferdam-0123456789abcdef0123", State::Running, Duration::ZERO);
    assert_eq!(judge(&container, POLICY, |_| Some(now + HOUR * 9)), Verdict::Keep);
}
