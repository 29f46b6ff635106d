use cofferdam_core::{Result, docker::images::Credentials};
use napi_derive::napi;

/// See `RegistryCredentials` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeCredentials {
    pub username: Option<String>,
    pub password: Option<String>,
    pub identity_token: Option<String>,
    pub registry_token: Option<String>,
}

impl NativeCredentials {
    pub fn into_core(self) -> Result<Credentials> {
        Credentials::given(self.username, self.password, self.identity_token, self.registry_token)
    }
}
