//! Why a TLS handshake failed.

use std::{error::Error as StdError, io};

use rustls::{AlertDescription, CertificateError, Error};

use super::{Cause, Reason};
use crate::engine::discovery::endpoint::Endpoint;

/// How to use TLS.
pub const HOW_TO: &str = "set the option tls, or DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH";

/// The TLS error inside another error: each layer of I/O wraps the one below.
pub fn error<'a>(source: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut inner = source;
    loop {
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        inner = inner.downcast_ref::<io::Error>()?.get_ref()?;
    }
}

/// The reason for a TLS error; the hint names the files.
pub fn reason(error: &Error, endpoint: &Endpoint) -> Reason {
    let tls = endpoint.tls.as_ref();
    let files = tls.map_or("the certificates", |tls| tls.sources.as_str());
    let shows = tls.is_some_and(|tls| tls.shows_certificate);
    let (text, hint) = match error {
        Error::InvalidCertificate(error) => of_certificate(error, files),
        Error::AlertReceived(alert) => of_alert(*alert, files, shows),
        Error::InvalidMessage(_) => (
            "the server does not speak TLS".to_owned(),
            "check the port; if the engine listens without TLS, use tcp:// and no certificates".to_owned(),
        ),
        other => (format!("TLS failed: {other}"), format!("check {files} and the engine's log")),
    };
    Reason::new(Cause::Tls, text, hint)
}

fn of_certificate(error: &CertificateError, files: &str) -> (String, String) {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };
    match error {
        Expired | ExpiredContext { .. } => (
            "the engine's certificate has expired".to_owned(),
            "renew it on the engine, and check this machine's clock".to_owned(),
        ),
        NotValidYet | NotValidYetContext { .. } => (
            "the engine's certificate is not valid yet".to_owned(),
            "check the clocks of both machines".to_owned(),
        ),
        NotValidForNameContext { expected, presented } => {
            let names = if presented.is_empty() { "none".to_owned() } else { presented.join(", ") };
            (
                format!("the engine's certificate is not valid for {}, only for: {names}", expected.to_str()),
                "use a host that the certificate names, or issue one with this host as subjectAltName"
                    .to_owned(),
            )
        }
        NotValidForName => (
            "the engine's certificate is not valid for this host".to_owned(),
            "use a host that the certificate names".to_owned(),
        ),
        UnknownIssuer => (
            "the engine's certificate is signed by an untrusted authority".to_owned(),
            format!("set tls.ca (ca.pem) to the authority's certificate; trusted now: {files}"),
        ),
        other => (format!("the engine's certificate is invalid: {other}"), format!("check {files}")),
    }
}

fn of_alert(alert: AlertDescription, files: &str, shows: bool) -> (String, String) {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateUnknown,
        DecryptError, HandshakeFailure, UnknownCA,
    };
    let text = match alert {
        // The alert depends on the TLS version and on the engine's TLS library.
        CertificateRequired | BadCertificate | HandshakeFailure | CertificateUnknown | AccessDenied
            if !shows =>
        {
            return (
                format!("the engine requires a client certificate ({alert:?})"),
                "set tls.cert and tls.key (cert.pem and key.pem in DOCKER_CERT_PATH)".to_owned(),
            );
        }
        CertificateExpired => "the client certificate has expired".to_owned(),
        UnknownCA | BadCertificate | CertificateUnknown | DecryptError => {
            format!("the engine does not trust the client certificate ({alert:?})")
        }
        other => format!("the engine rejected the TLS connection ({other:?})"),
    };
    (text, format!("check {files}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_defect_of_the_engines_certificate_is_named() {
        for (error, expected) in [
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "not valid yet"),
            (CertificateError::NotValidForName, "this host"),
            (CertificateError::UnknownIssuer, "untrusted authority"),
            (CertificateError::BadSignature, "invalid"),
        ] {
            let (text, hint) = of_certificate(&error, "ca.pem");
            assert!(text.contains(expected), "{error:?}: {text}");
            assert!(!hint.is_empty(), "{error:?}");
        }
    }

    #[test]
    fn an_alert_about_the_client_certificate_depends_on_whether_one_was_sent() {
        for (alert, shows, expected) in [
            (AlertDescription::HandshakeFailure, false, "requires a client certificate"),
            (AlertDescription::BadCertificate, true, "does not trust the client certificate"),
            (AlertDescription::CertificateExpired, true, "has expired"),
            (AlertDescription::ProtocolVersion, true, "rejected the TLS connection"),
        ] {
            let (text, _) = of_alert(alert, "cert.pem", shows);
            assert!(text.contains(expected), "{alert:?}: {text}");
        }
    }
}
