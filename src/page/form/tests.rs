//! Every question with good and bad answers, the order of questions, and answers of no sense.

use super::*;
use crate::page::Path;

/// xorshift64*: the same every time.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % bound
    }

    /// Up to `max` characters that people, programs and attackers send.
    pub fn text(&mut self, max: u64) -> String {
        const PIECES: &[&str] = &[
            "0",
            "1",
            "9",
            "-",
            ".",
            ",",
            ";",
            "、",
            "和",
            " ",
            "\n",
            "\r",
            "\t",
            "\u{0}",
            "#",
            "?",
            "$",
            "$(x)",
            "<",
            ">",
            "&",
            "\"",
            "'",
            "]]>",
            "元",
            "¥",
            "+86",
            "１",
            "，",
            "茶",
            "😀",
            "e\u{301}",
            "\u{202e}",
            "\u{fffe}",
            "é",
            "ß",
            "İ",
            "a",
            "Z",
            "2026",
            "-12-31",
            "跳过",
            "999999999999999999999",
        ];
        (0..self.below(max)).map(|_| PIECES[self.below(PIECES.len() as u64) as usize]).collect()
    }
}

fn options(count: usize) -> Vec<(String, String)> {
    (1..=count).map(|n| (format!("v{n}"), format!("选项{n}"))).collect()
}

pub fn every_ask() -> Vec<Ask> {
    vec![
        Ask::Line { max: 5 },
        Ask::Lines { max: 8 },
        Ask::Number { min: -3, max: 40 },
        Ask::Money,
        Ask::Phone,
        Ask::Date,
        Ask::Secret,
        Ask::One(options(12)),
        Ask::Many(options(5)),
        Ask::Many(options(12)),
        Ask::File { max_kib: 10 },
        Ask::Fixed("88元".to_owned()),
    ]
}

pub fn field(name: &str, ask: Ask, need: Need) -> Field {
    let (name, label, hint) = (name.to_owned(), format!("问{name}"), String::new());
    Field { name, label, hint, ask, need, was: None, wrong: None }
}

fn form(fields: Vec<Field>) -> Form {
    let (id, title) = ("order".to_owned(), "预订".to_owned());
    Form { id, title, to: Path::site("tea", "order"), fields, method: Method::Post, confirm: true }
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn every_ask_knows_good_from_bad() {
    type Case<'a> = (Ask, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: &[Case] = &[
        (
            Ask::Line { max: 5 },
            &[("茶", "茶"), (" a \n b ", "a b"), ("12345", "12345"), ("a\u{7}b", "a b")],
            &["123456"],
        ),
        (Ask::Lines { max: 8 }, &[("a\r\nb\rc", "a\nb\nc"), (" x \n", "x"), ("a\u{0}b", "ab")], &["123456789"]),
        (
            Ask::Number { min: -3, max: 4000 },
            &[("7", "7"), ("-3", "-3"), ("１，０００", "1000"), ("007", "7"), (" 4 ", "4")],
            &["-4", "4001", "1.5", "x", "", "1e3", "99999999999999999999"],
        ),
        (
            Ask::Money,
            &[
                ("12.5", "1250"),
                ("¥12.50元", "1250"),
                ("0", "0"),
                ("８８", "8800"),
                ("88.", "8800"),
                ("999999999", "99999999900"),
            ],
            &["-1", "1.234", "12,5", ".5", "1000000000", "a", "1e5", "", "+5"],
        ),
        (
            Ask::Phone,
            &[
                ("139 1234-5678", "+8613912345678"),
                ("0531-86001234", "053186001234"),
                ("+44 20 7183 8750", "+442071838750"),
            ],
            &["110", "abc", "", "139123456789012345678"],
        ),
        (
            Ask::Date,
            &[
                ("2026-12-31", "2026-12-31"),
                ("2026年2月3日", "2026-02-03"),
                ("20261231", "2026-12-31"),
                ("2028/2/29", "2028-02-29"),
            ],
            &["2026-02-29", "2026-13-01", "tomorrow", "", "12-31", "26-12-31"],
        ),
        (Ask::Secret, &[("hunter 2", "hunter 2")], &[]),
        (Ask::One(options(12)), &[("v12", "v12"), (" v1 ", "v1")], &["1", "选项1", "v13", "V1"]),
        (Ask::Many(options(12)), &[("v2,v1", "v1,v2"), ("v3;v3; v1", "v1,v3"), (",", "")], &["v1,x", "1"]),
        (Ask::File { max_kib: 1 }, &[("a.png", "a.png")], &[]),
        (Ask::Fixed("88元".into()), &[("88元", "88元")], &["88", "", "88元 "]),
    ];
    for (ask, good, bad) in cases {
        for (raw, normal) in *good {
            assert_eq!(ask.check(raw, Lang::Zh).as_deref(), Ok(*normal), "{ask:?} {raw:?}");
        }
        for raw in *bad {
            assert!(ask.check(raw, Lang::Zh).is_err_and(|why| !why.is_empty()), "{ask:?} {raw:?}");
        }
    }
    let long = "x".repeat(usize::from(SECRET_MAX) + 1);
    assert!(Ask::Secret.check(&long, Lang::En).is_err());
}

