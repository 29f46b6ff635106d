use std::rc::Rc;

use tokio::sync::OnceCell;

use crate::{
    disk::DiskLimit,
    fs::Watches,
    process::{Commands, Confinement, unfit},
    tether::Tether,
    user::User,
};

/// What all links of one agent share.
pub struct Agent {
    /// The user that commands run as.
    pub user: User,
    /// The commands and their processes.
    pub commands: Commands,
    /// The limit on the size of the workspace.
    pub disk: DiskLimit,
    /// What hosts watch.
    pub watches: Watches,
    /// The links that are open.
    pub tether: Tether,
    unfit: OnceCell<Option<String>>,
}

impl Agent {
    /// An agent that runs commands as `user`.
    pub fn new(user: User, confinement: Confinement) -> Rc<Self> {
        Rc::new(Self {
            commands: Commands::new(&user, confinement),
            user,
            disk: DiskLimit::default(),
            watches: Watches::default(),
            tether: Tether::default(),
            unfit: OnceCell::new(),
        })
    }

    /// Why no command may run here, if so. Found out once, when first asked.
    pub async fn unfit(&self) -> Option<&str> {
        self.unfit.get_or_init(|| unfit(&self.commands)).await.as_deref()
    }
}
