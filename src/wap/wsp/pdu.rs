//! The PDUs of WSP (WAP-230, 8.2): read and written. Headers and capabilities stay octets here.
//!
//! On the connectionless port the octet of the transaction stands before them; that is the gateway's.

use std::net::{IpAddr, SocketAddr};

use super::octets::{Malformed, Octets, push_uintvar};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pdu<'a> {
    Connect {
        version: u8,
        capabilities: &'a [u8],
        headers: &'a [u8],
    },
    ConnectReply {
        session: u32,
        capabilities: &'a [u8],
        headers: &'a [u8],
    },
    Redirect {
        permanent: bool,
        addresses: &'a [u8],
    },
    /// The headers begin with the content type, without its name.
    Reply {
        status: u8,
        headers: &'a [u8],
        data: &'a [u8],
    },
    Disconnect {
        session: u32,
    },
    Push {
        confirmed: bool,
        headers: &'a [u8],
        data: &'a [u8],
    },
    Suspend {
        session: u32,
    },
    Resume {
        session: u32,
        capabilities: &'a [u8],
        headers: &'a [u8],
    },
    /// Without a body: Get and its like.
    Get {
        method: Method,
        uri: &'a [u8],
        headers: &'a [u8],
    },
    /// The headers begin with the content type of the data, without its name.
    Post {
        method: Method,
        uri: &'a [u8],
        headers: &'a [u8],
        data: &'a [u8],
    },
}

/// HTTP's methods by their octet (WAP-230, table 37); those of the owner's own extension are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get = 0x40,
    Options = 0x41,
    Head = 0x42,
    Delete = 0x43,
    Trace = 0x44,
    Post = 0x60,
    Put = 0x61,
}

/// 1.0, the one version there is (WAP-230, 8.2.2.1).
pub const VERSION: u8 = 0x10;

