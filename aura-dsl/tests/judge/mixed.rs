//! Troupes of two versions: some roles play the old machines, the others the new ones.
//!
//! In: two versions of a protocol, sizes by name, and who plays which version. Out: one troupe. What
//! holds: actors are the same if their names are, frames if their labels and the shapes of their
//! payloads are; nothing is known here of how `diff` compares machines. Left out on purpose: what
//! rides in a frame beside label and payload, and the handshake.

use std::collections::BTreeMap;

use aura_dsl::ast::{Type, TypeKind};
use aura_dsl::global::{Payload, TypeDecl, TypeDeclKind};

use super::cast::{Actor, Cast, Sizes, Unfit, Wire};
use super::troupe::{Act, Channel, State, Timer, Troupe, assemble};
use super::verdict::Case;

/// Names of declared types are followed so far; what goes deeper is told by its name.
const DEPTH: usize = 8;

/// The troupe in which `is_new` decides who plays the new version, by role and member.
pub fn mix(
    [old, new]: [&Case; 2],
    sizes: &BTreeMap<String, u64>,
    is_new: impl Fn(&str, u64) -> bool,
) -> Result<Troupe, Unfit> {
    let mut mixture = Mixture::default();
    for (case, version) in [(old, false), (new, true)] {
        let values = case.protocol.sizes.iter();
        let values = values.map(|symbol| sizes.get(&symbol.name).copied());
        let values: Option<Vec<u64>> = values.collect();
        let values = values.ok_or(Unfit::Unknown("a size that only one version has"))?;
        let locals = case.locals.as_ref().ok_or(Unfit::Unknown("no machines"))?;
        let mut cast = Cast::new(&case.protocol, Sizes(values));
        let troupe = assemble(&mut cast, locals)?;
        for (at, states) in troupe.machines.iter().enumerate() {
            let actor = Actor::try_from(at).map_err(|_| Unfit::TooLarge)?;
            let player = &cast.players[at];
            let role = &cast.protocol.roles[player.role.index()].name;
            let role = role.split('[').next().unwrap_or(role);
            if is_new(role, player.index) != version {
                continue;
            }
            let mut reader = Reader {
                mixture: &mut mixture,
                case,
                cast: &cast,
                troupe: &troupe,
            };
            let states = states.iter().map(|state| reader.state(state)).collect();
            let starts = troupe.starts[at];
            let actor = reader.actor(actor);
            let made = &mut mixture.troupe;
            made.machines[usize::from(actor)] = states;
            made.starts[usize::from(actor)] = starts;
        }
        if cast.is_too_large() || mixture.actors.len() > super::cast::MOST_ACTORS {
            return Err(Unfit::TooLarge);
        }
    }
    Ok(mixture.troupe)
}

/// What both versions share: names, and the numbers that stand for them.
#[derive(Default)]
struct Mixture {
    troupe: Troupe,
    actors: BTreeMap<String, Actor>,
    wires: BTreeMap<String, Wire>,
}

/// Reads one version's machines into a mixture.
struct Reader<'a, 'p> {
    mixture: &'a mut Mixture,
    case: &'a Case,
    cast: &'a Cast<'p>,
    troupe: &'a Troupe,
}

impl Reader<'_, '_> {
    fn actor(&mut self, actor: Actor) -> Actor {
        let name = self.cast.name(actor);
        let Mixture { troupe, actors, .. } = &mut *self.mixture;
        let next = Actor::try_from(actors.len()).unwrap_or(Actor::MAX);
        *actors.entry(name).or_insert_with(|| {
            troupe.machines.push(Vec::new());
            troupe.starts.push(false);
            next
        })
    }

    fn wire(&mut self, wire: Wire) -> Wire {
        let spelled = self.cast.spell(wire);
        let label = spelled.rsplit('.').next().unwrap_or(&spelled);
        let mut labels = self.case.protocol.labels.iter();
        let payload = labels
            .find(|known| known.name == label)
            .map(|known| shape(&known.payload, &self.case.types));
        let key = format!("{spelled} {payload:?}");
        let next = Wire::try_from(self.mixture.wires.len()).unwrap_or(Wire::MAX);
        *self.mixture.wires.entry(key).or_insert(next)
    }

    fn channel(&mut self, channel: Channel) -> Channel {
        let (from, to) = self.troupe.channels[channel];
        let ends = (self.actor(from), self.actor(to));
        let channels = &mut self.mixture.troupe.channels;
        channels
            .iter()
            .position(|other| *other == ends)
            .unwrap_or_else(|| {
                channels.push(ends);
                channels.len() - 1
            })
    }

    fn channels(&mut self, channels: &[Channel]) -> Vec<Channel> {
        channels.iter().map(|one| self.channel(*one)).collect()
    }

    fn state(&mut self, state: &State) -> State {
        let acts = state.acts.iter();
        let timer = state.timer.as_ref().map(|timer| Timer {
            owed: timer
                .owed
                .iter()
                .map(|(channel, count, gather)| (self.channel(*channel), *count, *gather))
                .collect(),
            ..timer.clone()
        });
        State {
            acts: acts.map(|(act, to)| (self.act(act), *to)).collect(),
            accepting: state.accepting,
            timer,
        }
    }

    fn act(&mut self, act: &Act) -> Act {
        match act {
            Act::Send(channels, wire) => Act::Send(self.channels(channels), self.wire(*wire)),
            Act::Receive(channel, wire) => Act::Receive(self.channel(*channel), self.wire(*wire)),
            Act::Gather(channels, need, wires) => Act::Gather(
                self.channels(channels),
                *need,
                wires.iter().map(|wire| self.wire(*wire)).collect(),
            ),
            Act::Exchange(out, back, wire) => {
                Act::Exchange(self.channels(out), self.channels(back), self.wire(*wire))
            }
            Act::Alone(event) => Act::Alone(*event),
            Act::Fork(event, threads) => {
                let threads = threads.iter();
                let threads = threads.map(|(thread, entry)| (self.actor(*thread), *entry));
                Act::Fork(*event, threads.collect())
            }
        }
    }
}

/// A payload as bytes see it: the names of fields and of declared types do not travel.
fn shape(payload: &Payload, types: &[TypeDecl]) -> String {
    match payload {
        Payload::Unit => String::new(),
        Payload::Types(all) => all.iter().map(|ty| of_type(ty, types, 0)).collect(),
        Payload::Fields(fields) => {
            let all = fields.iter();
            all.map(|field| of_type(&field.ty, types, 0)).collect()
        }
    }
}

fn of_type(ty: &Type, types: &[TypeDecl], depth: usize) -> String {
    match &ty.kind {
        TypeKind::Array(of, count) => format!("[{};{count}]", of_type(of, types, depth)),
        TypeKind::Tuple(parts) => {
            let parts = parts.iter().map(|part| of_type(part, types, depth));
            format!("({})", parts.collect::<String>())
        }
        TypeKind::Path { segments, args } => {
            let name = segments.last().map_or("", |segment| segment.text.as_str());
            let known = types.iter().find(|decl| decl.name == name);
            match known.map(|decl| &decl.kind) {
                Some(TypeDeclKind::Alias(of)) if depth < DEPTH => of_type(of, types, depth + 1),
                Some(TypeDeclKind::Message(fields)) if depth < DEPTH => {
                    let parts = fields.iter();
                    let parts = parts.map(|field| of_type(&field.ty, types, depth + 1));
                    format!("({})", parts.collect::<String>())
                }
                _ => {
                    let args = args.iter().map(|arg| of_type(arg, types, depth));
                    format!("{name}<{}>", args.collect::<String>())
                }
            }
        }
    }
}
