use super::*;
use crate::engine::testing::{ANSWERS, spoilt};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn list(text: &str) -> Vec<Listed> {
    Listed::read(json(text).as_array().unwrap())
}

#[test]
fn every_engines_answers_say_the_same() {
    for answers in &ANSWERS {
        let engine = answers.engine;
        let running = Container::read(&json(answers.running)).unwrap();
        let ended = Container::read(&json(answers.ended)).unwrap();
        assert_eq!((running.state, ended.state), (State::Running, State::Exited), "{engine}");
        assert!(running.pid.is_some() && ended.pid.is_none(), "{engine}");
        assert_eq!(
            (ended.exit_code, ended.oom_killed, ended.failure.as_str()),
            (Some(137), false, ""),
            "{engine}"
        );
        assert_eq!(running.id, ended.id, "{engine}");
        assert_eq!(running.labels["a"], "b", "{engine}");
        assert!(running.image.ends_with("ai-sandbox:latest"), "{engine}: {}", running.image);
        assert!(running.created.starts_with("20"), "{engine}");
        assert_eq!(running.limits, Limits { memory: 100_000_000, cpu_quota: 10_000, pids: 20 }, "{engine}");
        for (listed, state) in
            [(list(answers.list), State::Running), (list(answers.list_ended), State::Exited)]
        {
            let [listed] = &listed[..] else { panic!("{engine}: one container") };
            assert_eq!((listed.state, &listed.id), (state, &running.id), "{engine}");
            assert_eq!(listed.names, ["/cofferdam-recorded"], "{engine}");
            assert_eq!(listed.labels["a"], "b", "{engine}");
            assert!(listed.created > 1_700_000_000, "{engine}");
        }
    }
}

#[test]
fn no_single_field_of_a_container_is_needed_but_its_id() {
    for answers in &ANSWERS {
        for answer in spoilt(&json(answers.running)) {
            let id = answer["Id"].as_str();
            match Container::read(&answer) {
                Ok(container) => assert_eq!(Some(container.id.as_str()), id, "{}", answers.engine),
                Err(_) => assert_eq!(id, None, "{}", answers.engine),
            }
        }
    }
}

#[test]
fn what_runs_is_not_taken_for_ended_whichever_field_is_wrong() {
    for answers in &ANSWERS {
        let whole = json(answers.running);
        for answer in spoilt(&whole).into_iter().filter(|answer| answer["State"].is_object()) {
            if let Ok(container) = Container::read(&answer) {
                assert!(container.state.is_up(), "{}: {}", answers.engine, answer["State"]);
            }
        }
        for answer in spoilt(&json(answers.list)) {
            // Only an entry without an id is left out.
            let entries = answer.as_array().into_iter().flatten();
            let with_id = entries.filter(|entry| entry["Id"].is_string()).count();
            let listed = answer.as_array().map(|list| Listed::read(list)).unwrap_or_default();
            assert_eq!(listed.len(), with_id, "{}", answers.engine);
            assert!(listed.iter().all(|container| container.state.is_up()), "{}", answers.engine);
        }
    }
}
