use serde::Deserialize;

use crate::{
    byte_size,
    error::{Error, Result},
};

const MIB: u64 = 1024 * 1024;

/// Limits for containers whose configuration sets none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Defaults {
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// The CPU weight relative to other containers, from 2 to 262144; the engine's default is 1024.
    pub cpu_shares: Option<u64>,
    /// The number of processes and threads.
    pub pids: Option<u64>,
}

/// A size in bytes, as a number or as text such as `512m`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Size {
    Bytes(f64),
    Text(String),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    memory: Option<Size>,
    cpus: Option<f64>,
    cpu_shares: Option<f64>,
    pids: Option<f64>,
    blkio_weight: Option<f64>,
    disk: Option<Size>,
}

impl Size {
    pub fn bytes(&self, option: &'static str) -> Result<u64> {
        match self {
            Self::Text(text) => byte_size::parse(option, text),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number below 2^53"
            )]
            Self::Bytes(bytes) if (0.0..9e15).contains(bytes) && bytes.fract() == 0.0 => Ok(*bytes as u64),
            Self::Bytes(bytes) => {
                let message = format!(
                    "{option} must be a whole number of bytes or a string such as '512m', not {bytes}"
                );
                Err(Error::invalid(option, message))
            }
        }
    }
}

/// Checked limits, as the engine takes them.
pub struct Checked {
    pub memory: Option<u64>,
    pub nano_cpus: Option<u64>,
    pub cpu_shares: Option<u64>,
    pub pids: Option<u64>,
    pub blkio_weight: Option<u64>,
    pub disk: Option<u64>,
}

impl Limits {
    pub fn checked(&self, defaults: &Defaults) -> Result<Checked> {
        let size = |option, given: &Option<Size>| given.as_ref().map(|size| size.bytes(option)).transpose();
        let memory = size("memory", &self.memory)?.or(defaults.memory);
        // The engine's own minimum.
        within("memory", memory, 6 * MIB, u64::MAX >> 1)?;
        let cpu_shares = whole("cpuShares", self.cpu_shares, 2, 262_144)?;
        let cpu_shares = cpu_shares.or(defaults.cpu_shares);
        within("cpuShares", cpu_shares, 2, 262_144)?;
        let pids = whole("pids", self.pids, 1, 4_194_304)?.or(defaults.pids);
        within("pids", pids, 1, 4_194_304)?;
        let blkio_weight = whole("blkioWeight", self.blkio_weight, 10, 1000)?;
        let disk = size("disk", &self.disk)?;
        within("disk", disk, MIB, u64::MAX >> 1)?;
        let nano_cpus = match self.cpus {
            None => None,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most 1024 processors, in billionths"
            )]
            Some(cpus) if (0.01..=1024.0).contains(&cpus) => Some((cpus * 1e9).round() as u64),
            Some(cpus) => {
                return Err(Error::invalid(
                    "cpus",
                    format!("cpus must be a number from 0.01 to 1024, not {cpus}"),
                ));
            }
        };
        Ok(Checked { memory, nano_cpus, cpu_shares, pids, blkio_weight, disk })
    }
}

impl Defaults {
    /// Checks them like a container's own limits.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the limit and its range.
    pub fn validate(&self) -> Result<()> {
        Limits::default().checked(self).map(drop)
    }
}

/// A whole number in a range.
pub fn whole(option: &'static str, value: Option<f64>, least: u32, most: u32) -> Result<Option<u64>> {
    let Some(value) = value else { return Ok(None) };
    if value.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&value) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number of 32 bits"
        )]
        return Ok(Some(value as u64));
    }
    Err(Error::invalid(
        option,
        format!("{option} must be a whole number from {least} to {most}, not {value}"),
    ))
}

fn within(option: &'static str, value: Option<u64>, least: u64, most: u64) -> Result<()> {
    match value {
        Some(value) if !(least..=most).contains(&value) => {
            Err(Error::invalid(option, format!("{option} must be from {least} to {most}, not {value}")))
        }
        _ => Ok(()),
    }
}
