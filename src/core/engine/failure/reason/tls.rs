//! What is wrong between two sides that speak TLS.

use std::{error::Error as StdError, io};

use rustls::{AlertDescription, CertificateError, Error};

use super::{Cause, Reason};
use crate::engine::discovery::endpoint::Endpoint;

/// How TLS is asked for.
pub const HOW_TO: &str = "give the option tls, or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH";

/// The error of TLS that hides in another: each layer of I/O wraps the one below.
pub fn error<'a>(source: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut inner = source;
    loop {
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        inner = inner.downcast_ref::<io::Error>()?.get_ref()?;
    }
}

/// What it means. The files' names are in the hint.
pub fn reason(error: &Error, endpoint: &Endpoint) -> Reason {
    let tls = endpoint.tls.as_ref();
    let files = tls.map_or("the certificates", |tls| tls.sources.as_str());
    let shows = tls.is_some_and(|tls| tls.shows_certificate);
    let (text, hint) = match error {
        Error::InvalidCertificate(error) => of_certificate(error, files),
        Error::AlertReceived(alert) => of_alert(*alert, files, shows),
        Error::InvalidMessage(_) => (
            "what listens there does not speak TLS".to_owned(),
            "use tcp:// without certificates if the engine listens without TLS, and check the port"
                .to_owned(),
        ),
        other => (format!("TLS failed: {other}"), format!("check {files}, and the engine's log")),
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
            "renew it on the engine; also check this machine's clock".to_owned(),
        ),
        NotValidYet | NotValidYetContext { .. } => (
            "the engine's certificate is not valid yet".to_owned(),
            "check the clocks of both machines".to_owned(),
        ),
        NotValidForNameContext { expected, presented } => {
            let names = if presented.is_empty() { "none".to_owned() } else { presented.join(", ") };
            (
                format!("the engine's certificate is not for {} (it names: {names})", expected.to_str()),
                "use a host that the certificate names, or make one with this host as subjectAltName"
                    .to_owned(),
            )
        }
        NotValidForName => (
            "the engine's certificate is not for this host".to_owned(),
            "use a host that the certificate names".to_owned(),
        ),
        UnknownIssuer => (
            "the engine's certificate is of an authority that is not trusted".to_owned(),
            format!("give the authority's certificate as ca (ca.pem); trusted are: {files}"),
        ),
        other => (format!("the engine's certificate is not acceptable: {other}"), format!("check {files}")),
    }
}

fn of_alert(alert: AlertDescription, files: &str, shows: bool) -> (String, String) {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateUnknown,
        DecryptError, HandshakeFailure, UnknownCA,
    };
    let text = match alert {
        // Which of them it is depends on the version of TLS and on the engine's library.
        CertificateRequired | BadCertificate | HandshakeFailure | CertificateUnknown | AccessDenied
            if !shows =>
        {
            return (
                format!("the engine wants a certificate of its clients, and none was given ({alert:?})"),
                "give tls.cert and tls.key (cert.pem and key.pem in DOCKER_CERT_PATH)".to_owned(),
            );
        }
        CertificateExpired => "the client's certificate has expired".to_owned(),
        UnknownCA | BadCertificate | CertificateUnknown | DecryptError => {
            format!("the engine does not trust the client's certificate ({alert:?})")
        }
        other => format!("the engine refused the TLS connection ({other:?})"),
    };
    (text, format!("check {files}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_engines_certificate_is_said() {
        for (error, expected) in [
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "not valid yet"),
            (CertificateError::NotValidForName, "not for this host"),
            (CertificateError::UnknownIssuer, "authority that is not trusted"),
            (CertificateError::BadSignature, "not acceptable"),
        ] {
            let (text, hint) = of_certificate(&error, "ca.pem");
            assert!(text.contains(expected), "{error:?}: {text}");
            assert!(!hint.is_empty(), "{error:?}");
        }
    }

    #[test]
    fn what_the_engine_says_about_ours_depends_on_whether_there_is_one() {
        for (alert, shows, expected) in [
            (AlertDescription::HandshakeFailure, false, "wants a certificate"),
            (AlertDescription::BadCertificate, true, "does not trust the client's certificate"),
            (AlertDescription::CertificateExpired, true, "has expired"),
            (AlertDescription::ProtocolVersion, true, "refused the TLS connection"),
        ] {
            let (text, _) = of_alert(alert, "cert.pem", shows);
            assert!(text.contains(expected), "{alert:?}: {text}");
        }
    }
}
