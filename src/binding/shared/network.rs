use cofferdam_core::docker::networks::{NetworkOptions, Traffic};
use napi_derive::napi;

/// See `TaskNetworkOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeNetworkOptions {
    pub internal: Option<bool>,
    pub dns: Option<Vec<String>>,
    pub subnet: Option<String>,
}

/// See `NetworkStats` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeTraffic {
    pub received: f64,
    pub sent: f64,
    pub members: f64,
}

impl NativeNetworkOptions {
    pub fn into_core(self) -> NetworkOptions {
        NetworkOptions {
            internal: self.internal.unwrap_or_default(),
            dns: self.dns.unwrap_or_default(),
            subnet: self.subnet,
        }
    }
}

impl From<Traffic> for NativeTraffic {
    #[expect(clippy::cast_precision_loss, reason = "no network carries 2^53 bytes")]
    fn from(traffic: Traffic) -> Self {
        Self { received: traffic.received as f64, sent: traffic.sent as f64, members: traffic.members as f64 }
    }
}
