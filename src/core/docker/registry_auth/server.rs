/// The name of Docker Hub in the configuration.
pub const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The registry of an image: the part before the first slash if it can be a host, else Docker Hub.
pub fn of_image(image: &str) -> &str {
    match image.split_once('/') {
        Some(("docker.io" | "index.docker.io", _)) => DOCKER_HUB,
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => DOCKER_HUB,
    }
}

/// A registry's name in the configuration.
pub fn of_registry(name: &str) -> &str {
    if matches!(name, "docker.io" | "index.docker.io") { DOCKER_HUB } else { name }
}

/// The host of a registry's address: configurations have both hosts and URLs.
pub fn host(server: &str) -> &str {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| server.strip_prefix(scheme));
    let rest = rest.unwrap_or(server);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_of_an_image_is_its_host_or_docker_hub() {
        for hub in ["debian", "debian:13", "user/image", "docker.io/team/x", "index.docker.io/team/x"] {
            assert_eq!(of_image(hub), DOCKER_HUB, "{hub}");
        }
        for (image, server) in
            [("example.org/a:1", "example.org"), ("localhost/a", "localhost"), ("host:5000/a/b", "host:5000")]
        {
            assert_eq!(of_image(image), server);
        }
        assert_eq!(host("https://example.org/v1/"), "example.org");
        assert_eq!(host("example.org:5000"), "example.org:5000");
    }
}
