//! Ports of a sandbox.

use std::sync::Arc;

use cofferdam_core::{
    Error, Result,
    port::{PortConnection, Tunnel},
    protocol::port::Listening,
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Object},
};
use napi_derive::napi;

use crate::{numbers::whole, promise::promise};

/// A port on which somebody listens; see `ListeningPort` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeListening {
    pub port: u16,
    pub address: String,
    pub pid: Option<u32>,
    pub command: Option<String>,
}

impl From<Listening> for NativeListening {
    fn from(Listening { port, address, pid, command }: Listening) -> Self {
        Self { port, address, pid, command }
    }
}

/// A connection to a port.
#[napi]
pub struct NativeConnection(Arc<PortConnection>);

#[napi]
impl NativeConnection {
    /// The next bytes; none at the end.
    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let connection = Arc::clone(&self.0);
        promise(env, async move { connection.next().await.map(Buffer::from) })
    }

    /// Sends bytes.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write<'env>(&self, env: &'env Env, data: &[u8]) -> napi::Result<Object<'env>> {
        // Copied, because JavaScript may change its array while the bytes are being sent.
        let (connection, data) = (Arc::clone(&self.0), data.to_vec());
        promise(env, async move { connection.write(&data).await })
    }

    /// Ends what is sent.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn end<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let connection = Arc::clone(&self.0);
        promise(env, async move {
            connection.end().await;
            Ok(())
        })
    }

    /// Aborts the connection.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl NativeConnection {
    /// A connection for JavaScript.
    pub fn new(connection: PortConnection) -> Self {
        Self(Arc::new(connection))
    }
}

/// A tunnel.
#[napi]
pub struct NativeTunnel(Option<Tunnel>);

#[napi]
impl NativeTunnel {
    /// The port on this host.
    #[napi]
    pub fn port(&self) -> u16 {
        self.0.as_ref().map_or(0, Tunnel::port)
    }

    /// Closes it and its connections.
    #[napi]
    pub fn close(&mut self) {
        self.0 = None;
    }
}

impl NativeTunnel {
    /// A tunnel for JavaScript.
    pub fn new(tunnel: Tunnel) -> Self {
        Self(Some(tunnel))
    }
}

/// A port, from a number.
pub fn port_number(option: &'static str, value: f64) -> Result<u16> {
    u16::try_from(whole(option, value)?)
        .map_err(|_| Error::invalid(option, format!("{option} must be a port, not {value}")))
}