#[test]
fn empty_answers_are_taken_where_they_may_be() {
    for ask in every_ask().into_iter().filter(|ask| !matches!(ask, Ask::Fixed(_))) {
        let must = field("x", ask.clone(), Need::Must).check("  ", Lang::Zh);
        assert_eq!(must, Err("请填写问x".to_owned()));
        for need in [Need::May, Need::Known(Known::Name), Need::Known(Known::Phone)] {
            assert_eq!(field("x", ask.clone(), need).check(" ", Lang::Zh), Ok(String::new()));
        }
    }
}

#[test]
fn texted_answers_name_options_by_number_and_name() {
    let one = field("x", Ask::One(options(12)), Need::Must);
    for (said, value) in [("12", "v12"), ("１", "v1"), ("选项3", "v3"), ("V4", "v4"), (" 5 ", "v5")] {
        assert_eq!(one.heard(said, Lang::Zh).as_deref(), Ok(value), "{said}");
    }
    for said in ["0", "13", "-", "", "选项", "99999999999999999999"] {
        assert!(one.heard(said, Lang::Zh).is_err(), "{said}");
    }
    let few = field("x", Ask::Many(options(5)), Need::May);
    for (said, value) in
        [("135", "v1,v3,v5"), ("3、1", "v1,v3"), ("1和2", "v1,v2"), ("2 2", "v2"), ("-", ""), ("不填", "")]
    {
        assert_eq!(few.heard(said, Lang::Zh).as_deref(), Ok(value), "{said}");
    }
    assert!(few.heard("16", Lang::Zh).is_err() && few.heard("、", Lang::Zh).is_err());
    let many = field("x", Ask::Many(options(12)), Need::Must);
    assert_eq!(many.heard("12", Lang::Zh).as_deref(), Ok("v12"), "two digits are one number where there are so many");
    // What is kept is what may be written: it is checked again when it is sent.
    let money = field("x", Ask::Money, Need::Must);
    let kept = money.heard("１２.５元", Lang::Zh).unwrap();
    assert_eq!((kept.as_str(), money.check(&kept, Lang::Zh).as_deref()), ("12.50", Ok("1250")));
}

#[test]
fn questions_come_one_by_one() {
    let mut form = form(vec![
        field("price", Ask::Fixed("88元".into()), Need::Must),
        field("a", Ask::Line { max: 9 }, Need::Must),
        field("b", Ask::File { max_kib: 1 }, Need::May),
    ]);
    let asks = |form: &Form, got: &[(String, String)]| match form.next(got) {
        Step::Ask(field) => field.name.clone(),
        Step::Confirm => "confirm".to_owned(),
        Step::Send => "send".to_owned(),
    };
    assert_eq!(asks(&form, &[]), "a");
    assert_eq!(asks(&form, &pairs(&[("b", "")])), "a");
    let mut got = pairs(&[("a", "x")]);
    assert_eq!(asks(&form, &got), "b");
    got.extend(form.left_out(|ask| matches!(ask, Ask::File { .. })));
    assert_eq!(asks(&form, &got), "confirm");
    form.confirm = false;
    assert_eq!(asks(&form, &got), "send");
    assert!(!form.needs(|ask| matches!(ask, Ask::File { .. })) && form.needs(|ask| matches!(ask, Ask::Line { .. })));
}

