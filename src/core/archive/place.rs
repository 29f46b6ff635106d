use cofferdam_fstree::{entry_name, from_io};
use cofferdam_protocol::{
    copy::{Piece, Reason},
    wire::message,
};

/// The directory that the receiver is in.
#[derive(Default)]
pub struct Place {
    names: Vec<Vec<u8>>,
}

impl Place {
    /// Moves the receiver to another directory.
    pub fn go_to(&mut self, directories: &[Vec<u8>], messages: &mut Vec<u8>) -> Result<(), Reason> {
        let common = self.names.iter().zip(directories).take_while(|(here, there)| here == there).count();
        while self.names.len() > common {
            self.names.pop();
            append(messages, &Piece::Leave)?;
        }
        for name in directories.iter().skip(common) {
            append(messages, &Piece::Directory { name, attributes: None })?;
            self.names.push(name.clone());
        }
        Ok(())
    }

    /// Records that the receiver has entered a directory.
    pub fn enter(&mut self, name: &[u8]) {
        self.names.push(name.to_vec());
    }
}

/// The components of a path.
///
/// # Errors
/// [`Reason::Name`] if the path could lead out of the tree.
pub fn components(path: &[u8]) -> Result<Vec<Vec<u8>>, Reason> {
    if path.starts_with(b"/") {
        return Err(Reason::Name);
    }
    let names = path.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    names.map(|name| entry_name(name).map(|_| name.to_vec())).collect()
}

/// Adds a message for the receiver.
pub fn append(messages: &mut Vec<u8>, piece: &Piece) -> Result<(), Reason> {
    message::append(messages, piece).map_err(|error| from_io(&error))
}
