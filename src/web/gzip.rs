//! The one coding of answers, and who takes it (RFC 9110, 12.5.3).

use std::io::Write as _;

use bytes::Bytes;

use super::message::Request;

/// `None` only if the encoder fails, which it does for no memory; the plain octets then do.
pub(super) fn gzip(octets: &[u8]) -> Option<Bytes> {
    // 6: the usual balance; a page is compressed once and served until it changes.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(octets).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// By name first; `*` is for those that are not named.
pub(super) fn takes_gzip(request: &Request) -> bool {
    let accepted = request.all("accept-encoding").to_ascii_lowercase();
    let of = |wanted: &str| {
        accepted.split(',').find_map(|coding| {
            let (name, q) = coding.split_once(';').unwrap_or((coding, ""));
            let q = q.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            (name.trim() == wanted).then_some(q > 0.0)
        })
    };
    of("gzip").or_else(|| of("*")).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_gzip() {
        for (accepted, takes) in [
            ("", false),
            ("gzip", true),
            ("br, GZIP ; q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000, *", false),
            ("*", true),
            ("br", false),
            ("identity;q=1, *;q=0", false),
            ("gzip;q=x", false),
        ] {
            let headers = vec![("accept-encoding".to_owned(), accepted.to_owned())];
            let request = Request { headers, ..Request::default() };
            assert_eq!(takes_gzip(&request), takes, "{accepted}");
        }
    }
}