impl Method {
    const ALL: [Method; 7] =
        [Method::Get, Method::Options, Method::Head, Method::Delete, Method::Trace, Method::Post, Method::Put];

    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Options => "OPTIONS",
            Method::Head => "HEAD",
            Method::Delete => "DELETE",
            Method::Trace => "TRACE",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

impl<'a> Pdu<'a> {
    pub fn read(octets: &'a [u8]) -> Result<Pdu<'a>, Malformed> {
        let mut octets = Octets::new(octets);
        let kind = octets.octet()?;
        let method = || Method::ALL.into_iter().find(|method| *method as u8 == kind);
        Ok(match (kind, method()) {
            (0x01, _) => {
                let version = octets.octet()?;
                let (capabilities, headers) = two_lengths(&mut octets)?;
                Pdu::Connect { version, capabilities: octets.take(capabilities)?, headers: octets.take(headers)? }
            }
            (0x02, _) => {
                let session = octets.uintvar()?;
                let (capabilities, headers) = two_lengths(&mut octets)?;
                Pdu::ConnectReply { session, capabilities: octets.take(capabilities)?, headers: octets.take(headers)? }
            }
            (0x03, _) => Pdu::Redirect { permanent: octets.octet()? & 0x80 != 0, addresses: octets.rest() },
            (0x04, _) => Pdu::Reply { status: octets.octet()?, headers: octets.counted()?, data: octets.rest() },
            (0x05, _) => Pdu::Disconnect { session: octets.uintvar()? },
            (0x06 | 0x07, _) => Pdu::Push { confirmed: kind == 0x07, headers: octets.counted()?, data: octets.rest() },
            (0x08, _) => Pdu::Suspend { session: octets.uintvar()? },
            (0x09, _) => {
                Pdu::Resume { session: octets.uintvar()?, capabilities: octets.counted()?, headers: octets.rest() }
            }
            (0x40..=0x4F, Some(method)) => Pdu::Get { method, uri: octets.counted()?, headers: octets.rest() },
            (_, Some(method)) => {
                let (uri, headers) = two_lengths(&mut octets)?;
                let (uri, headers) = (octets.take(uri)?, octets.take(headers)?);
                Pdu::Post { method, uri, headers, data: octets.rest() }
            }
            _ => return octets.malformed("an unknown type"),
        })
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        // A length is of what was read or of what is far smaller than 4 GiB.
        let length = |out: &mut Vec<u8>, octets: &[u8]| push_uintvar(out, octets.len() as u32);
        match *self {
            Pdu::Connect { version, capabilities, headers } => {
                out.extend([0x01, version]);
                [capabilities, headers].iter().for_each(|part| length(&mut out, part));
                out.extend([capabilities, headers].concat());
            }
            Pdu::ConnectReply { session, capabilities, headers } => {
                out.push(0x02);
                push_uintvar(&mut out, session);
                [capabilities, headers].iter().for_each(|part| length(&mut out, part));
                out.extend([capabilities, headers].concat());
            }
            Pdu::Redirect { permanent, addresses } => {
                out.extend([0x03, u8::from(permanent) << 7]);
                out.extend(addresses);
            }
            Pdu::Reply { status, headers, data } => {
                out.extend([0x04, status]);
                length(&mut out, headers);
                out.extend(headers);
                out.extend(data);
            }
            Pdu::Disconnect { session } | Pdu::Suspend { session } => {
                out.push(if matches!(self, Pdu::Suspend { .. }) { 0x08 } else { 0x05 });
                push_uintvar(&mut out, session);
            }
            Pdu::Push { confirmed, headers, data } => {
                out.push(0x06 | u8::from(confirmed));
                length(&mut out, headers);
                out.extend(headers);
                out.extend(data);
            }
            Pdu::Resume { session, capabilities, headers } => {
                out.push(0x09);
                push_uintvar(&mut out, session);
                length(&mut out, capabilities);
                out.extend([capabilities, headers].concat());
            }
            Pdu::Get { method, uri, headers } => {
                out.push(method as u8);
                length(&mut out, uri);
                out.extend([uri, headers].concat());
            }
            Pdu::Post { method, uri, headers, data } => {
                out.push(method as u8);
                [uri, headers].iter().for_each(|part| length(&mut out, part));
                out.extend([uri, headers, data].concat());
            }
        }
        out
    }
}

/// The addresses of a Redirect (WAP-230, 8.2.2.4): one, with its port, of the bearer that it is read on.
pub fn redirect_to(to: SocketAddr) -> Vec<u8> {
    const HAS_PORT: u8 = 0x40;
    let ip = match to.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    // Four or sixteen.
    [&[HAS_PORT | ip.len() as u8][..], &to.port().to_be_bytes(), &ip].concat()
}

fn two_lengths(octets: &mut Octets) -> Result<(usize, usize), Malformed> {
    Ok((octets.uintvar()? as usize, octets.uintvar()? as usize))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    const URI: &str = "687474703A2F2F3132372E302E302E313A31383038302F61";

    /// The examples of the wire facts, without what WTP and the connectionless port put before them.
    #[test]
    fn each_pdu_octet_by_octet() {
        let uri = b"http://127.0.0.1:18080/a";
        let connect = "01 10 11 12 03808A78 03818A78 0282C0 028302 028401 8094 8088 81EA A9546573742F312E3000 C393";
        let (capabilities, headers) = (octets(connect)[4..21].to_vec(), octets(connect)[21..].to_vec());
        for (hex, pdu) in [
            (connect.to_owned(), Pdu::Connect { version: VERSION, capabilities: &capabilities, headers: &headers }),
            (
                "02 00 03 01 0282C0 00".to_owned(),
                Pdu::ConnectReply { session: 0, capabilities: &capabilities[8..11], headers: &[0] },
            ),
            ("03 80 85".to_owned(), Pdu::Redirect { permanent: true, addresses: &[0x85] }),
            (
                "04 62 05 83 8D80 C393".to_owned(),
                Pdu::Reply { status: 0x62, headers: &[0x83, 0x8D, 0x80, 0xC3, 0x93], data: &[] },
            ),
            ("04 20 01 DA".to_owned(), Pdu::Reply { status: 0x20, headers: &[0xDA], data: &[] }),
            ("05 01".to_owned(), Pdu::Disconnect { session: 1 }),
            ("06 01 AE 02".to_owned(), Pdu::Push { confirmed: false, headers: &[0xAE], data: &[2] }),
            ("07 01 AE 02".to_owned(), Pdu::Push { confirmed: true, headers: &[0xAE], data: &[2] }),
            ("08 8FFFFFFF7F".to_owned(), Pdu::Suspend { session: u32::MAX }),
            ("09 01 00".to_owned(), Pdu::Resume { session: 1, capabilities: &[], headers: &[] }),
            (format!("40 18 {URI} 8094"), Pdu::Get { method: Method::Get, uri, headers: &[0x80, 0x94] }),
            (
                format!("60 18 03 {URI} 92 8094 613D3126623D32"),
                Pdu::Post { method: Method::Post, uri, headers: &[0x92, 0x80, 0x94], data: b"a=1&b=2" },
            ),
        ] {
            let octets = octets(&hex);
            assert_eq!((Pdu::read(&octets).unwrap(), pdu.write()), (pdu, octets.clone()), "{hex}");
        }
    }

    #[test]
    fn what_is_cut_short_or_unknown_is_refused() {
        for whole in
            ["01 10 02 01 0282 00", "04 20 02 94 00", &format!("60 18 01 {URI} 92"), "02 01 01 00 05", "06 01 AE"]
        {
            let octets = octets(whole);
            for end in 0..octets.len() {
                assert!(Pdu::read(&octets[..end]).is_err(), "{whole} cut at {end}");
            }
            assert!(Pdu::read(&octets).is_ok(), "{whole}");
        }
        for kind in [0x00, 0x0A, 0x3F, 0x45, 0x50, 0x62, 0x70, 0xFF] {
            assert!(Pdu::read(&[kind, 0, 0, 0, 0]).is_err(), "{kind:02X}");
        }
        assert_eq!(Method::ALL.map(Method::name).join(" "), "GET OPTIONS HEAD DELETE TRACE POST PUT");
    }
}
