//! Facts as ledgers and journals hold them: a share of what many have in common, and what is their own.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use smallvec::SmallVec;

use super::{Fact, FactId, Fields, WrittenFact, id, spelled, written::fields};

/// What the facts have in common that one message leaves, towards one peer, in one session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// A fact of step 0 without fields.
    common: Fact,
    digest: [u8; 32],
}

impl Origin {
    /// The hash of what the facts have in common.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// What the facts have in common, as a fact of step 0 without fields.
    pub(crate) fn common(&self) -> &Fact {
        &self.common
    }

    /// The origin of a fact; its step and its fields do not matter.
    pub(crate) fn of(mut fact: Fact) -> (Arc<Self>, u64, Fields) {
        let (step, fields) = (fact.step, std::mem::take(&mut fact.fields));
        fact.step = 0;
        let digest = fact.origin();
        let origin = Self {
            common: fact,
            digest,
        };
        (Arc::new(origin), step, fields)
    }
}

/// Origins of facts that are read one after the other: what many have in common is hashed once.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// By the bytes of all but the step and the fields.
    known: HashMap<Box<[u8]>, Arc<Origin>>,
    room: Vec<u8>,
}

impl Origins {
    /// The most that are kept; nobody decides how many a reader meets.
    const MOST: usize = 1 << 16;

    /// See [`Origin::of`].
    fn of(&mut self, written: &WrittenFact<'_>) -> Arc<Origin> {
        written.common(&mut self.room);
        if let Some(origin) = self.known.get(self.room.as_slice()) {
            return Arc::clone(origin);
        }
        if self.known.len() >= Self::MOST {
            self.known.clear();
        }
        let (origin, ..) = Origin::of(written.fact());
        self.known
            .insert(Box::from(self.room.as_slice()), Arc::clone(&origin));
        origin
    }

    /// The id of a fact.
    pub(crate) fn id(&mut self, written: &WrittenFact<'_>) -> FactId {
        id(&self.of(written).digest, written.step(), written.fields())
    }
}

/// A fact as the ledger holds it: a share of its origin, and what is its own. There are many of them,
/// so the fields are kept as bytes, and copies share those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    origin: Arc<Origin>,
    step: u64,
    fields: Option<Arc<[u8]>>,
    pub(crate) id: FactId,
}

/// The facts of one message: nearly always one or none, which needs no memory of its own.
pub(crate) type Leaves = SmallVec<[Leaf; 1]>;

impl Leaf {
    /// The fact of this origin at a step, with its fields.
    pub(crate) fn new(origin: &Arc<Origin>, step: u64, fields: &Fields) -> Self {
        let fields = spelled(fields);
        Self {
            id: id(&origin.digest, step, fields.as_deref()),
            origin: Arc::clone(origin),
            step,
            fields: fields.map(Arc::from),
        }
    }

    /// The leaf of a stored fact whose id is known, with the origin that others of its message have.
    pub(crate) fn known(id: FactId, written: &WrittenFact<'_>, origins: &mut Origins) -> Self {
        Self {
            origin: origins.of(written),
            step: written.step(),
            fields: written.fields().map(Arc::from),
            id,
        }
    }

    /// The same fact, as one of several with an equal origin.
    pub(crate) fn with_origin(&self, origin: &Arc<Origin>) -> Self {
        Self {
            origin: Arc::clone(origin),
            ..self.clone()
        }
    }

    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    pub(crate) fn step(&self) -> u64 {
        self.step
    }

    /// The fact whole.
    pub(crate) fn fact(&self) -> Fact {
        let mut fact = self.origin.common.clone();
        self.fill(&mut fact);
        fact
    }

    /// Puts the fact in place of another one, in the memory that it has.
    pub(crate) fn put(&self, fact: &mut Fact) {
        let common = &self.origin.common;
        fact.namespace.clone_from(&common.namespace);
        fact.name.clone_from(&common.name);
        fact.protocol = common.protocol;
        fact.context = common.context;
        fact.session = common.session;
        fact.role = common.role;
        fact.author = common.author;
        fact.peer = common.peer;
        self.fill(fact);
    }

    /// The leaf's own part of a fact.
    fn fill(&self, fact: &mut Fact) {
        fact.step = self.step;
        let mut count = 0;
        for (name, value) in self.fields.iter().flat_map(|bytes| fields(bytes)) {
            match fact.fields.get_mut(count) {
                Some((old_name, old_value)) => {
                    match old_name {
                        Cow::Owned(text) => name.clone_into(text),
                        Cow::Borrowed(_) => *old_name = Cow::Owned(name.to_owned()),
                    }
                    value.clone_into(old_value);
                }
                None => fact
                    .fields
                    .push((Cow::Owned(name.to_owned()), value.to_vec())),
            }
            count += 1;
        }
        fact.fields.truncate(count);
    }
}

impl From<Fact> for Leaf {
    fn from(fact: Fact) -> Self {
        let (origin, step, fields) = Origin::of(fact);
        Self::new(&origin, step, &fields)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::fact, *};

    #[test]
    fn a_leaf_is_its_fact_and_has_its_id() {
        let first = fact(vec![("x".into(), vec![1])]);
        let (origin, ..) = Origin::of(first.clone());
        let second = Fact {
            step: 9,
            fields: vec![],
            ..first.clone()
        };
        for whole in [first, second] {
            let leaf = Leaf::new(&origin, whole.step, &whole.fields);
            assert_eq!((leaf.fact(), leaf.id), (whole.clone(), whole.id()));
            assert_eq!(Leaf::from(whole), leaf);
        }
    }
    /// In the memory of any other fact, a fact is what it is.
    #[test]
    fn a_fact_in_place_of_another_is_itself() {
        let long = vec![
            ("x".into(), vec![1, 2]),
            ("yy".into(), vec![]),
            ("z".into(), vec![3]),
        ];
        let other = Fact {
            namespace: "m".into(),
            name: "done".into(),
            step: 9,
            role: 3,
            ..fact(long)
        };
        let all = [fact(vec![]), other, fact(vec![("q".into(), vec![7; 40])])];
        for (before, whole) in all
            .iter()
            .flat_map(|one| all.iter().map(move |two| (one, two)))
        {
            let mut room = before.clone();
            Leaf::from(whole.clone()).put(&mut room);
            assert_eq!(room, *whole);
            let written = WrittenFact::of(whole);
            let known = Leaf::known(whole.id(), &written, &mut Origins::default());
            assert_eq!(known, Leaf::from(whole.clone()));
        }
    }
}
