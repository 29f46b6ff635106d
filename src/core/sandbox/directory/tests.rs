use super::*;

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("cofferdam-{name}-{}", std::process::id()))
}

#[test]
fn a_namespace_is_made_once_and_kept() {
    let path = temporary("namespace");
    let made: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || DataDirectory::open(&path).unwrap().namespace().to_owned())
        })
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(made.iter().all(|namespace| *namespace == made[0]));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn two_directories_have_two_namespaces() {
    let (one, two) = (temporary("one"), temporary("two"));
    let namespaces = [&one, &two].map(|path| DataDirectory::open(path).unwrap().namespace().to_owned());
    assert_ne!(namespaces[0], namespaces[1]);
    for path in [one, two] {
        fs::remove_dir_all(path).unwrap();
    }
}

#[test]
fn ids_that_differ_in_case_have_directories_of_their_own() {
    let path = temporary("case");
    let directory = DataDirectory::open(&path).unwrap();
    for id in ["Conv", "cONV", "conv"] {
        let id = SandboxId::try_from(id.to_owned()).unwrap();
        directory.make_workspace(&id).unwrap();
        directory.make_workspace(&id).unwrap();
    }
    assert_eq!(fs::read_dir(&path).unwrap().count(), 4);
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_lease_is_seen_until_it_ends() {
    let path = temporary("lease");
    let directory = DataDirectory::open(&path).unwrap();
    let id = SandboxId::try_from("a".to_owned()).unwrap();
    let (one, two) = (directory.lease(&id).unwrap(), directory.lease(&id).unwrap());
    drop(one);
    assert!(directory.is_leased(&id).unwrap());
    drop(two);
    assert!(!directory.is_leased(&id).unwrap());
    fs::remove_dir_all(&path).unwrap();
}
