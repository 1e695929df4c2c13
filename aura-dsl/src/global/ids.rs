//! Ids: positions in the tables of a protocol.
//!
//! In: nothing. Out: one newtype for each table, so that no position is taken for another's.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub u32);

            impl $name {
                /// The position in its table.
                pub fn index(self) -> usize {
                    self.0 as usize
                }

                /// The id of a position in its table.
                pub fn of(index: usize) -> Self {
                    Self(u32::try_from(index).unwrap_or(u32::MAX))
                }
            }
        )*
    };
}

ids! {
    /// A role, a family, or a part of a split family: [`Protocol::roles`](super::Protocol::roles).
    RoleId
    /// A size symbol: [`Protocol::sizes`](super::Protocol::sizes).
    SizeId
    /// A message label: [`Protocol::labels`](super::Protocol::labels).
    LabelId
    /// A send as it stands in the text: [`Protocol::sends`](super::Protocol::sends).
    SendId
    /// A context: [`Protocol::contexts`](super::Protocol::contexts).
    ContextId
    /// A declared or implicit capability: [`Protocol::capabilities`](super::Protocol::capabilities).
    CapabilityId
    /// A local step: [`Protocol::locals`](super::Protocol::locals).
    LocalId
    /// A counted loop, a `for` or a decided loop, numbered in the order of the text.
    LoopId
    /// A `rec`, numbered in the order of the text.
    RecId
    /// A `par`, numbered in the order of the text.
    ParId
    /// A `timeout`, numbered in the order of the text.
    TimerId
}
