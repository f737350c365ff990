//! Rows as the box keeps them: even numbers are texts that came in, odd ones texts that go out, some 300 octets each.
//!
//! Not here: who writes them where.

use yizhan::clock::Time;
use yizhan::number::Number;
use yizhan::sms::inbox::Inbound;
use yizhan::sms::outbox::{self, Class, Message, Part, State};

#[derive(Clone)]
pub enum Row {
    In(Inbound),
    Out(Message),
}

/// A working day in 2026: times are stored as numbers, and a small one would be shorter.
const MORNING: Time = Time(1_790_000_000_000);

/// Row `n` as it is after so many changes: other octets, no more of them.
pub fn row(n: u64, changes: u64) -> Row {
    let phone = Number::parse(&format!("+86139{n:08}")).expect("13 digits are a number");
    let ours = Number::parse("+8613800000000");
    let at = Time(MORNING.0 + n as i64 + changes as i64);
    if n.is_multiple_of(2) {
        return Row::In(Inbound {
            from: phone.to_string(),
            to: ours,
            text: "您好,请问明天中午十二点还有靠窗的八人包间吗?我们一共七个大人和一个孩子,另外想先订一条糖醋鲤鱼和两只烤鸭,多谢".to_owned(),
            received: at,
            stamped: Some(at),
            bearer: "sim1".to_owned(),
            site: Some("juhelou".to_owned()),
            partial: false,
            raw: Vec::new(),
            panics: 0,
        });
    }
    Row::Out(Message {
        to: phone,
        from: ours,
        class: Class::Reply,
        site: Some("juhelou".to_owned()),
        text: "聚和楼饭庄\n1企业介绍\n2新闻公告\n3产品管理\n4联系我们\n5留言板\n回数字选择,0返回".to_owned(),
        reference: (n & 0xff) as u8,
        parts: vec![Part {
            state: State::Submitted,
            reference: Some(7),
            error: None,
            by: Some("sim1".to_owned()),
            sent: Some(at),
        }],
        made: at,
        expires: at.plus(outbox::REPLY_VALIDITY),
        not_before: at,
        tries: 0,
        again: false,
        hint: String::new(),
        kind: Default::default(),
    })
}

pub fn key(n: u64) -> Vec<u8> {
    outbox::key(n)
}

/// The octets that the store keeps: its version octet, then named MessagePack.
pub fn octets(row: &Row) -> Vec<u8> {
    let (version, encoded) = match row {
        Row::In(inbound) => (1, rmp_serde::to_vec_named(inbound)),
        Row::Out(message) => (2, rmp_serde::to_vec_named(message)),
    };
    [vec![version], encoded.expect("a row is plain data")].concat()
}

/// What one commit of one row is in the journal: 39 octets of frame, commit and change (head of `src/store/frame.rs`),
/// key and value. The floor appends as many.
pub fn commit_octets() -> usize {
    8 + 19 + 4 + 8 + key(1).len() + octets(&row(1, 0)).len()
}
