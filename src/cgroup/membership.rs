use crate::Controller;

/// The cgroups that a process is in: the text of `/proc/<pid>/cgroup`, whose lines are `hierarchy:controllers:path`.
pub struct Membership<'a>(pub &'a str);

impl<'a> Membership<'a> {
    /// The v1 hierarchy of a controller: the controllers that share it, such as `cpu,cpuacct`, and the path of the
    /// cgroup.
    pub fn v1(&self, controller: Controller) -> Option<(&'a str, &'a str)> {
        self.lines().find(|(names, _)| names.split(',').any(|name| name == controller.v1_name()))
    }

    /// The paths of the cgroups in v2 hierarchies, which have no list of controllers.
    pub fn v2(&self) -> impl Iterator<Item = &'a str> {
        self.lines().filter(|(names, _)| names.is_empty()).map(|(_, path)| path)
    }

    fn lines(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.lines().filter_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            Some((parts.next()?, parts.next()?.trim_start_matches('/')))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str =
        "12:pids:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/a:b\n";

    #[test]
    fn controllers_that_share_a_hierarchy_are_found() {
        let membership = Membership(HYBRID);
        assert_eq!(membership.v1(Controller::Cpu), Some(("cpu,cpuacct", "docker/abc")));
        assert_eq!(membership.v1(Controller::Pids), Some(("pids", "docker/abc")));
        assert_eq!(membership.v1(Controller::Memory), None);
    }

    #[test]
    fn a_colon_in_a_path_belongs_to_it() {
        assert_eq!(Membership(HYBRID).v2().collect::<Vec<_>>(), ["a:b"]);
    }
}
