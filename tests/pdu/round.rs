//! Messages with any content in each field come back as they were, and texts of any signs are cut between them.

use std::time::Duration;

use yizhan::clock::Time;
use yizhan::number::Number;
use yizhan::sms::fields::{Address, Alphabet, Concat, Dcs, Element, Ports, Scts, Validity, concat_of};
use yizhan::sms::parts::{Key, Kind, Piece, Sending, join, split};
use yizhan::sms::pdu::{Deliver, StatusReport, Submit, USER_DATA_OCTETS, UserData};
use yizhan::words::Lang;

/// Seeded: what failed once fails again.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    pub fn octet(&mut self) -> u8 {
        self.below(256) as u8
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn octets(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.octet()).collect()
    }

    fn seven(&mut self) -> [u8; 7] {
        std::array::from_fn(|_| self.octet())
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

fn address(random: &mut Random) -> Address {
    if random.below(4) == 0 {
        let name: String =
            (0..random.below(11) + 1).map(|_| *random.of(&['A', 'z', '3', ' ', 'é', 'Δ', '€', '['])).collect();
        return Address::alphanumeric(&name);
    }
    let digits = "0123456789*#abc".as_bytes();
    let text = (0..random.below(21)).map(|_| char::from(*random.of(digits))).collect();
    let toa = 0x80 | (*random.of(&[0, 1, 2, 3, 4, 6, 7]) << 4) | random.below(16) as u8;
    Address { toa, text }
}

fn data(random: &mut Random, dcs: Dcs) -> UserData {
    let mut elements = Vec::new();
    for _ in 0..random.below(4) {
        let reference = random.octet().into();
        elements.push(match random.below(4) {
            0 => {
                Element::concat(Concat { reference, total: random.octet(), index: random.octet(), wide: random.coin() })
            }
            1 => Element::ports(Ports { destination: reference, source: 9200 }),
            _ => Element { id: random.octet(), data: random.octets(12) },
        });
    }
    let header: usize = elements.iter().map(|e| e.data.len() + 2).sum::<usize>();
    let header = if elements.is_empty() { 0 } else { header + 1 };
    let units = if dcs.alphabet() == Alphabet::Gsm7 {
        let room = (USER_DATA_OCTETS * 8 - (header * 8).div_ceil(7) * 7) / 7;
        random.octets(room).into_iter().map(|septet| septet & 0x7F).collect()
    } else {
        random.octets(USER_DATA_OCTETS - header)
    };
    UserData { elements, units }
}

#[test]
fn any_message_comes_back() {
    let mut random = Random::new(3);
    for _ in 0..20_000 {
        let r = &mut random;
        let dcs = Dcs(r.octet());
        let deliver = Deliver {
            more: r.coin(),
            loop_prevention: r.coin(),
            report_indication: r.coin(),
            reply_path: r.coin(),
            from: address(r),
            pid: r.octet(),
            dcs,
            stamp: Scts(r.seven()),
            data: data(r, dcs),
        };
        assert_eq!(Deliver::parse(&deliver.emit().unwrap()).unwrap(), deliver);
        let submit = Submit {
            reject_duplicates: r.coin(),
            report: r.coin(),
            reply_path: r.coin(),
            reference: r.octet(),
            to: address(r),
            pid: r.octet(),
            dcs,
            validity: match r.below(4) {
                0 => None,
                1 => Some(Validity::Relative(r.octet())),
                2 => Some(Validity::Enhanced(r.seven())),
                _ => Some(Validity::Absolute(Scts(r.seven()))),
            },
            data: data(r, dcs),
        };
        assert_eq!(Submit::parse(&submit.emit().unwrap()).unwrap(), submit);
        let report = StatusReport {
            more: r.coin(),
            loop_prevention: r.coin(),
            of_command: r.coin(),
            reference: r.octet(),
            recipient: address(r),
            sent: Scts(r.seven()),
            done: Scts(r.seven()),
            status: r.octet(),
            has_header: r.coin(),
            rest: r.octets(20),
        };
        assert_eq!(StatusReport::parse(&report.emit().unwrap()).unwrap(), report);
    }
}

#[test]
fn any_instant_comes_back_from_any_zone() {
    let mut random = Random::new(5);
    for _ in 0..20_000 {
        // 1970 to 2069, the hundred years that two digits can mean.
        let time = Time((random.below(3_155_000_000) as i64) * 1000);
        let quarters = random.below(97) as i8 - 48;
        let around = (Time(86_400_000)..Time(3_155_000_000_000 - 86_400_000)).contains(&time);
        if around {
            assert_eq!(Scts::of(time, quarters).time(), Some(time), "{quarters}");
        }
    }
}

/// What must not be torn: joined emoji, flags, skin tones, variation selectors, keycaps, accents, an escape with its code.
const SIGNS: [&str; 22] = [
    "👨‍👩‍👧‍👦",
    "👩🏽‍🚀",
    "🏳️‍🌈",
    "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "🇨🇳",
    "🇧🇷",
    "👍🏿",
    "❤️",
    "☎︎",
    "1️⃣",
    "e\u{301}",
    "😀",
    "𠮷",
    "字",
    "。",
    "a",
    "€",
    "[",
    "\n",
    "Ж",
    "é",
    "\u{10FFFF}",
];

#[test]
fn any_text_of_signs_is_cut_between_them_and_comes_back() {
    let to = Number::parse("+8613800138000").unwrap();
    let mut random = Random::new(17);
    for round in 0..3_000 {
        let plain = ["a", "€", "[", "\n", "é", " ", "Δ", "@"];
        let signs: Vec<&str> = (0..random.below(260))
            .map(|_| if round % 3 == 0 { *random.of(&plain) } else { *random.of(&SIGNS) })
            .collect();
        let text = signs.concat();
        let cut = split(&text).texts;
        assert_eq!(cut.concat(), text);
        let mut rest = signs.iter();
        for part in &cut {
            let mut left = part.len();
            while left > 0 {
                left = left.checked_sub(rest.next().unwrap().len()).unwrap_or_else(|| panic!("torn in {cut:?}"));
            }
        }
        let kind = [Kind::Text, Kind::Flash, Kind::Replace(3)][random.below(3)].clone();
        let validity = Some(Duration::from_secs(3600));
        let sending = Sending {
            to: &to,
            kind: &kind,
            text: &text,
            reference: random.octet(),
            validity,
            report: true,
            reject_duplicates: false,
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for submit in sending.submits() {
            let again = Submit::parse(&submit.emit().unwrap()).unwrap();
            assert_eq!(again, submit);
            let index = concat_of(&again.data.elements).map_or(1, |c| c.index);
            let piece = Piece { index, alphabet: again.dcs.alphabet(), units: again.data.units };
            pieces.insert(random.below(pieces.len() + 1), piece);
        }
        assert_eq!(join(pieces.len() as u8, &pieces, Lang::Zh), text);
    }
}

#[test]
fn parts_of_different_widths_are_different_texts() {
    let deliver = |wide| Deliver {
        more: false,
        loop_prevention: false,
        report_indication: false,
        reply_path: false,
        from: Address { toa: 0x91, text: "8613800138000".into() },
        pid: 0,
        dcs: Dcs::GSM7,
        stamp: Scts::default(),
        data: UserData {
            elements: vec![Element::concat(Concat { reference: 7, total: 2, index: 1, wide })],
            units: vec![],
        },
    };
    assert_ne!(Key::of(&deliver(false)).unwrap().0, Key::of(&deliver(true)).unwrap().0);
}
