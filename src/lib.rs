//! Yizhan 驿站: one box with a SIM card serves a town's companies as web, WAP and SMS sites.
//!
//! # The waist
//! Every visitor asks `sites::visit` or `sites::answer` and gets one `page::Page`; renderers turn it into octets or a text.
//!
//! # The rooms, lowest first; arrows point down (`tests/tidy.rs` reads the real ones)
//! - `words` every sentence in Chinese and English · `number` phone numbers · `clock` time, injected, and how far to trust
//!   it · `error` the outcomes · `stop` the signal that ends tasks · `troubles` the newest warnings · `config` the file, checked whole ·
//!   `message` a request and its response, which channels hand each other
//! - `store` the only room that names sled: `journal` is the truth, `view` is sled, `tx` one closure on the one
//!   writer, `snapshot` what both are made anew from (damage, compaction, backup, restore), `media` pictures
//! - `retention` what leaves the tables: the sweep in chunks, the `archive` as files; what bounds what stands at its head
//! - `page` what is shown, pure: `html` `xhtml` `wml` `text` render, `fit` cuts, `form` asks, `links` addresses, `rich` owners' text
//! - `sections` what a site can hold: one folder a kind, listed in `ALL`; `context` is all a kind may touch
//! - `sites` whose it is and the question: `enterprise` `front` `portal` `search` `files` (import, export) `pictures`
//! - `sms` texts: `inbox` → `talk` (with `asking`, `optout`) → `outbox` (the rows) → `pool` (which is next, by which SIM) → `hand`;
//!   `report` what became of it, `queue` the operator's verbs; `push` `card` `events`; `bearer` is all it knows of modems; `pdu` `gsm7` `parts` are pure
//! - `wap` decks and pushes as octets: `wbxml` by `tokens`, from XML `compile`, back `decompile`, `push`; the `gateway` for phones
//!   over UDP: `wtp` transactions, `wsp` sessions · `hooks` HTTP out: other programs are told what happened, each in its own lane
//! - `web` HTTP in: `public` is one function, `serve` the sockets, `api` and `sendsms` for programs, `console` for the operator,
//!   `phone` what a phone takes
//! - `modem` a bearer: `port` → `chat` → `driver`, with `profiles` and `errors` as tables
//! - `sim` the world outside: a simulated `modem`, the handset page's `phone`s
//! - `app` joins it all in one function, `watchdog` tells systemd how it is · `demo` with sample companies · `command` the command line's
//!   commands · `doctor` looks at the machine and the running box from outside
//!
//! # Where do I look?
//! - An inbound text becomes a reply: `modem/driver/storage.rs` → `sms/inbox.rs` `accept` → `sms/talk.rs` `reply` → `page/text.rs`; shown by `tests/data/talks`
//! - A page is served: `web/public.rs` → `sites/mod.rs` `visit` → a renderer of `page`
//! - A phone asks over UDP: `wap/gateway/sockets.rs` → `wap/gateway/stack.rs` → `wap/gateway/fetch.rs` → `app/gateway.rs`
//! - A new kind of section: the head of `sections/mod.rs`; a new key of the config: `config/keys.rs`
//!
//! # Invariants
//! 1. Commit, then acknowledge: a text is durable before the modem is told to delete it.
//! 2. One write path: a `store::Tx`; what it appends to the journal is the change log.
//! 3. One screen per text, in the transaction that closes its inbox row; the same text twice is answered once.
//! 4. `submitting` is durable before Ctrl-Z; what was in doubt is `unknown`, and only a reply or a code goes out again.
//! 5. Everything is bounded: queues, sessions, pages, uploads, caches.
//! 6. Opt-out outranks sessions and is checked when a message is handed to the modem; a person's own text is answered.
//! 7. Codecs and protocol steps are pure; a channel never names a kind, a kind never names a channel.
//! 8. The time may be wrong, and is set while the box runs: who needs it right asks `Trust`, who reads a stored one `Reading`.
//! 9. A panic in one visit, one text or one modem stays there. Nobody is trusted by sender number alone.

pub mod app;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod hooks;
pub mod message;
pub mod modem;
pub mod number;
pub mod page;
pub mod retention;
pub mod sections;
pub mod sim;
pub mod sites;
pub mod sms;
pub mod stop;
pub mod store;
pub mod troubles;
pub mod wap;
pub mod web;
pub mod words;