#[test]
fn all_faults_are_found_at_once() {
    let fields = vec![
        field("a", Ask::Line { max: 3 }, Need::Must),
        field("n", Ask::Number { min: 1, max: 9 }, Need::Must),
        field("m", Ask::Many(options(3)), Need::May),
        field("s", Ask::Secret, Need::May),
    ];
    let form = form(fields);
    let given = pairs(&[("n", "10"), ("m", "v3"), ("m", "v1"), ("s", "hunter2"), ("other", "x")]);
    let again = form.fill(&given, Lang::Zh).unwrap_err();
    let wrong: Vec<&str> = again.fields.iter().filter(|f| f.wrong.is_some()).map(|f| f.name.as_str()).collect();
    assert_eq!(wrong, ["a", "n"]);
    assert_eq!(again.field("n").unwrap().was.as_deref(), Some("10"));
    assert_eq!(again.field("s").unwrap().was, None, "a secret is not shown again");
    assert_eq!(again.good(&given, Lang::Zh), pairs(&[("m", "v1,v3"), ("s", "hunter2")]));
    let given = pairs(&[("s", ""), ("n", "９"), ("a", "茶"), ("m", "v3"), ("m", "v1")]);
    assert_eq!(form.fill(&given, Lang::Zh).unwrap(), pairs(&[("a", "茶"), ("n", "9"), ("m", "v1,v3"), ("s", "")]));
}

#[test]
fn a_version_tells_other_questions_from_other_words() {
    let first =
        form(vec![field("a", Ask::Line { max: 9 }, Need::Must), field("p", Ask::Fixed("1".into()), Need::Must)]);
    let mut same = first.clone();
    same.fields[0].was = Some("x".into());
    same.fields[0].wrong = Some("y".into());
    same.title = "别的".into();
    assert_eq!(first.version(), same.version());
    let mut price = first.clone();
    price.fields[1].ask = Ask::Fixed("2".into());
    let mut shorter = first.clone();
    shorter.fields.pop();
    let mut renamed = first.clone();
    renamed.fields[0].name = "b".into();
    for other in [price, shorter, renamed] {
        assert_ne!(first.version(), other.version());
    }
}

#[test]
fn one_step_carries_what_was_answered() {
    let form = form(vec![
        field("price", Ask::Fixed("88元".into()), Need::Must),
        field("a", Ask::Money, Need::Must),
        field("b", Ask::Line { max: 9 }, Need::Must),
        field("c", Ask::Line { max: 9 }, Need::Must),
    ]);
    let got = pairs(&[("a", "12.50")]);
    let step = form.one_step(&got, form.field("b"));
    let shown: Vec<(&str, &Ask)> = step.fields.iter().map(|f| (f.name.as_str(), &f.ask)).collect();
    let (price, a) = (Ask::Fixed("88元".into()), Ask::Fixed("12.50".into()));
    assert_eq!(shown, [("price", &price), ("a", &a), ("b", &Ask::Line { max: 9 })]);
    // Only what was typed may be left to the phone's variable.
    assert_eq!(step.fields.iter().map(|f| f.was.is_some()).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(form.summary(&got), pairs(&[("问price", "88元"), ("问a", "12.50")]));
}

#[test]
fn no_text_makes_a_panic_and_answers_stay_what_they_are() {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3000 {
        let text = chance.text(12);
        for ask in every_ask() {
            for need in [Need::Must, Need::May] {
                let field = field("x", ask.clone(), need);
                field.shown(&text);
                if let Ok(kept) = field.heard(&text, Lang::En)
                    && !matches!(ask, Ask::Fixed(_))
                {
                    let normal = field.check(&kept, Lang::Zh);
                    assert!(normal.is_ok(), "{ask:?}: {text:?} was heard as {kept:?}, which is refused: {normal:?}");
                }
                if let Ok(normal) = field.check(&text, Lang::Zh) {
                    let again = field.check(&ask.written(normal.clone()), Lang::Zh);
                    assert_eq!(again.as_ref(), Ok(&normal), "{ask:?}: {text:?}");
                }
            }
        }
    }
}
