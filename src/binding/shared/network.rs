use std::collections::HashMap;

use cofferdam_core::docker::networks::{Endpoint, NetworkOptions, NewNetwork, Range, Traffic};
use napi_derive::napi;

/// See `TaskNetworkOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeNetworkOptions {
    pub internal: Option<bool>,
    pub dns: Option<Vec<String>>,
    pub subnet: Option<String>,
}

/// See `NewNetworkOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeNewNetwork {
    pub name: String,
    pub driver: Option<String>,
    pub driver_options: Option<HashMap<String, String>>,
    pub labels: Option<HashMap<String, String>>,
    pub internal: Option<bool>,
    pub ipv6: Option<bool>,
    pub subnets: Option<Vec<NativeRange>>,
}

/// See `NetworkSubnet` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeRange {
    pub subnet: String,
    pub gateway: Option<String>,
    pub ip_range: Option<String>,
}

/// See `ConnectOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeEndpoint {
    pub aliases: Option<Vec<String>>,
    pub ipv4_address: Option<String>,
    pub ipv6_address: Option<String>,
}

impl NativeNewNetwork {
    pub fn into_core(self) -> NewNetwork {
        let range = |NativeRange { subnet, gateway, ip_range }| Range { subnet, gateway, ip_range };
        NewNetwork {
            name: self.name,
            driver: self.driver,
            driver_options: self.driver_options.unwrap_or_default().into_iter().collect(),
            labels: self.labels.unwrap_or_default().into_iter().collect(),
            internal: self.internal.unwrap_or_default(),
            ipv6: self.ipv6.unwrap_or_default(),
            subnets: self.subnets.unwrap_or_default().into_iter().map(range).collect(),
        }
    }
}

impl NativeEndpoint {
    pub fn into_core(self) -> Endpoint {
        let Self { aliases, ipv4_address, ipv6_address } = self;
        Endpoint { aliases: aliases.unwrap_or_default(), ipv4_address, ipv6_address }
    }
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
