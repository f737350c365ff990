//! The store's tables: a closed list, because a table's number stands in every journal frame and its name in the view.
//!
//! Not here: what a record looks like (its owner's `Record`) and how its keys are made. Few tables with key prefixes,
//! never one per enterprise: each tree costs the view a file segment and memory, and dropping one gives nothing back.

/// A table. **Numbers and names never change and are never used again**: journals and the hub's log hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// The box's own small things: counters, cursors, settings.
    Meta = 1,
    /// Who has a site here.
    Enterprise = 2,
    /// What a text may begin with, and whose it is.
    Code = 3,
    /// A site's columns.
    Section = 4,
    /// What a column holds: goods, news, pictures.
    Item = 5,
    /// What visitors left: posts, orders, votes.
    Row = 6,
    /// Where a phone stands in a conversation.
    Session = 7,
    /// Texts that came in.
    Inbox = 8,
    /// Parts of long texts that wait for the others.
    Part = 9,
    /// Texts that go out.
    Outbox = 10,
    /// Who must not be pushed to.
    OptOut = 11,
    /// Marks of what may happen once.
    Once = 12,
    /// WAP pushes made.
    Push = 13,
    /// Plans, quotas, bills.
    Account = 14,
}

impl Table {
    pub const ALL: [Table; 14] = [
        Table::Meta,
        Table::Enterprise,
        Table::Code,
        Table::Section,
        Table::Item,
        Table::Row,
        Table::Session,
        Table::Inbox,
        Table::Part,
        Table::Outbox,
        Table::OptOut,
        Table::Once,
        Table::Push,
        Table::Account,
    ];

    /// The number that stands in the journal.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// `None` for a number that only a newer version knows.
    pub fn of_number(number: u8) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.number() == number)
    }

    /// The name of the view's tree, and the one in subjects and messages for the operator.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Meta => "meta",
            Table::Enterprise => "enterprise",
            Table::Code => "code",
            Table::Section => "section",
            Table::Item => "item",
            Table::Row => "row",
            Table::Session => "session",
            Table::Inbox => "inbox",
            Table::Part => "part",
            Table::Outbox => "outbox",
            Table::OptOut => "optout",
            Table::Once => "once",
            Table::Push => "push",
            Table::Account => "account",
        }
    }

    /// Whether pages show what it holds: a commit that changes it raises `Store::revision`.
    pub const fn shown(self) -> bool {
        matches!(self, Table::Enterprise | Table::Code | Table::Section | Table::Item | Table::Row)
    }

    /// Its place in `ALL`.
    pub(super) const fn index(self) -> usize {
        self as usize - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_places_agree() {
        for (place, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table.index(), place);
            assert_eq!(Table::of_number(table.number()), Some(table));
            assert_eq!(Table::ALL.iter().filter(|other| other.name() == table.name()).count(), 1);
        }
        assert_eq!(Table::of_number(0), None);
        assert_eq!(Table::of_number(255), None);
    }
}
