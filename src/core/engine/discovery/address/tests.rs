use super::*;

fn tcp(host: &str, port: u16, tls: bool) -> Address {
    Address::Tcp { host: host.to_owned(), port, tls }
}

#[test]
fn every_form_of_an_address_is_parsed() {
    let socket = |path: &str| Address::Socket(path.into());
    let pipe = || Address::Pipe(r"\\.\pipe\docker_engine".to_owned());
    for (text, tls, expected) in [
        ("unix:///var/run/docker.sock", false, socket("/var/run/docker.sock")),
        ("unix:///a%20b.sock", true, socket("/a%20b.sock")),
        ("unix:///Users/My Name/x.sock", false, socket("/Users/My Name/x.sock")),
        ("/run/user/1000/docker.sock", false, socket("/run/user/1000/docker.sock")),
        ("UNIX:///x", false, socket("/x")),
        ("npipe:////./pipe/docker_engine", false, pipe()),
        (r"npipe://\\.\pipe\docker_engine", false, pipe()),
        (r"\\.\pipe\docker_engine", false, pipe()),
        ("tcp://build", false, tcp("build", 2375, false)),
        ("tcp://build", true, tcp("build", 2376, true)),
        ("tcp://Build.example.com:4000/", false, tcp("build.example.com", 4000, false)),
        ("tcp://:2375", false, tcp("localhost", 2375, false)),
        ("tcp://10.0.0.1:2376", true, tcp("10.0.0.1", 2376, true)),
        ("tcp://[::1]", false, tcp("[::1]", 2375, false)),
        ("tcp://[fe80::1]:99", false, tcp("[fe80::1]", 99, false)),
        ("http://build", false, tcp("build", 80, false)),
        ("http://build:2375", false, tcp("build", 2375, false)),
        ("https://build", false, tcp("build", 443, true)),
        ("https://build:2376", true, tcp("build", 2376, true)),
    ] {
        assert_eq!(Address::parse("engine", text, tls).unwrap(), expected, "{text}");
    }
}

#[test]
fn a_written_address_is_parsed_back() {
    for text in
        ["unix:///x/y.sock", "tcp://build:2375", "https://[::1]:2376", "npipe:////./pipe/docker_engine"]
    {
        assert_eq!(Address::parse("engine", text, false).unwrap().to_string(), text);
    }
}

#[test]
fn invalid_addresses_are_refused_with_the_allowed_forms() {
    for (text, tls, why) in [
        ("", false, "does not start"),
        ("banana", false, "does not start"),
        ("localhost", false, "does not start"),
        ("localhost:0", false, "does not start"),
        ("docker.sock:x", false, "does not start"),
        ("user@host:2375", false, "does not start"),
        ("./docker.sock", false, "does not start"),
        ("ftp://host", false, "scheme"),
        ("://host", false, "scheme"),
        ("unix://", false, "start with a slash"),
        ("unix://run/docker.sock", false, "start with a slash"),
        ("npipe://docker_engine", false, "named pipe"),
        ("npipe:////./pipe/", false, "named pipe"),
        ("tcp://", false, "no host"),
        ("tcp:///var/run/docker.sock", false, "path"),
        ("tcp://host/v1.41", false, "path"),
        ("tcp://host?x=1", false, "path"),
        ("tcp://host#x", false, "path"),
        ("tcp://host:", false, "port"),
        ("tcp://host:0", false, "port"),
        ("tcp://host:65536", false, "port"),
        ("tcp://host:+1", false, "port"),
        ("tcp://host:docker", false, "port"),
        ("tcp://::1", false, "host"),
        ("tcp://[::1", false, "host"),
        ("tcp://[banana]:1", false, "host"),
        ("tcp://[fe80::1%eth0]:1", false, "host"),
        ("tcp://h\u{f6}st", false, "host"),
        ("tcp://host name", false, "host"),
        ("tcp://host\n", false, "control character"),
        ("http://host", true, "certificates"),
    ] {
        let error = Address::parse("DOCKER_HOST", text, tls).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{text}");
        assert!(error.message().contains(why), "{text}: {error}");
        assert!(error.advice().unwrap().contains("unix:///var/run/docker.sock"));
        assert_eq!(error.details()["argument"], "DOCKER_HOST");
    }
}

#[test]
fn a_host_with_its_port_needs_no_scheme() {
    for (text, tls, address) in [
        ("127.0.0.1:2375", false, "tcp://127.0.0.1:2375"),
        ("localhost:2376", true, "https://localhost:2376"),
        ("[::1]:2375", false, "tcp://[::1]:2375"),
        (":2375", false, "tcp://localhost:2375"),
    ] {
        assert_eq!(Address::parse("DOCKER_HOST", text, tls).unwrap().to_string(), address);
    }
}

#[test]
fn a_password_does_not_reach_the_message() {
    let error = Address::parse("DOCKER_HOST", "tcp://user:hunter2@host", false).unwrap_err();
    assert!(!error.message().contains("hunter2") && error.message().contains("user and password"), "{error}");
}

#[test]
fn ssh_and_fd_are_unsupported_and_say_what_to_use() {
    for (text, advice) in [("ssh://me@host", "ssh -nNT -L"), ("fd://", "unix:///var/run/docker.sock")] {
        let error = Address::parse("engine", text, false).unwrap_err();
        assert_eq!(error.code(), Code::EngineUnsupported);
        assert!(error.advice().unwrap().contains(advice));
    }
}

#[test]
fn only_sockets_and_the_loopback_are_local() {
    for (text, local) in [
        ("/x", true),
        ("tcp://localhost", true),
        ("tcp://127.0.0.2", true),
        ("tcp://[::1]", true),
        ("tcp://localhost.example.com", false),
        ("tcp://127.example.com", false),
        ("tcp://10.0.0.1", false),
    ] {
        assert_eq!(Address::parse("engine", text, false).unwrap().is_local(), local, "{text}");
    }
}
