//! What can happen in a configuration, and what it leads to.
//!
//! In: a configuration and an actor. Out: the actor's steps, what stands in their way, and the
//! configuration behind each. The rules are those that `local` gives for endpoints: gathers in any
//! order, timers at any time, decisions freely.

use super::cast::{Actor, Event, Wire};
use super::config::{At, Config, HEARING, Stage};
use super::troupe::{Act, Channel};

/// A step of one actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The next copy of a send.
    Send(usize),
    /// A frame from a channel.
    Take(usize, Channel),
    /// Something alone.
    Alone(usize),
    /// A send or gather of nothing.
    Skip(usize),
    /// The timer fires.
    Fire,
}

/// What an actor can do in a configuration.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four answers that do not depend on each other"
)]
pub struct Choices {
    /// The steps that are possible.
    pub moves: Vec<Move>,
    /// Whether a full channel is in the way of a step.
    pub full: bool,
    /// Whether a frame that is not there yet would bring a further step.
    pub awaits: bool,
    /// Whether every channel that is waited for holds a frame that nobody expects.
    pub unexpected: bool,
    /// Whether the actor awaits frames here.
    pub receives: bool,
}

impl Stage<'_> {
    /// What an actor can do.
    pub fn choices(&self, config: &Config, actor: Actor) -> Choices {
        let mut choices = Choices::default();
        let at = Self::at(config, actor);
        if !at.runs() {
            return choices;
        }
        let state = &self.troupe.machines[usize::from(actor)][usize::from(at.state)];
        let mut heard = Vec::new();
        if at.under_way == 0 {
            for (index, (act, _)) in state.acts.iter().enumerate() {
                self.open(config, index, act, &mut choices, &mut heard);
            }
        } else {
            let index = usize::from(at.under_way) - 1;
            self.carry_on(
                config,
                index,
                &state.acts[index].0,
                at.bits,
                &mut choices,
                &mut heard,
            );
        }
        choices.receives = !heard.is_empty();
        if state.timer.is_some() {
            choices.moves.push(Move::Fire);
        }
        let wrong =
            |(channel, fits): &(Channel, bool)| !fits && !self.frames(config, *channel).is_empty();
        choices.awaits = heard
            .iter()
            .any(|(channel, _)| self.frames(config, *channel).is_empty());
        // Two transitions may await one channel: it is wrong only if neither takes its frame.
        let fits = |channel: Channel| heard.iter().any(|(other, fits)| *other == channel && *fits);
        choices.unexpected = !heard.is_empty()
            && choices.moves.is_empty()
            && !choices.full
            && heard.iter().all(|wait| wrong(wait) && !fits(wait.0));
        choices
    }

    fn open(
        &self,
        config: &Config,
        index: usize,
        act: &Act,
        choices: &mut Choices,
        heard: &mut Vec<(Channel, bool)>,
    ) {
        match act {
            Act::Send(channels, _) => match channels.first() {
                None => choices.moves.push(Move::Skip(index)),
                Some(channel) => self.offer(config, index, *channel, choices),
            },
            Act::Exchange(out, ..) => match out.first() {
                None => choices.moves.push(Move::Skip(index)),
                Some(channel) => self.offer(config, index, *channel, choices),
            },
            Act::Receive(channel, wire) => {
                self.listen(config, index, *channel, &[*wire], choices, heard);
            }
            Act::Gather(_, 0, _) => choices.moves.push(Move::Skip(index)),
            Act::Gather(channels, _, wires) => {
                for channel in channels {
                    self.listen(config, index, *channel, wires, choices, heard);
                }
            }
            Act::Alone(_) | Act::Fork(..) => choices.moves.push(Move::Alone(index)),
        }
    }

    fn carry_on(
        &self,
        config: &Config,
        index: usize,
        act: &Act,
        bits: u16,
        choices: &mut Choices,
        heard: &mut Vec<(Channel, bool)>,
    ) {
        let (channels, wires): (&[Channel], &[Wire]) = match act {
            Act::Send(channels, _) => {
                self.offer(config, index, channels[usize::from(bits)], choices);
                return;
            }
            Act::Exchange(out, ..) if bits & HEARING == 0 => {
                self.offer(config, index, out[usize::from(bits)], choices);
                return;
            }
            Act::Exchange(_, back, wire) => (back, std::slice::from_ref(wire)),
            Act::Gather(channels, _, wires) => (channels, wires),
            Act::Receive(..) | Act::Alone(_) | Act::Fork(..) => return,
        };
        for (bit, channel) in channels.iter().enumerate() {
            if bits & 1 << bit == 0 {
                self.listen(config, index, *channel, wires, choices, heard);
            }
        }
    }

    fn offer(&self, config: &Config, index: usize, channel: Channel, choices: &mut Choices) {
        if self.is_full(config, channel) {
            choices.full = true;
        } else {
            choices.moves.push(Move::Send(index));
        }
    }

    fn listen(
        &self,
        config: &Config,
        index: usize,
        channel: Channel,
        wires: &[Wire],
        choices: &mut Choices,
        heard: &mut Vec<(Channel, bool)>,
    ) {
        let frame = self.frames(config, channel).first();
        let fits = frame.is_some_and(|frame| wires.contains(frame));
        if fits {
            choices.moves.push(Move::Take(index, channel));
        }
        heard.push((channel, fits));
    }

    /// The configuration behind a step, and what the actor did.
    pub fn after(&self, config: &Config, actor: Actor, step: Move) -> (Config, Option<Event>) {
        let mut config = config.clone();
        let at = Self::at(&config, actor);
        let state = &self.troupe.machines[usize::from(actor)][usize::from(at.state)];
        let event = match step {
            Move::Fire => {
                let timer = state.timer.as_ref().expect("a step of this state");
                let heard = |channel: Channel| {
                    let under_way = usize::from(at.under_way).checked_sub(1);
                    let act = under_way.map(|index| &state.acts[index].0);
                    matches!(act, Some(Act::Gather(channels, ..))
                    if channels.iter().enumerate().any(|(bit, other)| {
                        *other == channel && at.bits & 1 << bit != 0
                    }))
                };
                for (channel, count, gather) in &timer.owed {
                    let less = u64::from(*gather && heard(*channel));
                    self.absorb(&mut config, *channel, count.saturating_sub(less));
                }
                Self::enter(&mut config, actor, timer.late);
                Some(timer.event)
            }
            Move::Skip(index) => {
                Self::enter(&mut config, actor, state.acts[index].1);
                None
            }
            Move::Alone(index) | Move::Send(index) | Move::Take(index, _) => {
                let (act, to) = &state.acts[index];
                let channel = match step {
                    Move::Take(_, channel) => Some(channel),
                    _ => None,
                };
                Some(self.perform(&mut config, actor, (index, act, *to), channel))
            }
        };
        self.join(&mut config);
        (config, event)
    }

    fn perform(
        &self,
        config: &mut Config,
        actor: Actor,
        (index, act, to): (usize, &Act, usize),
        channel: Option<Channel>,
    ) -> Event {
        let at = Self::at(config, actor);
        let stay = |config: &mut Config, bits: u16| {
            let under_way = u16::try_from(index + 1).expect("states are small");
            let at = At {
                under_way,
                bits,
                ..at
            };
            Self::put(config, actor, at);
        };
        let sender = |channel: Channel| self.troupe.channels[channel].0;
        let receiver = |channel: Channel| self.troupe.channels[channel].1;
        match act {
            Act::Alone(event) => {
                Self::enter(config, actor, to);
                *event
            }
            Act::Fork(event, threads) => {
                stay(config, 0);
                for (thread, entry) in threads {
                    Self::enter(config, *thread, *entry);
                }
                *event
            }
            Act::Send(channels, wire) => {
                let channel = channels[usize::from(at.bits)];
                self.push(config, channel, *wire);
                if usize::from(at.bits) + 1 == channels.len() {
                    Self::enter(config, actor, to);
                } else {
                    stay(config, at.bits + 1);
                }
                Event::Send(receiver(channel), *wire)
            }
            Act::Exchange(out, _, wire) if at.bits & HEARING == 0 => {
                let channel = out[usize::from(at.bits)];
                self.push(config, channel, *wire);
                let all = usize::from(at.bits) + 1 == out.len();
                stay(config, if all { HEARING } else { at.bits + 1 });
                Event::Send(receiver(channel), *wire)
            }
            Act::Receive(..) | Act::Gather(..) | Act::Exchange(..) => {
                let channel = channel.expect("a receive names its channel");
                let wire = self.frames(config, channel)[0];
                self.pop(config, channel);
                let (channels, need): (&[Channel], u32) = match act {
                    Act::Gather(channels, need, _) => (channels, *need),
                    Act::Exchange(_, back, _) => (back, back.len() as u32),
                    _ => (
                        std::slice::from_ref(match act {
                            Act::Receive(channel, _) => channel,
                            _ => unreachable!("matched above"),
                        }),
                        1,
                    ),
                };
                let bit = channels.iter().position(|other| *other == channel);
                let bits = at.bits | 1 << bit.expect("the channel is one of them");
                if (bits & !HEARING).count_ones() == need {
                    Self::enter(config, actor, to);
                    for (bit, channel) in channels.iter().enumerate() {
                        if bits & 1 << bit == 0 {
                            self.absorb(config, *channel, 1);
                        }
                    }
                } else {
                    stay(config, bits);
                }
                Event::Receive(sender(channel), wire)
            }
        }
    }
}
